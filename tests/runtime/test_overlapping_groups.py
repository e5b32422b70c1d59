"""A group is decided while the one before is committed: what if that is not stored as decided?"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.runtime.crashing import Boundaries, Crash, Mortal, Process, Threadless, close
from tests.runtime.shop import execute, order, request, stock_up

from oms_core.kernel.refusal import IdempotencyConflict, NotAllowedInState
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseHold
from oms_core.orders.order import order_id
from oms_core.persons.commands import EraseCustomer
from oms_core.runtime import command_bus
from oms_core.runtime.application import OrderManagement
from oms_core.runtime.command_bus import CommandBus, StoreUnreachable, _Ticket
from oms_core.runtime.connections import connection_pool
from oms_core.runtime.request import Outcome, Request
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

_TAKEN = (
    "INSERT INTO oms.command_keys VALUES (%s, %s, %s, 'another input', gen_random_uuid(), 1, 1)"
)
_END = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE application_name = %s AND datname = current_database()"""
_WAITS = """SELECT 1 FROM pg_stat_activity WHERE application_name = %s
            AND datname = current_database() AND wait_event_type = 'Lock'"""


class Busy(Threadless):
    """A bus whose groups are sent by hand. It tells when one has come to where it waits."""

    def __init__(self, url: str, owner: psycopg.Connection[Any]) -> None:
        super().__init__(url)
        self._owner = owner
        self._thread = ThreadPoolExecutor(1)
        self._waits = threading.Event()
        self.again = 0
        """Commands that were decided again."""

    def _complete_first(self) -> None:
        self._waits.set()
        super()._complete_first()

    def _decide(self, group: list[_Ticket]) -> None:
        self.again += len(group)
        super()._decide(group)

    def send_and_hold_up(self, *asked: Request) -> list[Future[Outcome]]:
        """Send a group whose commit waits, as somebody else is about to use its first key."""
        assert asked[0].key is not None
        taken = (asked[0].cause.actor, asked[0].command_name, asked[0].key.key)
        self._owner.execute(_TAKEN, taken)
        return self.send_together(asked)

    def send_soon(self, *asked: Request) -> Future[list[Future[Outcome]]]:
        """Send another one in a thread: it is going to wait."""
        return self._thread.submit(self.send_together, asked)

    def send_meanwhile(self, *asked: Request) -> Future[list[Future[Outcome]]]:
        """Send another one, and return when it is decided as far as it can be."""
        self._waits.clear()
        sent = self.send_soon(*asked)
        assert self._waits.wait(20)
        return sent

    def let_go(
        self, sent: Future[list[Future[Outcome]]], seconds: float = 20
    ) -> list[Future[Outcome]]:
        """Let the group be stored that was held up, then the one that was sent meanwhile."""
        self._owner.rollback()
        answers = sent.result(seconds)
        self.complete()
        return answers

    def close(self) -> None:
        self._thread.shutdown()
        self._store.close()


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as conn:
        yield conn


@pytest.fixture
def bus(database_url: str, owner: psycopg.Connection[Any]) -> Iterator[Busy]:
    with CommandBus(database_url) as other:
        stock_up(other, {("CAP", "A"): 9, ("MUG", "A"): 9})
        execute(other, order("0", ("CAP", 1)))
    bus = Busy(database_url, owner)
    yield bus
    bus.close()


def answers(*futures: Future[Outcome]) -> list[Any]:
    return [future.exception(20) or future.result() for future in futures]


def hold(key: str | None = None) -> Request:
    command = HoldOrder(order_id=order_id("0"), hold_id=UUID(int=7), reason="a question")
    return request(command, key=key)


def release() -> Request:
    return request(ReleaseHold(order_id=order_id("0"), hold_id=UUID(int=7), reason="answered"))


def cancel(key: str | None = None) -> Request:
    return request(CancelOrder(order_id=order_id("0"), reason="changed their mind"), key=key)


def placing(number: str, sku: str = "CAP") -> Request:
    return request(order(number, (sku, 1)), key=number)


def test_a_group_is_decided_while_the_one_before_is_committed(
    bus: Busy, owner: psycopg.Connection[Any]
) -> None:
    """And after it: it knows what that one did, and comes later in the log."""
    [held] = bus.send_and_hold_up(hold("k"))
    sent = bus.send_meanwhile(release(), placing("1"))
    assert not held.done()
    owner.rollback()
    released, placed = sent.result(20)
    assert held.done(), "it is answered as soon as it is stored"
    assert not released.done()
    bus.complete()
    first, second, third = answers(held, released, placed)
    assert first.position < second.position < third.position
    assert second.version == first.version + 1


