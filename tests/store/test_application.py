"""Aggregates as they are and as they were, from events that are kept to the byte."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg_pool import ConnectionPool

from oms_core.kernel.envelope import Cause, Envelope
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.errors import UnknownTopic
from oms_core.runtime.mapper import EnvelopeMapper, StoredEnvelope
from oms_core.runtime.recorder import PostgresRecorder
from oms_core.stock.events import StockReceived
from oms_core.stock.stock_item import StockItem

LONG_AGO = datetime(2017, 3, 1, 12, tzinfo=UTC)
CAUSE = Cause("ada", uuid4(), "stream/1")


@pytest.fixture
def recorder(pool: ConnectionPool) -> PostgresRecorder:
    return PostgresRecorder(pool)


def _received(stream: UUID, version: int) -> Envelope:
    fact = StockReceived(sku="A", location="L", quantity=version, reference=None)
    return Envelope(stream, version, fact, LONG_AGO, CAUSE)


def _store(recorder: PostgresRecorder, *envelopes: Envelope) -> None:
    recorder.insert_events([EnvelopeMapper().to_stored_event(e) for e in envelopes])


def test_what_is_stored_comes_back_equal(recorder: PostgresRecorder) -> None:
    written = _received(uuid4(), 1)
    _store(recorder, written)
    [stored] = recorder.select_events(written.originator_id)
    read = EnvelopeMapper().to_domain_event(stored)
    assert (read.event, read.occurred_at, read.cause) == (written.event, LONG_AGO, CAUSE)
    assert read.position > 0
    assert read.recorded_at is not None
    assert datetime.now(UTC) - read.recorded_at < timedelta(minutes=1)


def test_the_body_is_kept_to_the_byte(recorder: PostgresRecorder) -> None:
    """A type that normalizes JSON would sort the keys, drop the blanks and the duplicate."""
    body = b'{"b" : 1.50,"a":"\\u00e9", "a":"\xc3\xa9"}'
    stream = uuid4()
    recorder.insert_events([StoredEnvelope(stream, 1, "topic", body)])
    assert [event.state for event in recorder.select_events(stream)] == [body]


def test_a_topic_that_nobody_knows_is_named(recorder: PostgresRecorder) -> None:
    stream = uuid4()
    recorder.insert_events([StoredEnvelope(stream, 1, "orders.OrderVanished.v9", b"{}")])
    [stored] = recorder.select_events(stream)
    with pytest.raises(UnknownTopic, match=r"orders\.OrderVanished\.v9, which this version"):
        EnvelopeMapper().to_domain_event(stored)


def test_an_aggregate_is_rebuilt_as_it_is_and_as_it_was(
    pool: ConnectionPool, recorder: PostgresRecorder
) -> None:
    stream = uuid4()
    oms = OrderManagement(pool)
    assert oms.fetch(StockItem, stream) is None
    _store(recorder, _received(stream, 1))
    _store(recorder, _received(stream, 2), _received(stream, 3))
    first, _, third = recorder.select_events(stream)
    assert isinstance(first, StoredEnvelope)
    assert isinstance(third, StoredEnvelope)
    assert first.recorded_at is not None
    assert third.recorded_at is not None

    def version(**moment: object) -> int | None:
        found = oms.fetch(StockItem, stream, **moment)  # type: ignore[arg-type]
        return None if found is None else found.version

    assert version() == 3
    assert [version(version=n) for n in (0, 1, 2, 3)] == [None, 1, 2, 3]
    assert version(as_of=first.recorded_at) == 1
    assert version(as_of=third.recorded_at) == 3
    assert version(as_of=first.recorded_at - timedelta(microseconds=1)) is None
    assert version(as_of=LONG_AGO + timedelta(days=1)) is None, "what was dated back, not known yet"
