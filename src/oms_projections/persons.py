"""What is held about a person? And how all of it is forgotten, or most of it for the time being.

GDPR article 15 gives persons a copy of what is held about them, article 17 has it erased when they
ask. Its paragraph 3 (b) excepts what the law has a shop keep: in Germany what invoices state, for
ten years after the end of the year (§ 147 AO, § 257 HGB): the billing address and the VAT id.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import psycopg

from oms_core.conversations.conversation import conversation_id
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.refusal import NotAllowedInState, NotFound
from oms_core.runtime.bookmarks import advance, locked_position_of
from oms_core.runtime.mapper import envelope
from oms_core.runtime.recorder import read_streams
from oms_projections.claims import Claims
from oms_projections.order_rows import Orders, forget_rows
from oms_projections.projection import Projection
from oms_projections.returns import Returns
from oms_projections.shipments import Shipments

TABLES = ("orders", "shipments", "returns", "claims")
"""The projections that show something personal."""

ATTEMPTS, PAUSE = 50, 0.1

_ORDERS = """
SELECT id, number, status, extract(year FROM placed_at)::int, captured > 0 OR shipment_ids <> '{}',
       shipment_ids, return_ids, claim_ids
FROM read.orders WHERE customer_reference = %s ORDER BY placed_at, id
"""

_KEYS = "SELECT purpose, year FROM oms.subject_keys WHERE subject = %s AND wrapped IS NOT NULL"

_DESTROY = """
UPDATE oms.subject_keys SET wrapped = NULL, master = NULL, destroyed_at = statement_timestamp()
WHERE subject = %s AND wrapped IS NOT NULL AND NOT (purpose = 'BOOKS' AND year = ANY (%s))
"""

_HOLD = """
UPDATE oms.subject_keys SET held_until = coalesce(held_until, make_date(year + 1 + %s, 1, 1))
WHERE subject = %s AND wrapped IS NOT NULL
RETURNING held_until
"""

_DUE = """
UPDATE oms.subject_keys SET wrapped = NULL, master = NULL, destroyed_at = statement_timestamp()
WHERE wrapped IS NOT NULL AND held_until <= current_date
"""

_NOTE = """
INSERT INTO oms.erasures (subject, reason, actor, orders, held_until) VALUES (%s, %s, %s, %s, %s)
"""


class NoSuchCustomer(NotFound):
    """Nothing is held about a customer {customer}. Check the reference."""


class CustomerHasOpenOrders(NotAllowedInState):
    """The orders {numbers} of this customer are not done yet: they need the address. Cancel them,
    or wait until they are delivered.
    """


class LogIsBusy(NotAllowedInState):
    """The read tables are behind; nothing was erased. Try again in a moment."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of a person: `held_until` is when the last of what the books need goes."""

    customer: str
    orders: int
    held_until: date | None


@dataclass(frozen=True, slots=True)
class _Order:
    id: UUID
    number: str
    status: str
    year: int
    invoiced: bool
    shipments: list[UUID]
    returns: list[UUID]
    claims: list[UUID]

    @property
    def streams(self) -> list[UUID]:
        return [
            self.id,
            conversation_id(self.id),
            *self.shipments,
            *self.returns,
            *self.claims,
        ]


def erase(
    conn: psycopg.Connection[Any], customer: str, reason: str, *, actor: str, books_years: int
) -> Erased:
    """Destroy a person's keys, and show `[erased]` wherever they stood, in one transaction.

    Raises `NoSuchCustomer`, `CustomerHasOpenOrders` and `LogIsBusy`.
    """
    for _ in range(ATTEMPTS):
        with conn.transaction():
            if _make_readers_forget(conn):
                return _erase(conn, customer, reason, actor, books_years)
        time.sleep(PAUSE)
    raise LogIsBusy


def destroy_due(conn: psycopg.Connection[Any]) -> int:
    """Destroy the keys whose term is over; nothing was decrypted with them since that day."""
    return conn.execute(_DUE).rowcount


