"""Whatever is sealed with a wrong key is found; an ordinary history has nothing of the kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.facts import fact
from tests.projections.conftest import following, project_all
from tests.projections.test_persons import erase
from tests.proof.wrongly_sealed import HELD, a_key, version_of, write
from tests.runtime.shop import NOW, execute, order, request, stock_up
from tests.runtime.test_personal_data import ADA, BILLS, HOME, SECRETS, destroy, lived
from typer.testing import CliRunner

from oms_api.cli import app_for
from oms_core.conversations.commands import AddNote
from oms_core.conversations.conversation import conversation_id
from oms_core.conversations.events import NoteAdded, Visibility
from oms_core.kernel.message import TOPICS
from oms_core.kernel.personal import Purpose, subject_of, subjects_named
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import CancelOrder
from oms_core.orders.events import OrderPlaced
from oms_core.orders.labeling import LinkOrders
from oms_core.orders.links import LinkKind
from oms_core.orders.placing import Customer
from oms_core.runtime.appending import APPEND, EventRow, columns
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import SYSTEM, draft_of, read_event, write_event
from oms_core.runtime.past import PAST, past
from oms_core.runtime.privacy import wrong_keys
from oms_core.runtime.privacy.sealing import DataKey, hidden_for, personal_topics
from oms_core.runtime.privacy.wrong_keys import Fault, LookedAt, WrongKey
from oms_core.runtime.proof.verifying import Verifier
from oms_core.shipments.events import ParcelLabeled
from oms_core.subscriptions.commands import SubscribeToStock
from oms_core.subscriptions.events import Subscriber, SubscribersNotified, SubscriptionOpened

Conn = psycopg.Connection[Any]
LABEL = ParcelLabeled(parcel=1, tracking_number="1Z", carrier="UPS")


@pytest.fixture
def bus(database_url: str) -> Iterator[CommandBus]:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 1000})
        yield bus


def service(key: DataKey) -> dict[Purpose, DataKey]:
    return {Purpose.SERVICE: key}


def looked(conn: Conn, url: str, first: int = 0) -> LookedAt:
    with connect(url, name="spare") as spare:
        return Verifier(conn, spare).run(first).persons


def faults(conn: Conn, url: str) -> list[Fault]:
    return [one.fault for one in looked(conn, url).wrong]


def placed(conn: Conn, id: UUID) -> OrderPlaced:
    [row] = conn.execute(PAST, past([id], version=1))
    found = read_event(OrderPlaced.TOPIC, row[3])
    assert isinstance(found, OrderPlaced)
    return found


def test_in_an_ordinary_history_each_value_has_a_key_of_its_person(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    lived(bus)
    found = looked(conn, database_url)
    assert found.events == 4
    assert (found.missing, found.wrong) == (0, ())


def test_those_who_wait_for_a_product_and_have_the_key_of_the_last_one_are_found(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    stream, key = uuid4(), a_key(conn, "C-3")
    people = [Subscriber(channel="web", customer=f"C-{n}", email="a@b.example") for n in (1, 2, 3)]
    at = [
        write(conn, stream, n, SubscriptionOpened(sku="A", subscriber=one), service(key))
        for n, one in enumerate(people, 1)
    ]
    found = looked(conn, database_url)
    assert found.wrong == (WrongKey(str(stream), key.id, Fault.ANOTHERS, at[0], at[1], 2),)
    assert looked(conn, database_url, at[1]).wrong[0].events in (1, 2)
    told = SubscribersNotified(sku="A", subscribers=tuple(people[1:]))
    row = write_event(told).replace(b'"a@b.example"', b'"[sealed]"')
    row = row[:-1] + b',"~sealed":{"%b":"AAAA"}}' % key.id.encode()
    event = EventRow(stream, 4, told.TOPIC, row, NOW, SYSTEM)
    conn.execute(APPEND, columns([event]))
    assert looked(conn, database_url).wrong[0].events == 3, "it tells of two, and has one key"


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_an_order_and_what_belongs_to_it_with_anothers_key_are_found(
    bus: CommandBus,
    conn: Conn,
    database_url: str,
    batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wrong_keys, "BATCH", batch)
    id, key = lived(bus), a_key(conn, "C-9")
    talk = conversation_id(id)
    note = NoteAdded(order_id=id, note_id=uuid4(), text="Hm.", visibility=Visibility.INTERNAL)
    one = write(conn, id, version_of(conn, id) + 1, HELD, service(key))
    two = write(conn, talk, version_of(conn, talk) + 1, note, service(key))
    assert set(looked(conn, database_url).wrong) == {
        WrongKey(str(id), key.id, Fault.ANOTHERS, one, one, 1),
        WrongKey(str(talk), key.id, Fault.ANOTHERS, two, two, 1),
    }


def test_what_erasures_did_with_such_keys_is_told(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    id, key = lived(bus), a_key(conn, "C-9")
    write(conn, id, version_of(conn, id) + 1, HELD, service(key))
    assert faults(conn, database_url) == [Fault.ANOTHERS]
    execute(bus, CancelOrder(order_id=id, reason="changed her mind"))
    project_all(conn, following(conn))
    erase(bus, conn)
    assert faults(conn, database_url) == [Fault.ANOTHERS_LEFT]
    a_key(conn, "C-9")
    assert faults(conn, database_url) == [Fault.ANOTHERS_GONE]


def test_what_is_sealed_with_a_key_that_was_gone_already_is_found(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    id, key = lived(bus), a_key(conn, "C-7")
    destroy(conn, *Purpose)
    assert faults(conn, database_url) == [], "an erased person's values are in order"
    write(conn, id, version_of(conn, id) + 1, HELD, service(key))
    assert faults(conn, database_url) == [Fault.GONE_BEFORE]


def test_keys_for_another_purpose_or_year_are_found(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    id = lived(bus)
    event = placed(conn, id)
    mine = a_key(conn, "C-7")
    books = {year: a_key(conn, "C-7", Purpose.BOOKS, year) for year in (2025, 2026)}
    write(conn, uuid4(), 1, event, {Purpose.SERVICE: mine, Purpose.BOOKS: books[2026]})
    assert faults(conn, database_url) == []
    write(conn, uuid4(), 1, event, {Purpose.SERVICE: mine, Purpose.BOOKS: books[2025]})
    assert faults(conn, database_url) == [Fault.YEAR]
    write(conn, id, version_of(conn, id) + 1, HELD, service(books[2026]))
    assert set(faults(conn, database_url)) == {Fault.YEAR, Fault.PURPOSE}


def test_of_whom_nothing_is_known_the_key_is_the_streams(
    bus: CommandBus, conn: Conn, database_url: str
) -> None:
    stream, key = uuid4(), a_key(conn, "C-7")
    write(conn, stream, 1, LABEL, service(a_key(conn, str(stream))))
    assert faults(conn, database_url) == []
    write(conn, stream, 2, LABEL, service(key))
    assert faults(conn, database_url) == [Fault.ANOTHERS]


def test_where_the_keys_are_not_here_nothing_is_said_about_them(
    bus: CommandBus, conn: Conn, owner: Conn, database_url: str
) -> None:
    lived(bus)
    owner.execute("DELETE FROM oms.subject_keys")
    found = looked(conn, database_url)
    assert (found.events, found.missing, found.wrong) == (4, 6, ())


def test_plain_text_has_no_key(bus: CommandBus, conn: Conn, database_url: str) -> None:
    before = looked(conn, database_url).events
    row = EventRow(uuid4(), 1, LABEL.TOPIC, write_event(LABEL), NOW, SYSTEM)
    conn.execute(APPEND, columns([row]))
    assert looked(conn, database_url) == LookedAt(before)


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("tests.Unknown.v1", b'{"~sealed":{"%b":"AA"}}'),
        (LABEL.TOPIC, b'{"~sealed":{"%b":"AA","no key":""}}'),
        (SubscribersNotified.TOPIC, b'{"subscribers":[],"~sealed":{"%b":"AA"}}'),
        (OrderPlaced.TOPIC, b'{"customer":7,"~sealed":{"%b":"AA"}}'),
        (OrderPlaced.TOPIC, b'{"~sealed":[]}'),
    ],
)
def test_bodies_that_no_program_wrote_stop_nobody(
    conn: Conn, database_url: str, topic: str, body: bytes
) -> None:
    key = a_key(conn, "C-7")
    stored = body % key.id.encode() if b"%b" in body else body
    conn.execute(APPEND, columns([EventRow(uuid4(), 1, topic, stored, NOW, SYSTEM)]))
    found = looked(conn, database_url)
    assert found.wrong or found.missing


def test_the_command_names_them_and_nobody(
    bus: CommandBus, conn: Conn, database_url: str, tmp_path: Path
) -> None:
    environment = {"OMS_DATABASE_URL": database_url, "OMS_DATA_DIR": str(tmp_path)}

    def verify() -> tuple[int, str]:
        done = CliRunner().invoke(app_for("verify"), ["verify"], env=environment)
        return done.exit_code, " ".join(done.output.split())

    id = lived(bus)
    code, told = verify()
    assert (code, told[:10]) == (0, "In order: ")
    assert "Personal data of 4 events are sealed, each with a key of the person" in told
    key = a_key(conn, "C-9")
    at = write(conn, id, version_of(conn, id) + 1, HELD, service(key))
    code, told = verify()
    assert code == 4
    assert "In order: " in told, "nobody manipulated anything"
    assert f"Of the stream {id} 1 event, at position {at}: sealed with the key of another" in told
    assert [secret for secret in (*SECRETS, "C-7", "C-9") if secret in told] == []


@pytest.mark.parametrize("seed", range(4))
def test_random_histories_of_many_customers_have_no_such_key(
    bus: CommandBus, conn: Conn, database_url: str, seed: int
) -> None:
    """What they do goes to the bus at once, so that it is decided and written in groups."""
    rng = random.Random(seed)
    people = [ADA.model_copy(update={"reference": f"C-{n}"}) for n in range(1, 6)]
    orders: list[UUID] = []
    for round in range(6):
        asked = [
            bus.submit(request(_anything(rng, f"{round}-{n}", people, orders))) for n in range(20)
        ]
        for each in asked:
            try:
                outcome = each.result(timeout=20)
            except Refusal:
                continue
            if hasattr(outcome.view, "shipping_address"):
                orders.append(outcome.stream_id)
        if round % 2:
            destroy(conn, *Purpose)
    found = looked(conn, database_url)
    assert found.events > 40
    assert (found.missing, found.wrong) == (0, ())


def _anything(rng: random.Random, number: str, people: list[Customer], orders: list[UUID]) -> Any:
    who = rng.choice(people)
    if not orders or rng.random() < 0.4:
        about = {"customer": who, "shipping_address": HOME}
        if rng.random() < 0.5:
            about["billing_address"] = BILLS
        return order(number, ("A", 1)).model_copy(update=about)
    id = rng.choice(orders)
    return rng.choice(
        [
            AddNote(order_id=id, note_id=uuid4(), text="Hm.", visibility=Visibility.INTERNAL),
            CancelOrder(order_id=id, reason="changed their mind"),
            LinkOrders(
                order_id=id, kind=rng.choice([*LinkKind]), other_order_id=rng.choice(orders)
            ),
            SubscribeToStock(sku="A", channel="web", customer=who.reference, email=who.email),
        ]
    )


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=10)
@given(data=st.data())
def test_the_body_of_any_event_tells_for_what_something_is_hidden_and_about_whom(
    topic: str, data: st.DataObject
) -> None:
    event = data.draw(fact(TOPICS[topic]))
    draft = draft_of(event)
    keys = {what: DataKey(str(uuid4()), AESGCM(bytes(32))) for what in Purpose}
    body = orjson.loads(draft.sealed(keys))
    if draft.personal:
        held = {what for what in Purpose if what in hidden_for(topic, body)}
        assert held >= draft.personal.keys() if len(held) == 1 else held == draft.personal.keys()
    try:
        named = [one] if (one := subject_of(event)) is not None else []
    except ValueError:
        return
    assert subjects_named(type(event), body) == named
