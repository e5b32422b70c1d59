"""Groups of commands: what they read, and how often they ask the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.errors import UniqueViolation
from tests.runtime.shop import order, request, stock_up

from oms_core.locations.location import location_id
from oms_core.orders.commands import CancelOrder, HoldOrder
from oms_core.orders.order import order_id
from oms_core.runtime import command_group, command_store
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.command_group import CommandGroup, Execution
from oms_core.runtime.command_store import CommandStore
from oms_core.runtime.connections import connect
from oms_core.runtime.working_set import WorkingSet
from oms_core.stock.stock_item import stock_item_id


class Watched(CommandStore):
    """Notes which streams are read in a round trip of their own, and lets others be quicker."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.url = database_url
        self.conn = connect(database_url, name="observer")
        self.asked: list[set[UUID]] = []
        self.before_locks: Callable[[], None] | None = None

    def read(self, streams: Mapping[UUID, int]) -> list[Any]:
        self.asked.append(set(streams))
        return super().read(streams)

    def queue_for(self, streams: Mapping[UUID, int]) -> None:
        if (act := self.before_locks) is not None:
            self.before_locks = None
            act()
        super().queue_for(streams)


@pytest.fixture
def store(database_url: str) -> Iterator[Watched]:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("CAP", "A"): 9, ("MUG", "B"): 9})
    watched = Watched(database_url)
    yield watched
    watched.close()
    watched.conn.close()


def test_what_several_commands_ask_for_is_read_with_the_next_group(store: Watched) -> None:
    """Unless the group after that has no use for it."""
    working_set = WorkingSet(100)

    def place(*orders: tuple[str, str]) -> list[set[UUID]]:
        store.asked.clear()
        placing = [Execution(request(order(number, (sku, 1)))) for number, sku in orders]
        CommandGroup(placing, working_set, store).run()
        assert all(each.outcome is not None for each in placing)
        return list(store.asked)

    a, b = location_id("A"), location_id("B")
    assert place(("1", "CAP")) == [{a}]
    assert place(("2", "CAP"), ("3", "CAP"), ("4", "MUG")) == [{a, b}]
    assert place(("5", "CAP")) == []
    assert place(("6", "MUG")) == [{b}]
    assert place(("7", "CAP"), ("8", "MUG")) == [{a, b}]
    assert stock_item_id("CAP", "A") not in working_set.usual


def test_a_streams_events_stand_in_the_log_in_the_order_of_their_versions(store: Watched) -> None:
    """Also when a command that came later was decided first, since it need not queue for stock."""
    working_set = WorkingSet(100)
    CommandGroup([Execution(request(order("1", ("CAP", 1))))], working_set, store).run()
    id = order_id("1")
    cancel = Execution(request(CancelOrder(order_id=id, reason="changed their mind")))
    hold = Execution(request(HoldOrder(order_id=id, hold_id=uuid4(), reason="a question")))
    CommandGroup([cancel, hold], working_set, store).run()
    assert cancel.outcome is not None
    assert hold.outcome is not None
    assert cancel.outcome.version > hold.outcome.version
    assert cancel.outcome.position > hold.outcome.position
    log = store.conn.execute("SELECT stream_id, version FROM oms.events ORDER BY position")
    seen: Counter[UUID] = Counter()
    for stream, version in log:
        assert version == seen[stream] + 1
        seen[stream] = version


def placing(*numbers: int) -> list[Execution]:
    orders = [order(str(number), ("CAP", 1), ("MUG", 1)) for number in numbers]
    return [Execution(request(one, key=one.number)) for one in orders]


@pytest.mark.parametrize("part", [1, 2, 3, 5, 32])
def test_a_group_that_is_stored_in_parts_is_stored_as_in_one(
    store: Watched, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(command_group, "PART", part)
    group = placing(*range(1, 8))
    CommandGroup(group, WorkingSet(100), store).run()
    placed = [one.outcome for one in group if one.outcome is not None]
    assert len(placed) == 7
    log = store.conn.execute(
        "SELECT stream_id, version, position FROM oms.events"
        " WHERE topic = 'orders.OrderPlaced.v1' ORDER BY position"
    ).fetchall()
    assert [stream for stream, _, _ in log] == [one.stream_id for one in placed]
    positions = [
        position
        for [position] in store.conn.execute("SELECT position FROM oms.events ORDER BY position")
    ]
    last = positions[-1]
    written = sum(len(one.events) for one in group)
    assert positions[-written:] == list(range(last - written + 1, last + 1))
    by = "SELECT correlation_id FROM oms.events WHERE position = %s"
    for each, one in zip(group, placed, strict=True):
        at = store.conn.execute(by, (one.position,)).fetchone()
        assert at == (each.request.cause.correlation_id,)
    again = placing(*range(1, 8))
    for before, after in zip(group, again, strict=True):
        after.request = before.request
    CommandGroup(again, WorkingSet(100), store).run()
    assert [one.outcome and one.outcome.replayed for one in again] == [True] * 7


def test_a_part_that_loses_a_race_takes_back_the_parts_before(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_group, "PART", 1)
    working_set = WorkingSet(100)
    group = placing(1, 2, 3, 4)
    count = "SELECT count(*) FROM oms.events"
    before = store.conn.execute(count).fetchone()

    def place_the_third() -> None:
        with CommandBus(store.url) as other:
            other.submit(group[2].request).result(timeout=20)

    store.before_locks = place_the_third
    with pytest.raises(UniqueViolation):
        CommandGroup(group, working_set, store).run()
    (was,), (now,) = before or (), store.conn.execute(count).fetchone() or ()
    assert now - was == 4, "one order of two lines, by the other"
    CommandGroup(group, working_set, store).run()
    outcomes = [one.outcome for one in group if one.outcome is not None]
    assert [one.replayed for one in outcomes] == [False, False, True, False]
    (now,) = store.conn.execute(count).fetchone() or ()
    assert now - was == 16


def test_giving_up_what_a_lost_connection_had_begun_opens_no_other(
    store: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be none to be had, and whoever gives up has more to do then."""
    store.begin([], {})
    store.queue_for({stock_item_id("CAP", "A"): 0})
    assert store.read_locked()
    store._conn.close()
    monkeypatch.setattr(command_store, "connect", None)
    store.roll_back()
    assert not store.has_locks
