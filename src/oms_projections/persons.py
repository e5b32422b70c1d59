"""What is held about a person? For a copy that they ask for, and for forgetting them.

GDPR article 15 gives persons a copy of what is held about them, article 17 has it erased when they
ask. Its paragraph 3 (b) excepts what the law has a shop keep: in Germany what invoices state, for
ten years after the end of the year (§ 147 AO, § 257 HGB): the billing address and the VAT id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import orjson
import psycopg

from oms_core.conversations.conversation import conversation_id
from oms_core.corrections.correction import corrections_id
from oms_core.kernel.envelope import Envelope
from oms_core.persons.events import HeldKey
from oms_core.persons.person import NoSuchCustomer, person_id
from oms_core.runtime.mapper import COLUMNS, envelope
from oms_core.runtime.privacy.wrong_keys import Fault, KeysOfPersons
from oms_core.runtime.proof.record import records
from oms_core.runtime.recorder import read_streams
from oms_projections.claims import Claims
from oms_projections.order_rows import Orders
from oms_projections.projection import Projection
from oms_projections.rebuild import drop_unfinished
from oms_projections.returns import Returns
from oms_projections.shipments import Shipments

SHOWING: tuple[type[Projection], ...] = (Orders, Shipments, Returns, Claims)
"""The projections that show something personal."""

TABLES = tuple(kind.NAME for kind in SHOWING)

_ORDERS = """
SELECT id, number, status, extract(year FROM placed_at)::int, captured > 0 OR shipment_ids <> '{}',
       shipment_ids, return_ids, claim_ids
FROM read.orders WHERE customer_reference = %s ORDER BY placed_at, id
"""

_KEYS = """
SELECT id, purpose, year FROM oms.subject_keys WHERE subject = %s AND wrapped IS NOT NULL
ORDER BY created_at, id
"""

_SUBSCRIPTIONS = f"""
SELECT {COLUMNS} FROM oms.events
WHERE topic LIKE 'subscriptions.%%' AND %s IN (
  body ->> 'customer', body #>> '{{subscriber,customer}}', body #>> '{{subscribers,0,customer}}')
ORDER BY position
"""  # noqa: S608 - the columns are ours

_SEALED: LiteralString = """WHERE stream_id = ANY (%s) AND strpos(body::text, '"~sealed":') > 0"""

_SEEN = "SELECT at, actor, operation FROM oms.access_log WHERE subjects @> ARRAY[%s] ORDER BY 1"
_GONE = "SELECT erased_at, reason, held_until FROM oms.erasures WHERE subject = %s ORDER BY number"


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
        own = [self.id, conversation_id(self.id), *self.shipments, *self.returns, *self.claims]
        return [*own, *map(corrections_id, own)]


def to_erase(
    conn: psycopg.Connection[Any], customer: str, *, as_of: int, books_years: int
) -> dict[str, Any]:
    """Look up what `EraseCustomer` is to be told, as the read tables know it at a position.

    What invoices state is kept for as many years as the books are, after the end of their own.
    """
    orders = _orders_of(conn, customer)
    # An order of December may be edited in January, under the key of that year.
    kept = {year for o in orders if o.invoiced for year in (o.year, o.year + 1)}
    destroyed, held = [], []
    for key, purpose, year in conn.execute(_KEYS, (customer,)):
        if purpose == "BOOKS" and year in kept:
            held.append(HeldKey(key=key, year=year, until=date(year + 1 + books_years, 1, 1)))
        else:
            destroyed.append(key)
    return {
        "orders": len(orders),
        "open_orders": [o.number for o in orders if o.status not in ("COMPLETED", "CANCELLED")],
        "streams": [stream for order in orders for stream in order.streams],
        "destroyed": destroyed,
        "held": held,
        "as_of": as_of,
    }


def still_readable(conn: psycopg.Connection[Any], customer: str) -> int:
    """Count the events of orders of somebody who was erased that are sealed with another person's
    key, as could be once: destroying it would take the other one's data along.

    Who waits for a product is not looked for: no index leads there.
    """
    streams = [stream for order in _orders_of(conn, customer) for stream in order.streams]
    found = list(records(conn, _SEALED, (streams,)))
    with conn.pipeline():
        keys = KeysOfPersons(conn)
        for event in found:
            keys.take(event, orjson.loads(event.body))
        wrong = keys.found().wrong
    return sum(one.events for one in wrong if one.fault is Fault.ANOTHERS_LEFT)


def forget_rebuilds(conn: psycopg.Connection[Any]) -> None:
    """Drop tables that a rebuild left unfinished; one that goes on hears of erasures itself."""
    for kind in SHOWING:
        drop_unfinished(conn, kind())


def export(conn: psycopg.Connection[Any], customer: str) -> dict[str, Any]:
    """Give all that is held about a person, as JSON. Raises `NoSuchCustomer`."""
    orders = _orders_of(conn, customer)
    erasures = _events(conn, [person_id(customer)])
    subscribed = conn.execute(_SUBSCRIPTIONS, (customer,)).fetchall()
    keys = conn.execute(_KEYS, (customer,)).fetchall()
    if not (orders or erasures or subscribed or keys):
        raise NoSuchCustomer(customer=customer, field=("customer",))
    looked = conn.execute(_SEEN, (customer,)).fetchall()
    gone = conn.execute(_GONE, (customer,)).fetchall()
    return {
        "customer": customer,
        "orders": [
            {"number": order.number, "events": [_shown(e) for e in _events(conn, order.streams)]}
            for order in orders
        ],
        "subscriptions": [_shown(envelope(row)) for row in subscribed],
        "accesses": _rows(("at", "actor", "operation"), looked),
        "erasures": _rows(("erasedAt", "reason", "heldUntil"), gone),
    }


def _orders_of(conn: psycopg.Connection[Any], customer: str) -> list[_Order]:
    return [_Order(*row) for row in conn.execute(_ORDERS, (customer,))]


def _events(conn: psycopg.Connection[Any], streams: Sequence[UUID]) -> list[Envelope]:
    found = map(envelope, read_streams(conn, dict.fromkeys(streams, 0)))
    return sorted(found, key=lambda event: event.position)


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