def export(conn: psycopg.Connection[Any], customer: str) -> dict[str, Any]:
    """Give all that is held about a person, as JSON. Raises `NoSuchCustomer`."""
    orders = _orders_of(conn, customer)
    keys = conn.execute(_KEYS, (customer,)).fetchall()
    if not orders and not keys:
        raise NoSuchCustomer(customer=customer, field=("customer",))
    seen = "SELECT at, actor, operation FROM oms.access_log WHERE subjects @> ARRAY[%s] ORDER BY 1"
    looked = conn.execute(seen, (customer,)).fetchall()
    gone = "SELECT erased_at, reason, held_until FROM oms.erasures WHERE subject = %s ORDER BY 1"
    return {
        "customer": customer,
        "orders": [
            {"number": order.number, "events": [_shown(e) for e in _events(conn, order.streams)]}
            for order in orders
        ],
        "accesses": _rows(("at", "actor", "operation"), looked),
        "erasures": _rows(
            ("erasedAt", "reason", "heldUntil"), conn.execute(gone, (customer,)).fetchall()
        ),
    }


def _erase(
    conn: psycopg.Connection[Any], customer: str, reason: str, actor: str, books_years: int
) -> Erased:
    orders = _orders_of(conn, customer)
    if not orders and not conn.execute(_KEYS, (customer,)).fetchall():
        raise NoSuchCustomer(customer=customer, field=("customer",))
    waiting = [o.number for o in orders if o.status not in ("COMPLETED", "CANCELLED")]
    if waiting:
        raise CustomerHasOpenOrders(numbers=", ".join(waiting), field=("customer",))
    # An order of December may be edited in January, under the key of that year.
    kept = sorted({year for o in orders if o.invoiced for year in (o.year, o.year + 1)})
    conn.execute(_DESTROY, (customer, kept))
    held = [day for (day,) in conn.execute(_HOLD, (books_years, customer))]
    for streams, projection in (
        ([o.id for o in orders], Orders()),
        ([id for o in orders for id in o.shipments], Shipments()),
        ([id for o in orders for id in o.returns], Returns()),
        ([id for o in orders for id in o.claims], Claims()),
    ):
        _show_anew(conn, projection, streams)
    until = max(held, default=None)
    conn.execute(_NOTE, (customer, reason, actor, len(orders), until))
    return Erased(customer, len(orders), until)


def _make_readers_forget(conn: psycopg.Connection[Any]) -> bool:
    """Hold the projections, and have each drop what it remembers: its bookmark was moved.

    It moves on to a position where no event is. False where there is one.
    """
    for name in TABLES:
        position = (locked_position_of(conn, name) or 0) + 1
        if conn.execute("SELECT FROM oms.events WHERE position = %s", (position,)).rowcount:
            return False
        advance(conn, name, position)
    return True


def _orders_of(conn: psycopg.Connection[Any], customer: str) -> list[_Order]:
    return [_Order(*row) for row in conn.execute(_ORDERS, (customer,))]


def _events(conn: psycopg.Connection[Any], streams: Sequence[UUID]) -> list[Envelope]:
    found = map(envelope, read_streams(conn, dict.fromkeys(streams, 0)))
    return sorted(found, key=lambda event: event.position)


def _show_anew(
    conn: psycopg.Connection[Any], projection: Projection, streams: Sequence[UUID]
) -> None:
    if not streams:
        return
    conn.execute("SET LOCAL search_path = read, public")
    events = _events(conn, streams)
    if isinstance(projection, Orders):
        forget_rows(conn, streams)
    projection.handle(conn, events)


def _shown(event: Envelope) -> dict[str, Any]:
    return {
        "type": event.type,
        "occurredAt": event.occurred_at.isoformat(),
        "data": orjson.loads(event.event.model_dump_json()),
    }


def _rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(
        orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
    )
    return found
