"""A person asks for what is held about them, and to be forgotten; and it shows who looked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, oms_here
from tests.api.shop import ORDER, Shop

from oms_core.conversations.conversation import conversation_id
from oms_core.conversations.events import NoteAdded
from oms_core.orders.order import order_id
from oms_core.runtime.appending import APPEND, EventRow, columns
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import SYSTEM
from oms_core.runtime.proof.verifying import Verifier
from oms_projections.all import KINDS
from oms_projections.rebuild import rebuild

SHOWN = """id status total { amount } customer { reference name email }
  shippingAddress { name street city country } billingAddress { city }
  notes { text } history { sentence } returns { lines { comment } }"""
ERASED = "[erased]"


def customer(**changed: Any) -> JSON:
    reference = f"C-{uuid4().hex[:8]}"
    return {"reference": reference, "name": "Grace Hopper", "email": "grace@navy.example"} | changed


def read(client: Client, order: JSON, position: Any = None) -> JSON:
    document = (
        f"query Look($id: ID!, $p: Position) {{ order(id: $id, minPosition: $p) {{{SHOWN}}} }}"
    )
    found: JSON = client.ask(document, id=order["id"], p=position)["order"]
    return found


def export(client: Client, reference: str) -> JSON:
    document = "query Q($c: String!) { customerDataExport(customer: $c) }"
    found: JSON = client.ask(document, c=reference)["customerDataExport"]
    return found


def accesses(client: Client, reference: str) -> list[tuple[str, str]]:
    document = "query L($c: String!) { accessLog(customer: $c) { actor operation at } }"
    found = client.ask(document, c=reference)["accessLog"]
    return [(each["actor"], each["operation"]) for each in found]


def erased(client: Client, reference: str, **given: Any) -> JSON:
    wanted = "orders heldUntil explanation"
    return client.done("eraseCustomer", wanted, customer=reference, reason="asked by mail", **given)


def test_a_customer_is_erased_everywhere_and_amounts_stay(client: Client, shop: Shop) -> None:
    who = customer()
    order = shop.placed(customer=who)
    note = "Grace prefers the morning"
    client.done("addNote", orderId=order["id"], text=note)
    done = client.done("cancelOrder", ORDER, orderId=order["id"], reason="changed her mind")
    before = read(client, order, done["position"])
    assert before["customer"]["name"] == "Grace Hopper"
    answer = erased(client, who["reference"])
    assert (answer["orders"], answer["heldUntil"]) == (1, None)
    after = read(client, order)
    assert after["total"] == before["total"]
    assert after["customer"] == {"reference": who["reference"], "name": ERASED, "email": ERASED}
    assert after["shippingAddress"] == {
        "name": ERASED,
        "street": ERASED,
        "city": ERASED,
        "country": "DE",
    }
    assert after["billingAddress"]["city"] == ERASED
    assert after["notes"] == [{"text": ERASED}]
    tagged = client.done("tagOrder", f"order {{ {SHOWN} }}", orderId=order["id"], add=["after"])
    assert read(client, order, tagged["position"]) == tagged["order"], "nobody remembers"
    assert tagged["order"]["customer"]["name"] == ERASED
    shown = str(export(client, who["reference"]))
    assert "Hopper" not in shown
    assert note not in shown
    found = "query S($s: String) { orders(filter: {search: $s}, first: 5) { nodes { number } } }"
    assert client.ask(found, s=f"grace@navy.example {who['reference']}")["orders"]["nodes"] == []


def test_what_the_books_need_is_kept_until_the_term_ends(client: Client, shop: Shop) -> None:
    who = customer()
    order = shop.returned(customer=who)
    answer = erased(client, who["reference"])
    assert answer["heldUntil"].endswith("-01-01")
    assert "tax and commercial law" in answer["explanation"]
    after = read(client, order)
    assert (after["billingAddress"]["city"], after["shippingAddress"]["city"]) == (
        "Hamburg",
        ERASED,
    )
    again = client.refused("eraseCustomer", customer=who["reference"], reason="asked again")
    assert again["reason"] == "CUSTOMER_ALREADY_ERASED"


def test_an_erasure_says_what_it_did_not_reach(
    client: Client, shop: Shop, served_database: str
) -> None:
    """A note that has the key of somebody else, as could be once."""
    mine, others = customer(), customer()
    order, other = shop.placed(customer=mine), shop.placed(customer=others)
    client.done("addNote", orderId=other["id"], text="likes cats")
    with connect(served_database, name="test") as conn:
        of_other = "SELECT body::text FROM oms.events WHERE topic = %s AND body ->> 'order_id' = %s"
        [body] = conn.execute(
            of_other, (NoteAdded.TOPIC, str(order_id(other["number"])))
        ).fetchone() or ("",)
        written = body.replace(
            str(order_id(other["number"])), str(order_id(order["number"]))
        ).encode()
        stream = conversation_id(order_id(order["number"]))
        row = EventRow(stream, 1, NoteAdded.TOPIC, written, datetime.now(UTC), SYSTEM)
        conn.execute(APPEND, columns([row]))
    client.done("cancelOrder", ORDER, orderId=order["id"], reason="changed her mind")
    told = erased(client, mine["reference"])["explanation"]
    assert "All of it is erased, but for what is sealed with the key of another person" in told
    client.done("cancelOrder", ORDER, orderId=other["id"], reason="changed her mind")
    url = {"OMS_DATABASE_URL": served_database}
    done = oms_here("erase-customer", others["reference"], "--reason", "asked", **url)
    assert "All of it is erased." in done.stdout, done.stderr


def test_rebuilt_tables_say_the_same_and_proofs_hold(
    client: Client, shop: Shop, served_database: str
) -> None:
    who = customer()
    order = shop.delivered(customer=who)
    erased(client, who["reference"])
    after = read(client, order)
    with (
        connect(served_database, name="test") as conn,
        connect(served_database, name="test") as spare,
    ):
        rebuild(conn, KINDS["orders"]())
        assert Verifier(conn, spare, [], []).run().events > 0
    assert read(client, order) == after
    assert after["customer"]["name"] == ERASED


def test_an_open_order_needs_its_address(client: Client, shop: Shop) -> None:
    who = customer()
    order = shop.placed(customer=who)
    error = client.refused("eraseCustomer", customer=who["reference"], reason="asked")
    assert (error["reason"], error["field"]) == ("CUSTOMER_HAS_OPEN_ORDERS", ["input", "customer"])
    assert order["number"] in error["message"]
    assert read(client, order)["customer"]["name"] == "Grace Hopper"


def test_who_is_unknown_or_has_no_reason_is_not_erased(client: Client) -> None:
    error = client.refused("eraseCustomer", customer="nobody", reason="asked")
    assert error["reason"] == "NO_SUCH_CUSTOMER"
    error = client.refused("eraseCustomer", customer="nobody", reason=" ")
    assert (error["code"], error["field"]) == ("INVALID", ["input", "reason"])


def test_a_person_gets_all_that_is_held_and_who_looked(client: Client, shop: Shop) -> None:
    who = customer()
    order = shop.placed(customer=who)
    noted = client.done("addNote", orderId=order["id"], text="likes cats")
    read(client, order, noted["position"])
    numbers = "query Numbers($id: ID!) { order(id: $id) { number } }"
    client.ask(numbers, id=order["id"])
    given = export(client, who["reference"])
    assert [one["number"] for one in given["orders"]] == [order["number"]]
    assert "likes cats" in str(given)
    assert "grace@navy.example" in str(given)
    log = accesses(client, who["reference"])
    assert {("admin:ada", "customerDataExport"), ("admin:ada", "Look")} <= set(log)
    assert "Numbers" not in [operation for _, operation in log], "a number is nothing personal"
    assert set(accesses(client, "nobody")) <= {("oms", "oms events export")}


def test_the_command_line_erases_and_exports(
    client: Client, shop: Shop, served_database: str
) -> None:
    who = customer()
    order = shop.placed(customer=who)
    client.done("cancelOrder", ORDER, orderId=order["id"], reason="changed her mind")
    url = {"OMS_DATABASE_URL": served_database}
    read(client, order)
    given = oms_here("customer-data", who["reference"], **url)
    assert "grace@navy.example" in given.stdout, given.stderr
    assert ("oms", "oms customer-data") in accesses(client, who["reference"])
    done = oms_here("erase-customer", who["reference"], "--reason", "asked", **url)
    assert "Erased, with 1 orders." in done.stdout, done.stderr
    assert read(client, order)["customer"]["name"] == ERASED
    for about, reason, sentence in (
        ("nobody", "asked", "Nothing is held"),
        (who["reference"], "again", "erased already"),
        (who["reference"], " ", "Say why"),
    ):
        refused = oms_here("erase-customer", about, "--reason", reason, **url)
        assert sentence in str(refused.exception)


def test_an_export_of_everything_shows_in_the_log_of_everybody(
    client: Client, served_database: str, tmp_path: Path
) -> None:
    file = str(tmp_path / "all.zst")
    done = oms_here("events", "export", file, OMS_DATABASE_URL=served_database)
    assert done.exit_code == 0, done.stderr
    assert accesses(client, "nobody")[0] == ("oms", "oms events export")
