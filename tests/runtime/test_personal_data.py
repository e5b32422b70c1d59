"""What is stored about persons: nothing in plain text, and nothing at all once the key is gone."""

from __future__ import annotations

import json
import stat
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation
from tests.domain.expected_events import EVENTS
from tests.domain.facts import fact
from tests.runtime.shop import NOW, execute, order, request, stock_up

from oms_core.conversations.commands import AddNote, RecordMessage
from oms_core.conversations.conversation import conversation_id
from oms_core.conversations.events import Direction, MessageRecorded, Visibility
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import TOPICS
from oms_core.kernel.personal import ERASED, Purpose, personal_fields, slots
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.events import HoldPlaced, OrderEdited, OrderLinked, OrderPlaced
from oms_core.orders.links import LinkKind
from oms_core.orders.placing import Address, Customer, PlaceOrder
from oms_core.persons.events import CustomerErased
from oms_core.returns.events import ReturnRequested
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.command_group import CommandGroup, Execution
from oms_core.runtime.command_store import CommandStore
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.group_writing import GroupWriting
from oms_core.runtime.log import read_page
from oms_core.runtime.mapper import (
    COLUMNS,
    SYSTEM,
    draft_of,
    drafted_by_pydantic,
    envelope,
    read_event,
)
from oms_core.runtime.past import PAST, folded, past
from oms_core.runtime.privacy.custody import FileCustodian, custodian, decrypt, encrypt, entrust
from oms_core.runtime.privacy.sealing import (
    KEYS,
    SEALED,
    DataKey,
    key_ids,
    opened,
    personal_topics,
)
from oms_core.runtime.privacy.subject_keys import Asked, PersonKeys, rewrap
from oms_core.runtime.privacy.wrapped_keys import keys_there
from oms_core.runtime.proof.verifying import Verifier
from oms_core.runtime.streams import entry
from oms_core.runtime.working_set import WorkingSet
from oms_core.shipments.events import ParcelLabeled
from oms_core.subscriptions.events import Subscriber, SubscribersNotified, SubscriptionOpened

HOME = Address(
    name="Ada Lovelace",
    street="St James Square 12",
    city="Ashcombe",
    postal_code="SW1Y 4JH",
    country="GB",
    region="Marylebone",
    latitude=51.507351,
    longitude=-0.127758,
)
BILLS = Address(
    name="Babbage & Co", street="Dorset Rd 1", city="Totnes", postal_code="TQ9 5XX", country="GB"
)
ADA = Customer(
    reference="C-7", email="ada@engine.example", name="Augusta Ada King", vat_id="GB123456789"
)
NOTE, LETTER, SUBJECT = "She called twice.", "Where is my punched card?", "About the loom"
# Three letters alone stand in what is encrypted, by chance, now and then.
SECRETS = [
    *("Ada ", "Lovelace", "St James", "Ashcombe", "SW1Y ", "Marylebone", "51.507", "0.1277"),
    *("Babbage", "Dorset", "Totnes", "TQ9 ", "engine.example", "King", "GB123456789"),
    *(NOTE, LETTER, SUBJECT, "Analytical Lane"),
]
STORED = "SELECT string_agg(body::text, '') FROM oms.events"
SNAPSHOTS = "SELECT coalesce(string_agg(state::text, ''), '') FROM oms.snapshots"


@pytest.fixture
def bus(database_url: str) -> Iterator[CommandBus]:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("A", "L"): 100})
        yield bus


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(database_url, name="test") as conn:
        yield conn


def ada_orders(number: str = "1") -> PlaceOrder:
    return order(number, ("A", 1)).model_copy(
        update={"customer": ADA, "shipping_address": HOME, "billing_address": BILLS}
    )


def lived(bus: CommandBus) -> UUID:
    """Write each kind of thing about a person; gives the order."""
    id = execute(bus, ada_orders()).stream_id
    execute(bus, AddNote(order_id=id, note_id=uuid4(), text=NOTE, visibility=Visibility.INTERNAL))
    message = RecordMessage(
        order_id=id,
        message_id=uuid4(),
        direction=Direction.FROM_CUSTOMER,
        channel="email",
        subject=SUBJECT,
        text=LETTER,
    )
    execute(bus, message)
    moved = HOME.model_copy(update={"street": "Analytical Lane 4"})
    execute(bus, EditOrder(order_id=id, shipping_address=moved, edited_at=NOW))
    return id


