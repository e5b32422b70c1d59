"""What is said about an order, through the API: on the order, in its history, in lists by tag."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.running import JSON, Client
from tests.api.shop import Shop

SAID = """order { conversationVersion tags
  notes { text visibility actor } messages { direction channel subject text }
  attachments { name mediaType url reference sha256 } links { kind number order { tags } } }"""


def read(client: Client, order: JSON, position: Any) -> JSON:
    document = f"query Q($id: ID!, $p: Position) {{ order(id: $id, minPosition: $p) {SAID[6:]} }}"
    found: JSON = client.ask(document, id=order["id"], p=position)["order"]
    return found


def test_notes_messages_and_attachments_show_on_the_order(client: Client, shop: Shop) -> None:
    order = shop.placed()
    about = {"orderId": order["id"]}
    client.done("addNote", **about, text="gift, no invoice", visibility="CUSTOMER")
    client.done(
        "recordMessage",
        **about,
        direction="FROM_CUSTOMER",
        channel="email",
        subject="my mug",
        text="Where is it?\n" * 500,
    )
    url = "https://files.example.org/damage.jpg"
    done = client.done(
        "addAttachment", SAID, **about, name="damage.jpg", mediaType="image/jpeg", url=url
    )
    seen = done["order"]
    assert seen["notes"][0] | {"actor": ""} == {
        "text": "gift, no invoice",
        "visibility": "CUSTOMER",
        "actor": "",
    }
    assert seen["notes"][0]["actor"]
    assert seen["messages"][0]["text"] == "Where is it?\n" * 500
    assert seen["attachments"][0]["url"] == url
    assert seen["conversationVersion"] == 3
    assert read(client, order, done["position"]) == seen
    document = "query Q($id: ID!) { order(id: $id) { version events { nodes { type } } } }"
    found = client.ask(document, id=order["id"])["order"]
    types = [event["type"] for event in found["events"]["nodes"]]
    assert types[-3:] == ["NoteAdded", "MessageRecorded", "AttachmentAdded"]
    assert found["version"] == order["version"]  # nothing of it is in the order's own stream


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://files.example.org/a"}, ["input", "url"]),
        ({"reference": "scan 7", "sha256": "abc"}, ["input", "sha256"]),
        ({"reference": "4111 1111 1111 1111"}, ["input", "reference"]),
    ],
)
def test_what_an_attachment_must_not_be(
    client: Client, shop: Shop, given: JSON, field: list[str]
) -> None:
    order = shop.placed()
    file = {"name": "a", "mediaType": "image/png"}
    error = client.refused("addAttachment", orderId=order["id"], **file, **given)
    assert (error["code"], error["field"]) == ("INVALID", field)


def test_orders_are_found_by_their_tags(client: Client, shop: Shop) -> None:
    first, second, third = (shop.placed() for _ in range(3))
    tag, other = f"t-{shop.sku}".lower(), f"u-{shop.sku}".lower()
    client.done("tagOrder", orderId=first["id"], add=[tag.upper(), "vip"])
    client.done("tagOrder", orderId=second["id"], add=[other])
    done = client.done("tagOrder", SAID, orderId=third["id"], add=[tag], remove=["vip"])
    assert done["order"]["tags"] == [tag]
    document = """query Q($tags: [String!], $p: Position) {
      orders(filter: {tag: $tags}, first: 9, minPosition: $p) { nodes { number } } }"""

    def numbers(*tags: str) -> set[str]:
        found = client.ask(document, tags=list(tags), p=done["position"])["orders"]["nodes"]
        return {order["number"] for order in found}

    assert numbers(tag) == {first["number"], third["number"]}
    assert numbers(tag, other) == {order["number"] for order in (first, second, third)}
    assert numbers("no such tag") == set()


def test_a_link_shows_on_both_orders(client: Client, shop: Shop) -> None:
    order, other = shop.placed(), shop.placed()
    done = client.done(
        "linkOrders", SAID, orderId=order["id"], kind="DUPLICATE_OF", otherOrderId=other["id"]
    )
    assert read(client, order, done["position"])["links"] == [
        {"kind": "DUPLICATE_OF", "number": other["number"], "order": {"tags": []}}
    ]
    [link] = read(client, other, done["position"])["links"]
    assert (link["kind"], link["number"]) == ("DUPLICATED_BY", order["number"])
    mistake = {"kind": "DUPLICATED_BY", "orderId": other["id"], "otherOrderId": order["id"]}
    done = client.done("unlinkOrders", SAID, **mistake)
    assert read(client, order, done["position"])["links"] == []
    assert read(client, other, done["position"])["links"] == []
