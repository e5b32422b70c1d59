"""Each event carries the hash of its canonical form and so of the one before, whoever writes it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.domain.expected_events import EVENTS
from tests.domain.facts import fact

from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import TOPICS
from oms_core.kernel.paths import floats_of, shapes_in
from oms_core.orders.events import LinesReserved, OrderPlaced, PostalAddress
from oms_core.orders.quantities import SourcedQuantity
from oms_core.runtime.bodies import BodyOf
from oms_core.runtime.connections import connect
from oms_core.runtime.mapper import StoredEnvelope, write_event, written_by_pydantic
from oms_core.runtime.migrations import migrate
from oms_core.runtime.proof import chaining
from oms_core.runtime.proof.canonical import canonical
from oms_core.runtime.recorder import PostgresRecorder
from oms_core.stock.events import StockReserved

INSERT = """
INSERT INTO oms.events (stream_id, version, position, topic, body, occurred_at, actor,
                        correlation_id, causation_id)
SELECT %s, version, oms.position_of(version), %s, %s, now(), %s, gen_random_uuid(), %s
FROM generate_series(%s::int, %s) AS version
"""


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True, options="-c timezone=Asia/Kolkata") as conn:
        yield conn


def append(
    conn: psycopg.Connection[Any], first: int, last: int, stream: UUID, body: str = "{}"
) -> None:
    conn.execute(INSERT, (stream, "t.T.v1", body, 'Ad"a\n', None, first, last))


def hashes_by_hand(conn: psycopg.Connection[Any]) -> dict[tuple[UUID, int], bytes]:
    """Compute all of them with nothing of ours."""
    found: dict[tuple[UUID, int], bytes] = {}
    rows = conn.execute(
        "SELECT stream_id, version, position, topic, actor, correlation_id, causation_id,"
        " occurred_at AT TIME ZONE 'UTC', recorded_at AT TIME ZONE 'UTC', body::text"
        " FROM oms.events ORDER BY stream_id, version"
    )
    for stream_id, version, position, topic, actor, correlation, causation, *rest in rows:
        occurred_at, recorded_at, body = rest
        previous = found.get((stream_id, version - 1))
        record = {
            "stream_id": str(stream_id),
            "version": version,
            "position": str(position),
            "topic": topic,
            "actor": actor,
            "correlation_id": str(correlation),
            "causation_id": causation,
            "occurred_at": occurred_at.isoformat(timespec="microseconds") + "Z",
            "recorded_at": recorded_at.isoformat(timespec="microseconds") + "Z",
            "previous": previous.hex() if previous else None,
            "body": json.loads(body),
        }
        found[stream_id, version] = sha256(rfc8785.dumps(record)).digest()
    return found


def stored_hashes(conn: psycopg.Connection[Any]) -> dict[tuple[UUID, int], bytes]:
    rows = conn.execute("SELECT stream_id, version, hash FROM oms.events")
    return {(stream_id, version): digest for stream_id, version, digest in rows}


def test_every_stored_event_has_the_hash_of_its_canonical_form(
    owner: psycopg.Connection[Any], database_url: str
) -> None:
    with connect(database_url, name="test") as application:
        for _ in range(3):
            append(application, 1, 3, uuid4(), '{"a":"ü\\n\U0001f600","b":[1,{"c":null}]}')
    assert stored_hashes(owner) == hashes_by_hand(owner)
    assert len(set(stored_hashes(owner).values())) == 9


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actor=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_is_hashed_as_the_standard_writes_it(
    owner: psycopg.Connection[Any], actor: str
) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute(INSERT, (uuid4(), actor, '"x"', actor, actor, 1, 1))
        assert stored_hashes(owner) == hashes_by_hand(owner)


def test_the_recorder_chains_across_commits_and_within_one(pool: Any) -> None:
    recorder, stream = PostgresRecorder(pool), uuid4()
    cause = Cause("ada", uuid4(), f"{uuid4()}/7")
    for versions in ((1,), (2, 3), (4,)):
        recorder.insert_events(
            [StoredEnvelope(stream, v, "t.T.v1", b'{"n":%d}' % v, cause=cause) for v in versions]
        )
    with pool.connection() as conn:
        assert stored_hashes(conn) == hashes_by_hand(conn)


def test_a_gap_in_a_stream_is_refused(owner: psycopg.Connection[Any]) -> None:
    stream = uuid4()
    append(owner, 1, 1, stream)
    with pytest.raises(psycopg.errors.CheckViolation, match="no event with a hash before it"):
        append(owner, 3, 3, stream)


def test_a_wrong_hash_is_refused_and_a_right_one_taken(owner: psycopg.Connection[Any]) -> None:
    stream = uuid4()
    append(owner, 1, 1, stream)
    copy = "INSERT INTO oms.events SELECT (jsonb_populate_record(e, %s)).* FROM oms.events AS e"
    with owner.transaction():
        owner.execute("CREATE TEMP TABLE kept AS SELECT * FROM oms.events")
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("TRUNCATE oms.events")
    again = copy.replace("FROM oms.events", "FROM kept")
    with pytest.raises(psycopg.errors.CheckViolation, match="does not have the hash"):
        owner.execute(again, ['{"actor": "somebody else"}'])
    owner.execute(again, ["{}"])
    assert len(stored_hashes(owner)) == 1


def test_an_event_without_a_hash_is_refused_even_of_who_switches_the_chain_off(
    owner: psycopg.Connection[Any],
) -> None:
    owner.execute("ALTER TABLE oms.events DISABLE TRIGGER events_are_chained")
    with pytest.raises(psycopg.errors.CheckViolation, match="every_event_has_a_hash"):
        append(owner, 1, 1, uuid4())


def test_older_events_get_their_hashes_when_migrating(
    owner: psycopg.Connection[Any], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their bodies stay as they were written: in any order, with any spaces."""
    written = '{"z": 1.50, "a": [1e-5, "ü"]}'
    streams = [uuid4() for _ in range(4)]
    with owner.transaction():
        owner.execute("ALTER TABLE oms.events DROP CONSTRAINT every_event_has_a_hash")
        owner.execute("ALTER TABLE oms.events DISABLE TRIGGER events_are_chained")
        for stream in streams:
            append(owner, 1, 3, stream, written)
        owner.execute("ALTER TABLE oms.events ENABLE TRIGGER events_are_chained")
        owner.execute(
            "ALTER TABLE oms.events ADD CONSTRAINT every_event_has_a_hash"
            " CHECK (hash IS NOT NULL) NOT VALID"
        )
    with pytest.raises(psycopg.errors.CheckViolation, match="after `oms migrate` has finished"):
        append(owner, 4, 4, streams[0])
    monkeypatch.setattr(chaining, "AT_ONCE", 5)  # ends within a stream
    told: list[tuple[int, int]] = []
    migrate(database_url, lambda done, total: told.append((done, total)))
    assert told == [(5, 12), (10, 12), (12, 12)]
    assert stored_hashes(owner) == hashes_by_hand(owner)
    assert owner.execute("SELECT DISTINCT body::text FROM oms.events").fetchall() == [(written,)]
    append(owner, 4, 4, streams[0])
    assert stored_hashes(owner) == hashes_by_hand(owner)
    migrate(database_url, lambda done, total: told.append((done, total)))
    assert len(told) == 3
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
        owner.execute("UPDATE oms.events SET hash = NULL")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_every_body_is_written_in_canonical_form(event: Any) -> None:
    written = write_event(event)
    assert written == rfc8785.dumps(json.loads(event.model_dump_json()))
    assert type(event).model_validate_json(written) == event


