"""Rows that are copied into a table are those that JSON would have put there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_projections.copying import insert
from oms_projections.projection import Table, write

MICROSECOND = timedelta(microseconds=1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(
    ["\\N", "\\.", "NULL", "{}", "a\tb\r\n", '\\"', "", "%s"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "uuid": st.uuids(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), places=6),
    "boolean": st.booleans(),
    "timestamptz": st.integers(-(2**51), 2**52).map(
        lambda us: datetime(2000, 1, 1, tzinfo=UTC) + us * MICROSECOND
    ),
    "json": JSON,
    "jsonb": JSON,
    "uuid[]": st.lists(st.uuids(), max_size=3).map(tuple),
    "text[]": st.lists(TEXT, max_size=3).map(tuple),
}
NULLABLE = Table("copied", {f"a{i}": kind for i, kind in enumerate(KINDS)}, ("a0",))  # type: ignore[misc]
FULL = Table(
    "copied",
    {f"a{i}": f"{kind} NOT NULL" for i, kind in enumerate(KINDS)},  # type: ignore[misc]
    ("a0",),
)
VALUES = st.tuples(*KINDS.values())
WITH_GAPS = st.tuples(TEXT, *[st.none() | values for values in list(KINDS.values())[1:]])


@pytest.mark.parametrize(("table", "rows"), [(FULL, VALUES), (NULLABLE, WITH_GAPS)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_copied_rows_are_those_that_json_gives(
    conn: psycopg.Connection[Any],
    table: Table,
    rows: st.SearchStrategy[tuple[Any, ...]],
    data: st.DataObject,
) -> None:
    given_rows = data.draw(st.lists(rows, max_size=4, unique_by=lambda row: row[0]))
    columns: Any = ", ".join(
        [f"{name} {kind}".replace(" NOT NULL", "") for name, kind in table.columns.items()]
    )
    with conn.transaction(force_rollback=True):
        conn.execute(f"CREATE TEMP TABLE copied ({columns})")
        insert(conn, table, given_rows)
        copied = conn.execute("SELECT row_to_json(c)::text FROM copied AS c").fetchall()
        conn.execute("DELETE FROM copied")
        write(
            conn, table.insert, [dict(zip(table.columns, row, strict=True)) for row in given_rows]
        )
        assert copied == conn.execute("SELECT row_to_json(c)::text FROM copied AS c").fetchall()