@pytest.mark.parametrize("second", [release, cancel])
def test_what_was_decided_after_what_is_not_stored_is_decided_again(
    bus: Busy, owner: psycopg.Connection[Any], second: Any
) -> None:
    [held] = bus.send_and_hold_up(hold("k"))
    sent = bus.send_meanwhile(second(), placing("1"))
    owner.commit()
    changed, placed = sent.result(20)
    bus.complete()
    failed, answer, order_ = answers(held, changed, placed)
    assert isinstance(failed, IdempotencyConflict)
    assert order_.version
    if second is release:
        assert isinstance(answer, Exception), "there is no hold to release"
    else:
        assert answer.version == 3, "no hold is in between"


def test_a_refusal_that_was_decided_after_what_is_not_stored_is_not_given(
    bus: Busy, owner: psycopg.Connection[Any]
) -> None:
    [cancelled] = bus.send_and_hold_up(cancel("k"))
    sent = bus.send_meanwhile(hold())
    owner.commit()
    [held] = sent.result(20)
    bus.complete()
    failed, answer = answers(cancelled, held)
    assert isinstance(failed, IdempotencyConflict)
    assert not isinstance(answer, NotAllowedInState)
    assert answer.version == 3


def test_what_wants_to_write_nothing_waits_as_well(bus: Busy) -> None:
    """Its refusal tells of what may not be stored yet."""
    [cancelled] = bus.send_and_hold_up(cancel("k"))
    sent = bus.send_meanwhile(hold())
    assert not sent.done()
    [held] = bus.let_go(sent)
    done, refused = answers(cancelled, held)
    assert done.version
    assert isinstance(refused, NotAllowedInState)


@pytest.mark.parametrize("lost", ["oms command bus", "oms command bus, in turn"])
def test_a_connection_that_is_lost_meanwhile_loses_and_doubles_nothing(
    bus: Busy, database_url: str, lost: str
) -> None:
    bus.send_together([placing("A")])
    bus.send_together([placing("B")])
    bus.complete()
    asked = [placing("1"), placing("2")]
    [first] = bus.send_and_hold_up(asked[0])
    with psycopg.connect(database_url) as other:
        if lost == "oms command bus":
            sent = bus.send_meanwhile(asked[1])
            other.execute(_END, (lost,))
        else:
            other.execute(_END, (lost,))
            sent = bus.send_soon(asked[1])
    [second] = bus.let_go(sent)
    unreachable = [isinstance(one, StoreUnreachable) for one in answers(first, second)]
    assert unreachable == ([True, False] if lost == "oms command bus" else [False, True])
    again = bus.send_together(asked)
    bus.complete()
    assert [one.replayed for one in answers(*again)] == [not lost for lost in unreachable]
    with connection_pool(database_url, name="test", size=1) as pool:
        item = OrderManagement(pool).fetch(StockItem, stock_item_id("CAP", "A"))
    assert item is not None
    assert item.reserved == 5


def test_stock_is_decided_by_how_it_is_known_to_be_until_the_group_before_is_stored(
    bus: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [request(order(str(i), ("CAP", 1), ("MUG", 1)), key=str(i)) for i in range(3)]
    bus.send_together(asked[:1])
    [first] = bus.send_and_hold_up(asked[1])
    decided: list[str] = []
    reserve = StockItem.reserve

    def noted(item: StockItem, *given: Any, **named: Any) -> Any:
        decided.append(item.sku)
        return reserve(item, *given, **named)

    monkeypatch.setattr(StockItem, "reserve", noted)
    sent = bus.send_meanwhile(asked[2])
    assert sorted(decided) == ["CAP", "MUG"], "before it waits"
    [second] = bus.let_go(sent)
    assert [answer.version for answer in answers(first, second)] == [2, 2]
    assert not bus.again


@pytest.mark.parametrize("sold", [True, False])
def test_what_another_process_did_to_stock_is_seen_before_anything_is_written_or_answered(
    bus: Busy, database_url: str, *, sold: bool
) -> None:
    bus.send_together([placing("A", "MUG") if sold else request(order("A", ("MUG", 9)), key="A")])
    bus.complete()
    with CommandBus(database_url) as other:
        if sold:
            execute(other, order("B", ("MUG", 8)))
        else:
            execute(other, ReceiveStock(sku="MUG", location="A", quantity=1))
    [first] = bus.send_and_hold_up(placing("1"))
    sent = bus.send_meanwhile(placing("2", "MUG"))
    [second] = bus.let_go(sent)
    stored, answer = answers(first, second)
    assert stored.version == 2
    assert bus.again == 1, "it was decided by what was known, first"
    if sold:
        assert isinstance(answer, InsufficientStock)
    else:
        assert answer.version == 2


def test_locks_that_do_not_come_leave_what_was_stored_before_stored(
    bus: Busy, owner: psycopg.Connection[Any], database_url: str
) -> None:
    bus.send_together([placing("A", "MUG")])
    bus.complete()
    asked = [placing("1"), placing("2", "MUG")]
    [first] = bus.send_and_hold_up(asked[0])
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (stock_item_id("MUG", "A").int >> 65,))
        sent = bus.send_soon(asked[1])
        until = time.monotonic() + 20
        while not other.execute(_WAITS, ("oms command bus, in turn",)).fetchone():
            assert time.monotonic() < until
        owner.rollback()
        assert first.result(20).version == 2
        other.execute(_END, ("oms command bus, in turn",))
    [second] = sent.result(20)
    bus.complete()
    assert isinstance(answers(second)[0], StoreUnreachable)
    again = bus.send_together(asked)
    bus.complete()
    assert [one.replayed for one in answers(*again)] == [True, False]


