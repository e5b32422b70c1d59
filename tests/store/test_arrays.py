"""Columns arrive in Postgres as they were given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oms_core.runtime import arrays
from oms_core.runtime.connections import connect

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MOMENTS = st.builds(
    lambda since, zone: (datetime(2000, 1, 1, tzinfo=UTC) + since).astimezone(zone),
    st.timedeltas(timedelta(days=-70_000), timedelta(days=200_000)),
    st.timezones(),
)
KINDS = {
    "uuid": (arrays.uuids, st.uuids()),
    "int": (arrays.integers, st.integers(-(2**31), 2**31 - 1)),
    "bigint": (arrays.bigints, st.integers(-(2**63), 2**63 - 1)),
    "text": (arrays.texts, TEXTS | st.none()),
    "bytea": (arrays.byteas, st.binary()),
    "timestamptz": (arrays.moments, MOMENTS),
}


@pytest.fixture(scope="module")
def conn(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with connect(module_database_url, name="test") as conn:
        yield conn


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_array_arrives_as_it_was_given(
    conn: psycopg.Connection[Any], kind: str, data: st.DataObject
) -> None:
    write, items = KINDS[kind]
    column = data.draw(st.lists(items))
    assert conn.execute(f"SELECT %s::{kind}[]", [write(column)]).fetchone() == (column,)


PIECES = (
    "\\",
    "\\\\",
    "u",
    "\\u",
    "0000",
    "0041",
    "d83d",
    "DE00",
    "\\ud83d\\uDe00",
    "d",
    '"',
    " ",
    "ü",
)


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(PIECES)).map("".join), max_size=4))
@example(["\\\\u0000"])
@example(["\\u0000"])
@example(["\\ud83d"])
@example(["\\ude00\\ud83d"])
@example(["x" * 92])
def test_documents_arrive_to_the_byte_and_only_those_that_can_be_read(
    conn: psycopg.Connection[Any], texts: list[str]
) -> None:
    documents = [f'{{"a": "{text}"}}' for text in texts]
    try:
        conn.execute("SELECT x::jsonb FROM unnest(%s::text[]) AS x", [documents])
    except psycopg.DataError:
        with pytest.raises(psycopg.DataError):
            taken(conn, documents)
    else:
        assert taken(conn, documents) == documents


def taken(conn: psycopg.Connection[Any], documents: list[str]) -> list[str]:
    array = arrays.documents([document.encode() for document in documents])
    return [text for (text,) in conn.execute("SELECT unnest(%s::json[])::text", [array])]
