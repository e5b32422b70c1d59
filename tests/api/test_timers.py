"""Over HTTP: orders that expire, holds that escalate, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.api.running import JSON, Client, eventually, oms, token
from tests.api.shop import Shop

HOLDS = """order { id version status
  holds { id kind reason placedAt escalatesAt escalated onlyBy } }"""


def move_clock(client: Client, ahead: str) -> None:
    """Move the clock of the timers, as the owner of the database."""
    with psycopg.connect(client.database_url, autocommit=True) as owner:
        owner.execute("UPDATE oms.clock SET ahead = %s::interval", (ahead,))


@pytest.fixture
def moved(client: Client) -> Iterator[Client]:
    """A client of a server whose clock is set right again at the end."""
    yield client
    move_clock(client, "0")


def channel(client: Client, **policy: Any) -> str:
    code = f"C-{uuid4().hex[:12]}"
    wanted = "channel { unpaidExpiresAfter holdsEscalateAfter backordersCancelAfter }"
    done = client.done("configureChannel", wanted, code=code, **policy)
    assert {k: v for k, v in done["channel"].items() if v} == policy
    return code


def found(client: Client, order: JSON, wanted: str) -> JSON:
    document = f"query Q($id: ID!) {{ order(id: $id) {{ {wanted} }} }}"
    data: JSON = client.ask(document, id=order["id"])["order"]
    return data


def test_an_unpaid_order_expires_once_and_a_paid_one_does_not(moved: Client, shop: Shop) -> None:
    code = channel(moved, unpaidExpiresAfter="P2DT12H")
    unpaid, paid = (shop.placed(channel=code) for _ in range(2))
    moved.done("authorizePayment", **shop.payment(paid))
    eventually(lambda: found(moved, unpaid, "paymentDueAt"))
    assert found(moved, unpaid, "paymentDueAt")["paymentDueAt"]
    move_clock(moved, "3 days")
    eventually(lambda: found(moved, unpaid, "status")["status"] == "CANCELLED")
    stock = "query S($s: String!, $l: String!) { stockItem(sku: $s, location: $l) { available } }"
    free = {"stockItem": {"available": 98}}
    eventually(lambda: moved.ask(stock, s=shop.sku, l=shop.location) == free)
    assert found(moved, paid, "status")["status"] == "OPEN"
    did = "SELECT topic FROM oms.events WHERE actor = 'process:timers' AND causation_id LIKE %s"
    assert sorted(moved.rows(did, f"{stream(moved, unpaid)}/%")) == [
        ("orders.LinesCancelled.v1",),
        ("stock.ReservationReleased.v1",),
    ]


def stream(client: Client, order: JSON) -> str:
    [(id,)] = client.rows("SELECT id FROM read.orders WHERE number = %s", order["number"])
    return str(id)


def test_holds_have_kinds_escalate_and_are_released_one_by_one(moved: Client, shop: Shop) -> None:
    code = channel(moved, holdsEscalateAfter="PT4H")
    order = shop.placed(channel=code)
    fraud = {"reason": "three cards", "kind": "FRAUD", "onlyBy": ["eve", "ada"]}
    moved.done("holdOrder", orderId=order["id"], **fraud)
    held = moved.done("holdOrder", HOLDS, orderId=order["id"], reason="no such street")["order"]
    assert [hold["kind"] for hold in held["holds"]] == ["FRAUD", "OTHER"]
    assert held["holds"][0]["onlyBy"] == ["eve", "ada"]
    assert held["holds"][0]["placedAt"] < held["holds"][0]["escalatesAt"]
    assert not held["holds"][0]["escalated"]
    read = HOLDS.removeprefix("order {").removesuffix("}")
    eventually(lambda: found(moved, order, read) == held)
    move_clock(moved, "5 hours")

    def both_escalated() -> bool:
        return all(hold["escalated"] for hold in found(moved, order, read)["holds"])

    eventually(both_escalated)
    query = """query F($f: OrderFilter) { orders(filter: $f) { nodes { id } } }"""
    mine = {"channel": [code]}
    for given, expected in (
        ({"holdKind": ["FRAUD"], "escalated": True}, 1),
        ({"holdKind": ["ADDRESS", "STOCK"]}, 0),
        ({"escalated": False}, 0),
    ):
        nodes = moved.ask(query, f={**mine, **given})["orders"]["nodes"]
        assert len(nodes) == expected, given
    first, second = (hold["id"] for hold in held["holds"])
    released = moved.done("releaseHold", HOLDS, orderId=order["id"], holdId=second, reason="found")
    assert (released["order"]["status"], len(released["order"]["holds"])) == ("ON_HOLD", 1)
    refusal = moved.refused("releaseHold", orderId=order["id"], holdId=second, reason="again")
    assert (refusal["code"], refusal["reason"]) == ("NOT_ALLOWED_IN_STATE", "HOLD_NOT_OPEN")
    assert refusal["field"] == ["input", "holdId"]
    moved.headers = {"Authorization": f"Bearer {token(subject='bob')}"}
    refusal = moved.refused("releaseOrder", orderId=order["id"], reason="because")
    assert refusal["reason"] == "HOLD_NOT_YOURS"
    moved.headers = {"Authorization": f"Bearer {token()}"}
    released = moved.done("releaseHold", HOLDS, orderId=order["id"], holdId=first, reason="known")
    assert (released["order"]["status"], released["order"]["holds"]) == ("OPEN", [])


@pytest.mark.parametrize("span", ["P1M", "P1Y", "PT", "P", "3 days", "-P1D", "PT0.5H", "P1W2D"])
def test_what_is_no_duration_is_refused(client: Client, span: str) -> None:
    document = "mutation M($i: ConfigureChannelInput!) { configureChannel(input: $i) { position } }"
    given = {"code": "x", "unpaidExpiresAfter": span}
    answer = client.post({"query": document, "variables": {"i": given}}).json()
    assert "ISO 8601" in answer["errors"][0]["message"]


def test_a_duration_has_bounds(client: Client) -> None:
    for span in ("PT59S", "P3661D"):
        refusal = client.refused("configureChannel", code="x", unpaidExpiresAfter=span)
        assert refusal["field"] == ["input", "unpaidExpiresAfter"]


TIMERS = "timers { what of dueAt error } lines { id } payments { id }"


def test_an_order_tells_what_will_happen_to_it_by_itself(moved: Client, shop: Shop) -> None:
    code = channel(
        moved, unpaidExpiresAfter="PT1H30M", holdsEscalateAfter="PT1H", backordersCancelAfter="P1D"
    )
    order = shop.placed(quantity=120, channel=code, allowBackorder=True)
    held = moved.done("holdOrder", HOLDS, orderId=order["id"], reason="who is that?")["order"]
    moved.done(
        "requestAuthorization",
        orderId=order["id"],
        method="card",
        provider="sandbox",
        reference=f"{uuid4()} expires-2099-01-01",
    )
    expected = ["HOLD_ESCALATES", "ORDER_EXPIRES", "BACKORDER_CANCELLED", "AUTHORIZATION_LAPSES"]

    def all_there() -> JSON | None:
        now = found(moved, order, TIMERS)
        return now if now and [timer["what"] for timer in now["timers"]] == expected else None

    now: JSON = eventually(all_there)
    assert [timer["of"] for timer in now["timers"]] == [
        held["holds"][0]["id"],
        order["id"],
        now["lines"][0]["id"],
        now["payments"][0]["id"],
    ]
    dues = [timer["dueAt"] for timer in now["timers"]]
    assert dues == sorted(dues)
    assert dues[-1].startswith("2099-01-01")
    assert [timer["error"] for timer in now["timers"]] == [None] * 4


def test_a_timer_that_fails_is_shown_and_does_not_take_the_server_out(
    moved: Client, shop: Shop, served_database: str
) -> None:
    order = shop.placed(channel=channel(moved, unpaidExpiresAfter="P300D"))
    eventually(lambda: (found(moved, order, TIMERS) or {}).get("timers"))
    with psycopg.connect(served_database, autocommit=True) as owner:
        change = "UPDATE oms.timers SET error = %s WHERE stream_id = %s"
        owner.execute(change, ("[/oops]", stream(moved, order)))
        ready = moved.http.get("/health/ready")
        status = oms("projections", "status", OMS_DATABASE_URL=served_database, COLUMNS="200")
        assert found(moved, order, TIMERS)["timers"][0]["error"] == "[/oops]"
        owner.execute(change, (None, stream(moved, order)))
    assert ready.status_code == 200
    [warning] = [w for w in ready.json()["warnings"] if w.startswith("Timers that could not")]
    assert "[/oops]" in warning
    assert (status.returncode, "[/oops]" in status.stdout) == (0, True)


def test_what_was_refused_is_listed(client: Client, served_database: str) -> None:
    told = "INSERT INTO oms.refused_news (provider, reference, event_id, kind, code, message)"
    with psycopg.connect(served_database, autocommit=True) as owner:
        values = ("acme", "p-1", str(uuid4()), "CAPTURED", "NOT_FOUND", "Nobody knows [p-1].")
        owner.execute(f"{told} VALUES (%s, %s, %s, %s, %s, %s)", values)
        asked = client.ask("{ refusedSteps { process command code message refusedAt about } }")
        listed = oms("refused", OMS_DATABASE_URL=served_database, COLUMNS="250")
        owner.execute("DELETE FROM oms.refused_news WHERE event_id = %s", (values[2],))
    [one] = [one for one in asked["refusedSteps"] if values[2] in one["about"]]
    assert (one["process"], one["command"], one["code"], one["message"]) == (
        "payments:acme",
        "ReportPaymentEvent",
        "NOT_FOUND",
        "Nobody knows [p-1].",
    )
    assert one["about"] == f"CAPTURED of p-1, event {values[2]}"
    assert (listed.returncode, "Nobody knows [p-1]." in listed.stdout) == (0, True)


def test_what_waits_is_listed(moved: Client, shop: Shop, served_database: str) -> None:
    shop.placed(channel=channel(moved, unpaidExpiresAfter="PT1H30M"))
    move_clock(moved, "1 minute")
    eventually(lambda: moved.rows("SELECT FROM oms.timers"))
    listed = oms("timers", OMS_DATABASE_URL=served_database, COLUMNS="200")
    assert listed.returncode == 0, listed.stderr
    assert "unpaid" in listed.stdout
    assert "0:01:00 ahead" in listed.stdout
