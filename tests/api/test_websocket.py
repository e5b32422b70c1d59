"""GraphQL over WebSocket: complete, resumable, and by the protocol."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from tests.api.running import JSON, SECRET, Client, token
from tests.api.shop import Shop
from tests.api.talking import (
    LOG,
    ORDER,
    STOCK,
    Talk,
    init,
    opened,
    position,
    talking,
)

from oms_api.rights.roles import Role
from oms_api.tokens import ALGORITHM, AUDIENCE


def _two(talk: Talk) -> list[JSON]:
    return [talk.message(), talk.message()]


def of_no_role() -> str:
    """A token whose role is longer than the reason of a close frame may be."""
    now = int(time.time())
    claims = {"sub": "ada", "role": "x" * 500, "aud": AUDIENCE, "iat": now, "exp": now + 60}
    return jwt.encode(claims, SECRET, ALGORITHM)


SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": LOG}}


def test_an_order_is_told_as_it_is_and_whenever_it_changes(client: Client, shop: Shop) -> None:
    order = shop.authorized()
    with talking(client.url) as talk:
        talk.subscribe(ORDER, id=order["id"])
        first = talk.data()
        assert first["order"]["status"] == "OPEN"
        held = client.done("holdOrder", orderId=order["id"], reason="check")
        second = talk.data()
        assert second["order"] == {"status": "ON_HOLD", "version": first["order"]["version"] + 1}
        assert int(second["position"]) >= int(held["position"]) > int(first["position"])
        client.done("capturePayment", **shop.payment(order))
        assert int(talk.data()["position"]) > int(second["position"])
        talk.subscribe(ORDER, "2", id=order["id"], after=second["position"])
        assert talk.data("2")["order"]["version"] > second["order"]["version"]


def test_stock_is_told_by_product_and_location(client: Client, shop: Shop) -> None:
    other = f"L-{uuid4().hex[:12]}"
    wanted = "location { id }"
    there = client.done("registerLocation", wanted, code=other, name="Kiel", country="DE")
    with talking(client.url) as talk:
        talk.subscribe(STOCK, skus=[shop.sku])
        first = talk.data()
        shown = {"sku": shop.sku, "location": shop.location, "available": 100}
        assert first["items"] == [shown]
        talk.subscribe(
            STOCK, "2", skus=[shop.sku, "X"], locationIds=[there["location"]["id"]], after="1"
        )
        client.done("receiveStock", sku=shop.sku, location=other, quantity=7)
        both = {told["id"]: told["payload"]["data"]["stockChanged"] for told in _two(talk)}
        arrived = {"sku": shop.sku, "location": other, "available": 7}
        assert both["1"]["items"] == both["2"]["items"] == [arrived]
        shop.placed(3)
        assert talk.data()["items"] == [{**shown, "available": 97}]
        talk.subscribe(STOCK, "3", skus=[shop.sku], after=first["position"])
        assert [item["location"] for item in talk.data("3")["items"]] == [other, shop.location]


def test_the_log_is_told_event_by_event_and_goes_on_where_it_was_left(
    client: Client, shop: Shop
) -> None:
    start = position(client)
    with talking(client.url) as talk:
        talk.subscribe(LOG, types=["OrderPlaced"])
        shop.placed(1)
        live = talk.data()
        assert live["type"] == "OrderPlaced"
        talk.send({"id": "1", "type": "complete"})
        shop.placed(1)
        talk.subscribe(LOG, "2", after=str(start))
        stored = client.rows(
            "SELECT position FROM oms.events WHERE position > %s ORDER BY position", start
        )
        told = [talk.data("2") for _ in stored]
        assert [int(one["position"]) for one in told] == [at for (at,) in stored]
        middle = told[len(told) // 2]["position"]
        talk.subscribe(LOG, "3", after=middle)
        assert talk.data("3") == told[len(told) // 2 + 1]


def test_what_cannot_be_subscribed_to_is_told(client: Client, shop: Shop) -> None:
    def code(document: str, **variables: Any) -> str:
        talk.subscribe(document, **variables)
        [error] = talk.errors()
        assert error["message"].endswith(".")
        return str(error["extensions"]["code"])

    with talking(client.url) as talk:
        assert code("subscription { nothing }") == "DOCUMENT_INVALID"
        assert code(ORDER) == "VARIABLES_INVALID"
        assert code(ORDER, id="nothing") == "INVALID_ID"
        assert code(ORDER, id=str(uuid4())) == "NOT_FOUND"
        assert code(LOG, types=["OrderPlaced", "Nothing"]) == "INVALID"
        assert code(STOCK, skus=[]) == "INVALID"
        assert code(STOCK, skus=["X"], locationIds=[str(uuid4())]) == "NOT_FOUND"
        assert code("subscription { eventLog { data }", x="\0") == "BAD_REQUEST"
        talk.subscribe(ORDER, id=shop.placed()["id"])
        assert talk.data()["order"]["status"] == "OPEN"


def test_queries_and_mutations_are_answered_too(client: Client, shop: Shop) -> None:
    with talking(client.url) as talk:
        talk.subscribe("{ orders(first: 1) { nodes { number } } }")
        assert talk.message()["payload"]["data"]["orders"]["nodes"] is not None
        assert talk.message() == {"id": "1", "type": "complete"}
        document = """mutation M($input: AddNoteInput!) {
          addNote(input: $input) { position userErrors { code } } }"""
        talk.subscribe(document, input={"orderId": shop.placed()["id"], "text": "hello"})
        assert talk.message()["payload"]["data"]["addNote"]["userErrors"] == []


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"type": "connection_init"}], 4403),
        ([init("nonsense")], 4403),
        ([init(token(Role.CUSTOMER, days=-1))], 4403),
        ([init(of_no_role())], 4403),
        ([SUBSCRIBE], 4401),
        (["nonsense"], 4400),
        (["[]"], 4400),
        ([{"type": "start"}], 4400),
        (["x" * 1_000_001], 4400),
        ([init(token()), init(token())], 4429),
        ([init(token()), SUBSCRIBE, SUBSCRIBE], 4409),
        ([init(token()), SUBSCRIBE | {"id": ""}], 4400),
    ],
)
def test_who_breaks_the_protocol_is_cut_off(client: Client, messages: list[Any], code: int) -> None:
    with opened(client.url) as talk:
        for message in messages:
            talk.send(message)
        assert talk.closed() == code


def test_another_protocol_or_page_is_refused(client: Client) -> None:
    with opened(client.url, subprotocols=None) as plain:
        assert plain.closed() == 4406
    with (
        pytest.raises(Exception, match="403"),
        opened(client.url, origin="https://evil.example"),
    ):
        pass