def test_who_is_erased_meanwhile_is_forgotten_after_what_was_sent_is_stored(
    bus: Busy, database_url: str
) -> None:
    [placed] = bus.send_and_hold_up(placing("1"))
    with psycopg.connect(database_url) as other:
        other.execute(
            "INSERT INTO oms.erasures (subject, reason, actor, orders) VALUES ('C-9', '', '', 0)"
        )
    sent = bus.send_meanwhile(request(CancelOrder(order_id=order_id("1"), reason="late")))
    [cancelled] = bus.let_go(sent)
    before, after = answers(placed, cancelled)
    assert after.version > before.version


def test_who_is_erased_by_the_group_before_may_order_in_the_next_one(bus: Busy) -> None:
    """What is written of a person is shared with others who write; who erases has it alone."""
    bus.send_together([placing("A"), placing("B", "MUG")])
    bus.complete()
    erase = EraseCustomer(customer="C-1", reason="asked", orders=0, destroyed=(UUID(int=1),))
    [erased] = bus.send_and_hold_up(request(erase, key="k"))
    sent = bus.send_meanwhile(placing("1"))
    [placed] = bus.let_go(sent, 8)
    assert [answer.version for answer in answers(erased, placed)] == [1, 2]
    assert not bus.again


@pytest.mark.parametrize("taken", [True, False])
def test_the_same_request_waits_for_the_one_that_is_on_its_way(
    database_url: str,
    owner: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    *,
    taken: bool,
) -> None:
    """Decided meanwhile it would be told that its number is taken."""
    monkeypatch.setattr(command_bus, "LARGEST_GROUP", 1)
    with CommandBus(database_url) as bus:
        stock_up(bus, {("CAP", "A"): 9})
        asked = placing("1")
        owner.execute(_TAKEN, (asked.cause.actor, asked.command_name, "1"))
        futures = [bus.submit(asked) for _ in range(4)]
        if taken:
            owner.commit()
            assert {type(one) for one in answers(*futures)} == {IdempotencyConflict}
        else:
            owner.rollback()
            assert [one.replayed for one in answers(*futures)] == [False, True, True, True]


def test_a_process_may_die_anywhere_between_two_groups(
    bus: Busy, database_url: str, owner: psycopg.Connection[Any]
) -> None:
    """Whoever comes after is sent everything again, and does it once."""
    stock_up(bus, {("PEN", "B"): 999})
    spare: list[Mortal] = []
    with pytest.MonkeyPatch.context() as patch:
        for crash_at in range(1, 99):
            asked = [placing(f"{crash_at}-{i}", "PEN") for i in range(4)]
            boundaries = Boundaries(crash_at)
            with contextlib.suppress(Crash):
                lead(Process(database_url, boundaries, patch), asked)
            close(boundaries.connections)
            after = Process(database_url, Boundaries(), patch, spare)
            assert all(answer.version for answer in lead(after, asked))
            after.end()
            if not boundaries.dead:
                break
    close(spare)
    assert crash_at >= 10
    placed = "SELECT count(*), count(DISTINCT stream_id) FROM oms.events WHERE topic = %s"
    assert owner.execute(placed, ("orders.OrderPlaced.v1",)).fetchall() == [
        (1 + 4 * crash_at, 1 + 4 * crash_at)
    ]


def lead(process: Process, asked: Sequence[Request]) -> list[Any]:
    """Send two groups, the second while the first is committed."""
    sent = process.bus.send_together(asked[:2]) + process.bus.send_together(asked[2:])
    process.bus.complete()
    return answers(*sent)
