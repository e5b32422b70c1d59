"""Subscriptions as server-sent events."""

from __future__ import annotations

import json

from tests.api.running import Client
from tests.api.shop import Shop
from tests.api.talking import (
    LOG,
    events,
    position,
    streaming,
)


def test_events_have_ids_from_which_a_client_goes_on(client: Client, shop: Shop) -> None:
    start = position(client)
    shop.placed(1)
    with streaming(client, LOG, after=str(start)) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        coming = events(response)
        first, second = next(coming), next(coming)
    assert first["event"] == "next"
    told = json.loads(second["data"])["data"]["eventLog"]
    assert second["id"] == told["position"]
    with streaming(
        client, LOG, after=str(start), headers={"Last-Event-ID": first["id"]}
    ) as response:
        assert next(events(response)) == second


def test_clients_that_accept_events_after_json_get_json(client: Client, shop: Shop) -> None:
    """What urql sends with every request."""
    accept = (
        "application/graphql-response+json, application/graphql+json, application/json,"
        " text/event-stream, multipart/mixed"
    )
    answer = client.post({"query": "{ orders(first: 1) { nodes { id } } }"}, Accept=accept)
    assert answer.headers["content-type"].startswith("application/graphql-response+json")
    document = f'subscription {{ orderChanged(id: "{shop.placed()["id"]}") {{ position }} }}'
    with streaming(client, document, headers={"Accept": accept}) as response:
        assert next(events(response))["event"] == "next"


def test_whoever_wants_no_events_is_told_how_to_subscribe(client: Client) -> None:
    answer = client.post({"query": "subscription { eventLog { position } }"})
    assert answer.status_code == 406
    assert "text/event-stream" in answer.json()["errors"][0]["message"]
    answer = client.post({"query": "{ orders { nodes { id } } }"}, Accept="text/event-stream")
    assert answer.text.startswith("event: next\ndata: {")
    assert answer.text.endswith("event: complete\ndata:\n\n")
    refused = client.post({"query": LOG}, Accept="text/event-stream", Authorization="")
    assert refused.status_code == 401