@pytest.mark.parametrize("topic", sorted(TOPICS))
@settings(max_examples=15)
@given(data=st.data())
def test_any_body_is_written_in_canonical_form(topic: str, data: st.DataObject) -> None:
    event = data.draw(fact(TOPICS[topic]))
    body = write_event(event)
    assert body == rfc8785.dumps(json.loads(event.model_dump_json()))
    assert body == written_by_pydantic(event)


def test_usual_bodies_are_written_in_one_pass() -> None:
    usual = [e for e in EVENTS if isinstance(e, OrderPlaced | LinesReserved | StockReserved)]
    assert len(usual) >= 3
    for event in usual:
        assert BodyOf(type(event)).written(event) == written_by_pydantic(event)


def test_what_a_subclass_adds_to_a_part_is_not_written() -> None:
    id = uuid4()
    wide = SourcedQuantity(line_id=id, quantity=2, sku="S", location="L")
    reserved = StockReserved(order_id=id, sku="S", location="L", lines=(wide,))
    assert write_event(reserved) == write_event(
        StockReserved(order_id=id, sku="S", location="L", lines=(wide.bare(),))
    )
    assert b'"location":"L"' in write_event(LinesReserved(lines=(wide,)))


class _Address(PostalAddress):
    """A class of its own with the same fields, as commands have them."""


