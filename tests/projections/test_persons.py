"""Who is erased is erased from every table, whatever is being built, written or read meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.projections.conftest import following, project_all
from tests.proof.wrongly_sealed import HELD, a_key, version_of, write
from tests.runtime.shop import NOW, execute, order, request, stock_up
from tests.runtime.test_personal_data import ADA, BILLS, HOME, LETTER, NOTE, SECRETS, lived, now

from oms_core.conversations.commands import AddNote
from oms_core.conversations.conversation import conversation_id
from oms_core.conversations.events import NoteAdded, Visibility
from oms_core.kernel.personal import ERASED, Purpose
from oms_core.orders.commands import CancelOrder
from oms_core.orders.events import OrderPlaced
from oms_core.persons.commands import EraseCustomer
from oms_core.persons.events import CustomerErased
from oms_core.persons.person import person_id
from oms_core.runtime.appending import APPEND, EventRow, columns
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import SYSTEM, read_event, write_event
from oms_core.runtime.past import PAST, past
from oms_core.runtime.privacy.sealing import WITHHELD, personal_topics
from oms_core.runtime.request import Outcome
from oms_core.runtime.timers import TimerRunner
from oms_projections import persons
from oms_projections.order_rows import Orders
from oms_projections.rebuild import NEXT, rebuild
from oms_projections.standing_in import StandIn
from oms_projections.waiting import RECORDED

CatchUp = Callable[[], None]
ORDER_TEXT = "SELECT string_agg(row::text, '') FROM {}.orders AS row"


def cancelled(bus: CommandBus) -> UUID:
    stock_up(bus, {("A", "L"): 100})
    id = lived(bus)
    execute(bus, CancelOrder(order_id=id, reason="changed her mind"))
    return id


def erasing(conn: psycopg.Connection[Any], **changed: Any) -> EraseCustomer:
    [as_of] = conn.execute(RECORDED).fetchone() or (0,)
    facts = persons.to_erase(conn, "C-7", as_of=as_of, books_years=10)
    return EraseCustomer.model_validate({"customer": "C-7", "reason": "asked"} | facts | changed)


def erase(bus: CommandBus, conn: psycopg.Connection[Any]) -> Outcome:
    return execute(bus, erasing(conn))


def plain(conn: psycopg.Connection[Any], schema: str = "read") -> list[str]:
    [text] = conn.execute(ORDER_TEXT.format(schema).encode()).fetchone() or ("",)
    return [secret for secret in SECRETS if secret in (text or "")]


def test_a_rebuild_that_has_read_a_person_forgets_them_before_it_is_swapped_in(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp, database_url: str
) -> None:
    cancelled(bus)
    catch_up()
    assert plain(conn)
    seen: list[list[str]] = []
    with connect(database_url, name="rebuilding") as other:

        def meanwhile(_share: float, _applied: int) -> None:
            if not seen:
                seen.append(plain(other, NEXT))
                erase(bus, conn)

        rebuild(other, Orders(), meanwhile)
    assert seen[0], "it had read the person before they were erased"
    assert plain(conn) == []


def test_rebuilds_projections_and_erasures_at_the_same_time_leave_nothing(
    bus: CommandBus, conn: psycopg.Connection[Any], database_url: str
) -> None:
    id = cancelled(bus)
    project_all(conn, following(conn))
    stop = threading.Event()

    def follow() -> None:
        with connect(database_url, name="following") as own:
            StandIn(own, persons.SHOWING).come_to(end := last(own))
            while not stop.is_set() or last(own) > end:
                StandIn(own, persons.SHOWING).come_to(end := last(own))

    def build() -> None:
        with connect(database_url, name="rebuilding") as own:
            while not stop.is_set():
                rebuild(own, Orders())

    threads = [threading.Thread(target=work) for work in (follow, build)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            note = AddNote(order_id=id, note_id=uuid4(), text=NOTE, visibility=Visibility.INTERNAL)
            execute(bus, note)
            erase(bus, conn)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    StandIn(conn, persons.SHOWING).come_to(last(conn))
    assert plain(conn) == []


def last(conn: psycopg.Connection[Any]) -> int:
    [position] = conn.execute(RECORDED).fetchone() or (0,)
    return int(position)


def test_what_an_interrupted_rebuild_has_left_is_dropped(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp
) -> None:
    cancelled(bus)
    catch_up()
    conn.execute(f"CREATE TABLE {NEXT}.orders AS SELECT * FROM read.orders")
    erase(bus, conn)
    persons.forget_rebuilds(conn)
    assert conn.execute(f"SELECT to_regclass('{NEXT}.orders')").fetchone() == (None,)


def test_an_erasure_that_does_not_know_of_the_last_order_is_refused(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp
) -> None:
    first = cancelled(bus)
    catch_up()
    command = erasing(conn)
    about = {"customer": ADA, "shipping_address": HOME, "billing_address": BILLS}
    second = execute(bus, order("2", ("A", 1)).model_copy(update=about)).stream_id
    with pytest.raises(psycopg.errors.CheckViolation, match="More became known"):
        execute(bus, command)
    for id in (first, second):
        assert now(conn, id).view().customer.name == ADA.name


def test_an_erasure_that_began_before_an_order_finds_it_though_it_stands_behind(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp, database_url: str
) -> None:
    cancelled(bus)
    catch_up()
    command = erasing(conn).model_dump(exclude={"open_orders", "as_of"})
    fact = CustomerErased(**command, as_of=str(last(conn)))
    row = EventRow(person_id("C-7"), 1, fact.TOPIC, write_event(fact), NOW, SYSTEM)
    about = {"customer": ADA, "shipping_address": HOME, "billing_address": BILLS}
    with connect(database_url, name="erasing") as slow, slow.transaction():
        slow.execute("SELECT pg_current_xact_id()")
        id = execute(bus, order("2", ("A", 1)).model_copy(update=about)).stream_id
        with pytest.raises(psycopg.errors.CheckViolation, match="More became known"):
            slow.execute(APPEND, columns([row]))
        raise psycopg.Rollback
    assert now(conn, id).view().customer.name == ADA.name


def test_an_order_of_the_same_instant_is_never_sealed_with_a_key_that_goes(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp, database_url: str
) -> None:
    cancelled(bus)
    catch_up()
    about = {"customer": ADA, "shipping_address": HOME, "billing_address": BILLS}
    with CommandBus(database_url) as other:
        erasure = other.submit(request(erasing(conn)))
        ordered = [
            bus.submit(request(order(str(n), ("A", 1)).model_copy(update=about)))
            for n in range(2, 12)
        ]
        placed = [each.result(timeout=20).stream_id for each in ordered]
        failed = erasure.exception(timeout=20)
    assert failed is None or isinstance(failed, psycopg.errors.CheckViolation)
    assert {now(conn, id).view().customer.name for id in placed} == {ADA.name}


def test_what_the_books_need_is_forgotten_by_a_timer(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp
) -> None:
    id = cancelled(bus)
    catch_up()
    [key] = conn.execute("SELECT id FROM oms.subject_keys WHERE purpose = 'BOOKS'").fetchone() or ()
    command = erasing(conn)
    held = {"key": key, "year": 2026, "until": date(2037, 1, 1)}
    kept = [each for each in command.destroyed if each != key]
    changed = {"destroyed": kept, "held": [held]}
    outcome = execute(bus, EraseCustomer.model_validate(command.model_dump() | changed))
    assert outcome.view.held_until == date(2037, 1, 1)
    assert now(conn, id).view().billing_address.city == BILLS.city
    catch_up()
    for day, city in ((31, BILLS.city), (1, ERASED)):
        clock = datetime(2036 + (day == 1), 12 if day == 31 else 1, day, 12, tzinfo=UTC)
        timers = TimerRunner(conn, bus, threading.Event(), lambda at=clock: at)
        while timers.follow():
            pass
        timers.go_off()
        catch_up()
        query = "SELECT billing_address ->> 'city' FROM read.orders WHERE id = %s"
        assert conn.execute(query, (id,)).fetchone() == (city,)
    left = "SELECT count(*) FROM oms.subject_keys WHERE wrapped IS NOT NULL"
    assert conn.execute(left).fetchone() == (0,)


def test_what_was_written_before_there_were_keys_is_not_shown_of_the_erased(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp, database_url: str
) -> None:
    id = cancelled(bus)
    copy = uuid4()
    [row] = conn.execute(PAST, past([id], version=1))
    body = read_event(OrderPlaced.TOPIC, row[3]).model_dump_json()
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
            " correlation_id) VALUES (%s, 1, oms.position_of(0), %s, %s, now(), 'old', %s)",
            (copy, OrderPlaced.TOPIC, body, uuid4()),
        )
        owner.execute("UPDATE oms.plain_text SET until = (SELECT max(position) FROM oms.events)")
    assert now(conn, copy).view().customer.name == ADA.name, "a customer who was not erased"
    execute(bus, CancelOrder(order_id=copy, reason="old"))
    catch_up()
    key = {"key": uuid4(), "year": 2026, "until": date(2999, 1, 1)}
    command = erasing(conn).model_dump() | {"held": [key]}
    execute(bus, EraseCustomer.model_validate(command))
    view = now(conn, copy).view()
    assert (view.customer.name, view.shipping_address.city) == (ERASED, ERASED)
    withheld = conn.execute(WITHHELD, ([copy, id], personal_topics())).fetchall()
    assert withheld == [(f"{copy}/1",)], "from evidence"
    assert view.billing_address.city == BILLS.city, "the books need it"
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("UPDATE oms.erased_streams SET held_until = current_date")
    assert now(conn, copy).view().billing_address.city == ERASED


def test_an_erasure_names_no_person(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp
) -> None:
    cancelled(bus)
    catch_up()
    erase(bus, conn)
    query = "SELECT body::text FROM oms.events WHERE topic = %s"
    [(body,)] = conn.execute(query, (CustomerErased.TOPIC,)).fetchall()
    assert [secret for secret in (*SECRETS, NOTE, LETTER) if secret in body] == []


def test_what_is_sealed_with_the_key_of_somebody_else_is_told_of(
    bus: CommandBus, conn: psycopg.Connection[Any], catch_up: CatchUp
) -> None:
    id = cancelled(bus)
    key = {Purpose.SERVICE: a_key(conn, "C-9")}
    write(conn, id, version_of(conn, id) + 1, HELD, key)
    talk = conversation_id(id)
    note = NoteAdded(order_id=id, note_id=uuid4(), text=NOTE, visibility=Visibility.INTERNAL)
    write(conn, talk, version_of(conn, talk) + 1, note, key)
    write(conn, uuid4(), 1, note.model_copy(update={"order_id": uuid4()}), key)
    catch_up()
    assert persons.still_readable(conn, "C-7") == 0, "who was not erased is readable anyway"
    erase(bus, conn)
    assert persons.still_readable(conn, "C-7") == 2
    a_key(conn, "C-9")
    assert persons.still_readable(conn, "C-7") == 0, "the other one was erased, too"