def asked(persons: PersonKeys, *events: Envelope) -> Asked:
    return persons.ask(events, [draft_of(each.event).personal for each in events])


def now(conn: psycopg.Connection[Any], id: UUID) -> Any:
    return folded(conn.execute(PAST, past([id])))[id]


def letter(conn: psycopg.Connection[Any], id: UUID) -> MessageRecorded:
    facts = [entry(row).fact for row in conn.execute(PAST, past([conversation_id(id)]))]
    [found] = [fact for fact in facts if isinstance(fact, MessageRecorded)]
    return found


def destroy(conn: psycopg.Connection[Any], *purposes: Purpose) -> None:
    conn.execute(
        "UPDATE oms.subject_keys SET wrapped = NULL, master = NULL, destroyed_at = now()"
        " WHERE subject = 'C-7' AND purpose = ANY (%s)",
        (list(purposes),),
    )


def test_nothing_personal_is_stored_in_plain_text(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    id = lived(bus)
    stored = "".join(conn.execute(query).fetchone()[0] for query in (STORED, SNAPSHOTS))  # type: ignore[index]
    assert [secret for secret in SECRETS if secret in stored] == []
    assert '"country":"GB"' in stored, "what taxes need stays"
    view = now(conn, id).view()
    assert (view.customer.email, view.shipping_address.street, view.billing_address.city) == (
        "ada@engine.example",
        "Analytical Lane 4",
        "Totnes",
    )
    assert view.shipping_address.latitude == HOME.latitude
    message = letter(conn, id)
    assert (message.subject, message.text) == (SUBJECT, LETTER)


def test_one_person_has_one_key_for_all_that_is_said_about_them(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    lived(bus)
    execute(bus, ada_orders("2"))
    keys = conn.execute(
        "SELECT subject, purpose, year FROM oms.subject_keys WHERE subject <> 'C-1' ORDER BY 2"
    ).fetchall()
    assert keys == [("C-7", "BOOKS", 2026), ("C-7", "SERVICE", 0)]


def test_commands_of_one_instant_find_the_key_of_the_first(
    database_url: str, bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    with CommandBus(database_url) as other:
        asked = [(bus, other)[i % 2].submit(request(ada_orders(str(i)))) for i in range(24)]
        ids = [each.result(timeout=20).stream_id for each in asked]
    assert {now(conn, id).view().customer.name for id in ids} == {"Augusta Ada King"}
    [count] = conn.execute("SELECT count(*) FROM oms.subject_keys").fetchone() or ()
    assert count == 2


def test_without_the_key_the_person_is_erased_and_all_proofs_hold(
    database_url: str, bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    id = lived(bus)
    total = now(conn, id).view().total
    destroy(conn, Purpose.SERVICE)
    view = now(conn, id).view()
    assert (view.customer.email, view.customer.name, view.shipping_address.city) == (ERASED,) * 3
    assert view.shipping_address.latitude is None
    assert (view.customer.vat_id, view.billing_address.city) == ("GB123456789", "Totnes")
    assert (view.total, view.shipping_address.country) == (total, "GB")
    message = letter(conn, id)
    assert (message.subject, message.text) == (ERASED, ERASED)
    destroy(conn, Purpose.BOOKS)
    assert now(conn, id).view().billing_address.city == ERASED
    with connect(database_url, name="spare") as spare:
        assert Verifier(conn, spare, [], []).run().events > 5


def test_books_are_closed_on_the_day_that_was_named(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    id = lived(bus)
    conn.execute("UPDATE oms.subject_keys SET held_until = current_date + 1")
    assert now(conn, id).view().billing_address.city == "Totnes"
    conn.execute("UPDATE oms.subject_keys SET held_until = current_date")
    assert now(conn, id).view().billing_address.city == ERASED


def test_who_comes_back_after_erasure_gets_a_new_key(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    first = lived(bus)
    destroy(conn, *Purpose)
    again = execute(bus, ada_orders("2")).stream_id
    assert now(conn, again).view().customer.name == "Augusta Ada King"
    assert now(conn, first).view().customer.name == ERASED


def test_what_was_written_in_plain_text_stays_readable(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    id = lived(bus)
    copy, topic = uuid4(), OrderPlaced.TOPIC
    [row] = conn.execute(PAST, past([id], version=1))
    body = read_event(topic, row[3]).model_dump_json()
    conn.execute(
        "INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,"
        " correlation_id) VALUES (%s, 1, oms.position_of(0), %s, %s, now(), 'old', %s)",
        (copy, topic, body, uuid4()),
    )
    destroy(conn, *Purpose)
    assert now(conn, copy).view().customer.name == "Augusta Ada King"


@pytest.mark.parametrize("destroyed", [(), (Purpose.SERVICE,), (Purpose.BOOKS,), tuple(Purpose)])
def test_a_page_with_its_keys_beside_it_reads_as_each_event_with_its_own(
    bus: CommandBus, conn: psycopg.Connection[Any], destroyed: tuple[Purpose, ...]
) -> None:
    lived(bus)
    execute(bus, order("2", ("A", 1)))
    destroy(conn, *destroyed)
    rows = conn.execute(f"SELECT {COLUMNS} FROM oms.events ORDER BY position").fetchall()
    page = read_page(conn, after=0, topics=list(TOPICS), limit=100)
    assert page.events == [envelope(row) for row in rows]
    shown = any(secret in repr(page.events) for secret in SECRETS)
    assert shown == (len(destroyed) < len(Purpose))


def test_of_whom_is_erased_while_a_page_is_read_nothing_is_shown(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    lived(bus)
    ids = key_ids(body for (body,) in conn.execute("SELECT body::text FROM oms.events"))
    assert keys_there(conn, ids).keys() == ids
    destroy(conn, Purpose.SERVICE)
    assert {purpose for purpose, *_ in keys_there(conn, ids).values()} == {Purpose.BOOKS}
    conn.execute("UPDATE oms.subject_keys SET held_until = current_date")
    assert not keys_there(conn, ids)


def test_what_was_sealed_when_fewer_fields_were_personal_is_read(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    """Once the values were one list without names; a reason stood in the body beside them."""
    lived(bus)
    [(id, wrapped, master)] = conn.execute(
        "SELECT id, wrapped, master FROM oms.subject_keys WHERE subject = 'C-7' AND year = 0"
    ).fetchall()
    key = AESGCM(custodian().unwrap(master, wrapped))
    topic = ReturnRequested.TOPIC
    values = encrypt(key, b'["It is torn."]', f"{topic} SERVICE".encode())
    line = {"line_id": str(uuid4()), "quantity": 1, "sku": "A", "location": "L"}
    line["comment"] = "[sealed]"
    body = {"order_id": str(uuid4()), "lines": [line], "reason": "too small"}
    known = {str(id): ("SERVICE", master, wrapped.hex())}
    stored = body | {"~sealed": {str(id): b64encode(values).decode()}}
    read = read_event(topic, json.dumps(stored | {"~keys": known}))
    assert isinstance(read, ReturnRequested)
    assert (read.lines[0].comment, read.reason) == ("It is torn.", "too small")
    gone = read_event(topic, json.dumps(stored | {"~keys": {}}))
    assert isinstance(gone, ReturnRequested)
    assert (gone.lines[0].comment, gone.reason) == (ERASED, ERASED)


def test_the_master_key_can_be_rotated(
    bus: CommandBus, conn: psycopg.Connection[Any], tmp_path: Path
) -> None:
    before = custodian()
    keeper = FileCustodian(tmp_path / "kept" / "master-keys")
    entrust(keeper)
    try:
        id = lived(bus)
        first = keeper.current
        assert stat.S_IMODE((tmp_path / "kept" / "master-keys").stat().st_mode) == 0o600
        second = FileCustodian(tmp_path / "kept" / "master-keys").rotate()
        assert second != first
        other = FileCustodian(tmp_path / "kept" / "master-keys")
        assert rewrap(conn, other) == 2
        masters = conn.execute("SELECT DISTINCT master FROM oms.subject_keys").fetchall()
        assert masters == [(second,)]
        assert now(conn, id).view().customer.name == "Augusta Ada King", "a server reads on"
        assert rewrap(conn, other) == 0
        entrust(FileCustodian(tmp_path / "lost" / "master-keys"))
        assert custodian().current not in (first, second), "another file is made"
        with pytest.raises(SetupError, match="is not in"):
            now(conn, id)
    finally:
        entrust(before)


def test_a_key_is_wrapped_with_the_master_key_that_stands_beside_it(tmp_path: Path) -> None:
    """Another thread may meanwhile meet a key of a newer one, and read the file again."""
    keeper = FileCustodian(tmp_path / "master-keys")
    named = keeper.current
    newer = FileCustodian(tmp_path / "master-keys")
    other = newer.wrap(newer.rotate(), bytes(32))
    assert keeper.unwrap(newer.current, other) == bytes(32)
    assert keeper.current == newer.current != named
    assert keeper.unwrap(named, keeper.wrap(named, bytes(32))) == bytes(32)


def test_of_two_who_make_a_persons_keys_at_once_the_second_asks_again(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    fact = ParcelLabeled(parcel=1, tracking_number="1Z", carrier="UPS")
    events = [Envelope(uuid4(), 1, fact, NOW, SYSTEM), Envelope(uuid4(), 1, fact, NOW, SYSTEM)]

    def keys(by: psycopg.Connection[Any], events: Sequence[Envelope]) -> list[Any]:
        persons = PersonKeys(by)
        by.execute("BEGIN")
        return persons.give(asked(persons, *events))

    with connect(database_url, name="other") as other, ThreadPoolExecutor() as pool:
        [first] = keys(conn, events[:1])
        waits = pool.submit(keys, other, events)
        waiting = "SELECT FROM pg_locks WHERE NOT granted AND pid = %s"
        while not conn.execute(waiting, (other.info.backend_pid,)).fetchall():
            time.sleep(0.01)
        conn.execute("COMMIT")
        with pytest.raises(UniqueViolation):
            waits.result(10)
        other.execute("ROLLBACK")
        second = keys(other, events)
        other.execute("COMMIT")
        again = keys(conn, events)
    ids = [[key.id for key in each.values()] for each in (first, *second, *again)]
    assert ids[0] == ids[1] == ids[3]
    assert ids[2] == ids[4] != ids[0]
    secret = encrypt(first[Purpose.SERVICE].key, b"1Z", b"")
    assert decrypt(second[0][Purpose.SERVICE].key, secret, b"") == b"1Z"
    secret = encrypt(second[1][Purpose.SERVICE].key, b"1Z", b"")
    assert decrypt(again[1][Purpose.SERVICE].key, secret, b"") == b"1Z"


def test_whose_something_is_is_known_before_the_order_is_stored(
    database_url: str, conn: psycopg.Connection[Any]
) -> None:
    """An order and what follows it may be two parts of what a group of commands stores."""
    with CommandBus(database_url) as bus:
        stock_up(bus, {("CAP", "A"): 1})
    store = CommandStore(database_url)
    placing = Execution(request(order("1", ("CAP", 1))))
    CommandGroup([placing], WorkingSet(10), store).run()
    store.close()
    placed = Envelope(uuid4(), 1, placing.events[0].event, NOW, SYSTEM)
    message = MessageRecorded(
        order_id=placed.originator_id,
        message_id=uuid4(),
        direction=Direction.FROM_CUSTOMER,
        channel="email",
        text="Where is it?",
    )
    persons = PersonKeys(conn)
    conn.execute("BEGIN")
    first = asked(persons, placed)
    second = asked(persons, Envelope(uuid4(), 1, message, NOW, SYSTEM))
    conn.execute("ROLLBACK")
    assert {whose for one in (*first.needed, *second.needed) for whose, _, _ in one.values()} == {
        "C-1"
    }


def subjects(asked: Asked) -> list[str]:
    return [subject for each in asked.needed for subject, _, _ in each.values()]


def test_each_of_those_who_wait_for_a_product_has_a_key_of_their_own(
    conn: psycopg.Connection[Any],
) -> None:
    """They share a stream; each event in it names its person."""
    stream, names = uuid4(), ["C-1", "C-2", "C-3"]
    waiting = [Subscriber(channel="web", customer=name, email="a@b.example") for name in names]
    opened = [SubscriptionOpened(sku="A", subscriber=each) for each in waiting[:2]]
    told = SubscribersNotified(sku="A", subscribers=(waiting[2],))
    events = [Envelope(stream, n, event, NOW, SYSTEM) for n, event in enumerate((*opened, told), 1)]
    assert subjects(asked(PersonKeys(conn), *events)) == names


def test_an_order_that_is_linked_to_anothers_is_about_its_own_customer(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    others, own = execute(bus, order("1", ("A", 1))), execute(bus, ada_orders("2"))
    linked = OrderLinked(kind=LinkKind.SPLIT_FROM, order_id=others.stream_id, number="1")
    [held, *_] = [event for event in EVENTS if isinstance(event, HoldPlaced)]
    events = [
        Envelope(own.stream_id, version, event, NOW, SYSTEM)
        for version, event in ((7, linked), (8, held))
    ]
    assert subjects(asked(PersonKeys(conn), *events)) == ["C-7"]


def test_what_was_asked_for_in_a_transaction_is_not_asked_for_again(
    conn: psycopg.Connection[Any],
) -> None:
    fact = ParcelLabeled(parcel=1, tracking_number="1Z", carrier="UPS")
    events = [Envelope(uuid4(), 1, fact, NOW, SYSTEM), Envelope(uuid4(), 1, fact, NOW, SYSTEM)]
    persons = PersonKeys(conn)
    with conn.transaction(force_rollback=True):
        first, again = asked(persons, events[0]), asked(persons, events[0])
        both = asked(persons, *events)
        assert (first.found is None, again.found is None, both.found is None) == (0, 1, 0)
        assert persons.give(first) == persons.give(again) == persons.give(both)[:1]


def test_of_a_persons_keys_each_event_gets_those_of_its_purposes_and_its_year(
    conn: psycopg.Connection[Any],
) -> None:
    """They are found by whose they are, and made together."""
    [placed] = [event for event in EVENTS if isinstance(event, OrderPlaced)][:1]
    years = [Envelope(uuid4(), 1, placed, NOW.replace(year=year), SYSTEM) for year in (2025, 2026)]
    with conn.transaction(force_rollback=True):
        made = PersonKeys(conn)
        first, second = made.give(asked(made, *years))
        assert first[Purpose.SERVICE] == second[Purpose.SERVICE]
        ids = {first[Purpose.SERVICE].id, first[Purpose.BOOKS].id, second[Purpose.BOOKS].id}
        assert len(ids) == 3
        assert {UUID(id).version for id in ids} == {4}, "they tell nobody when"
        assert len({id[:18] for id in ids}) == 1, "they stand side by side"
        found = PersonKeys(conn)
        only = found.ask(years[1:], [[Purpose.SERVICE]])
        both = asked(found, *years)
        assert [key.id for each in found.give(only) for key in each.values()] == [
            first[Purpose.SERVICE].id
        ]
        again = found.give(both)
        assert [{p: key.id for p, key in each.items()} for each in again] == [
            {p: key.id for p, key in each.items()} for each in (first, second)
        ]
        [count] = conn.execute("SELECT count(*) FROM oms.subject_keys").fetchone() or ()
        assert count == 3
        secret = encrypt(second[Purpose.BOOKS].key, b"DE1", b"")
        assert decrypt(again[1][Purpose.BOOKS].key, secret, b"") == b"DE1"


def test_what_is_written_after_an_erasure_in_one_transaction_has_a_new_key(
    bus: CommandBus, conn: psycopg.Connection[Any]
) -> None:
    id = execute(bus, ada_orders()).stream_id
    [first] = [entry(row).fact for row in conn.execute(PAST, past([id], version=1))]
    keys = conn.execute("SELECT id FROM oms.subject_keys WHERE subject = 'C-7'").fetchall()
    [last] = conn.execute("SELECT max(position)::text FROM oms.events").fetchone() or ("",)
    erased = CustomerErased(
        customer="C-7",
        reason="asked",
        orders=1,
        streams=(id,),
        destroyed=tuple(key for (key,) in keys),
        held=(),
        as_of=last,
    )
    again = [uuid4(), uuid4()]
    conn.execute("BEGIN")
    writing = GroupWriting(conn, PersonKeys(conn))
    for stream, event in ((uuid4(), erased), (again[0], first), (again[1], first)):
        writing.add([Envelope(stream, 1, event, NOW, SYSTEM)], [])
    writing.send([])
    assert len(writing.finish()) == 3
    assert [now(conn, one).view().customer.name for one in again] == ["Augusta Ada King"] * 2
    assert now(conn, id).view().customer.name == ERASED


def test_what_is_no_file_of_keys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a key\n")
    with pytest.raises(SetupError, match="does not hold master keys"):
        FileCustodian(tmp_path / "keys").wrap("1234", bytes(32))
    with pytest.raises(SetupError, match="can't be used"):
        FileCustodian(tmp_path / "none").unwrap("1234", bytes(60))


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=10)
@given(data=st.data())
def test_what_is_personal_in_any_event_is_hidden_and_can_be_put_back(
    topic: str, data: st.DataObject
) -> None:
    event = data.draw(fact(TOPICS[topic]))
    body = json.loads(event.model_dump_json())
    draft = draft_of(event)
    made = {purpose: AESGCM.generate_key(256) for purpose in draft.personal}
    keys = {purpose: DataKey(purpose.value, AESGCM(key)) for purpose, key in made.items()}
    stored = json.loads(draft.sealed(keys))
    keeper, master = custodian(), custodian().current
    read = {p.value: (p, master, keeper.wrap(master, key).hex()) for p, key in made.items()}
    assert not made or opened(topic, json.dumps(stored | {KEYS: read})) == body
    beside = {id: (what, name, bytes.fromhex(key)) for id, (what, name, key) in read.items()}
    assert not made or opened(topic, json.dumps(stored), beside) == body
    for field in personal_fields(type(event)):
        for holder, name in slots(body, field.path) if field.purpose in made else ():
            holder[name] = "[sealed]" if isinstance(holder[name], str) else None
    stored.pop(SEALED, None)
    assert stored == body


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=10)
@given(data=st.data())
def test_any_draft_is_the_one_that_pydantic_gives_and_canonical_when_it_is_sealed(
    topic: str, data: st.DataObject
) -> None:
    event = data.draw(fact(TOPICS[topic]))
    draft = draft_of(event)
    assert draft == drafted_by_pydantic(event)
    keys = {what: DataKey(str(data.draw(st.uuids())), AESGCM(bytes(32))) for what in Purpose}
    assert (stored := draft.sealed(keys)) == rfc8785.dumps(json.loads(stored))
    with pytest.raises(KeyError) if draft.personal else nullcontext():
        draft.sealed({})


def test_billing_belongs_to_the_books_wherever_it_stands() -> None:
    for shape in (OrderPlaced, OrderEdited):
        purposes = {field.path[0]: field.purpose for field in personal_fields(shape)}
        assert purposes["billing_address"] is Purpose.BOOKS
        assert purposes["shipping_address"] is Purpose.SERVICE
    assert [field.path for field in personal_fields(MessageRecorded)] == [("subject",), ("text",)]


def test_the_guide_names_every_personal_field() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
    fields = [
        f"| `{topic}` | `{'.'.join(field.path)}` | {field.purpose.lower()} |"
        for topic, shape in sorted(TOPICS.items())
        for field in personal_fields(shape)
    ]
    assert [line for line in guide.splitlines() if line.startswith("| `")] == fields