@pytest.mark.parametrize("latitude", [None, 53.0, 53.55, 1e-7, -0.0])
def test_parts_of_an_equal_class_are_written_as_declared(latitude: float | None) -> None:
    [placed] = [event for event in EVENTS if isinstance(event, OrderPlaced)][:1]
    given = placed.shipping_address.model_dump() | {"latitude": latitude}
    event = placed.model_copy(update={"shipping_address": _Address(**given)})
    assert BodyOf(OrderPlaced).written(event) == written_by_pydantic(event)


@pytest.mark.parametrize(
    "zone",
    [
        None,
        UTC,
        timezone(timedelta(0)),
        timezone(timedelta(hours=5, minutes=45)),
        timezone(timedelta(seconds=30)),
        ZoneInfo("Europe/London"),
        ZoneInfo("Europe/Amsterdam"),
    ],
    ids=str,
)
@pytest.mark.parametrize("year", [1, 1937, 2026])
@pytest.mark.parametrize("microsecond", [0, 10, 120_000])
def test_moments_are_written_as_ever(zone: tzinfo | None, year: int, microsecond: int) -> None:
    [placed] = [event for event in EVENTS if isinstance(event, OrderPlaced)][:1]
    moment = datetime(year, 1, 2, 3, 4, 5, microsecond, zone)
    event = placed.model_copy(update={"placed_at": moment})
    assert write_event(event) == written_by_pydantic(event)


def test_no_shape_keeps_what_it_computes_beside_its_fields() -> None:
    for shape in frozenset().union(*map(shapes_in, TOPICS.values())):
        kept = [name for name, found in vars(shape).items() if isinstance(found, cached_property)]
        assert not kept, shape


def test_it_is_known_which_events_have_binary_fractions_and_keys_of_their_own() -> None:
    for shape in TOPICS.values():
        schema = json.dumps(shape.model_json_schema(mode="serialization"))
        assert ('"type": "number"' in schema) is bool(floats_of(shape)), shape
        assert '"additionalProperties": {' not in schema, shape
        assert '"additionalProperties": true' not in schema, shape


NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "41b3de4355555555": "333333333.3333333",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785, appendix B: IEEE 754 doubles in hexadecimal, and how they are written."""


@pytest.mark.parametrize(("bits", "written"), NUMBERS.items())
def test_numbers_are_written_as_in_the_standards_appendix(bits: str, written: str) -> None:
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    text = json.dumps({"a": [number], "b": number})
    assert canonical(text) == f'{{"a":[{written}],"b":{written}}}'.encode()


STANDARD = [
    (  # RFC 8785, section 3.2.2 and 3.2.4
        r"""{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }""",
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ),
    (  # section 3.2.3: keys sort as UTF-16
        r"""{"\u20ac": "Euro Sign", "\r": "Carriage Return",
             "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
             "\u00f6": "Latin Small Letter O With Diaeresis"}""",
        '{"\\r":"Carriage Return","1":"One","\u0080":"Control",'
        '"ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign",'
        '"\U0001f600":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ),
]


@pytest.mark.parametrize(("given_text", "written"), STANDARD)
def test_the_standards_examples_are_written_as_it_says(given_text: str, written: str) -> None:
    assert canonical(given_text) == written.encode()
    assert canonical(written) == written.encode()
