"""Adds rows by COPY, which costs Postgres half of what rows in JSON do.

They are written a column at a time: most columns of most rows need nothing more than what Python
prints, and that is found out by one look at all of their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from oms_projections.projection import Table, as_json

AT_ONCE = 500
"""So many rows are sent together: Postgres stores them while the next ones are written."""

Write = Callable[[Sequence[Any]], Sequence[object]]
"""Gives what is to be printed for the values of a column."""


def insert(conn: psycopg.Connection[Any], table: Table, rows: Iterable[Sequence[object]]) -> None:
    """Add rows, each with its values in the order of the table's columns."""
    rows = iter(rows)
    if some := list(islice(rows, AT_ONCE)):
        names: LiteralString = ", ".join(table.columns)
        statement: LiteralString = f"COPY {table.name} ({names}) FROM STDIN"
        line = "\t".join(["%s"] * len(table.columns)) + "\n"
        written = _written(table)
        with conn.cursor() as cursor, cursor.copy(statement) as copy:
            while some:
                columns: list[Sequence[object]] = list(zip(*some, strict=True))
                for i, write in written:
                    columns[i] = write(columns[i])
                copy.write("".join([line % row for row in zip(*columns, strict=True)]))
                some = list(islice(rows, AT_ONCE))


def _written(table: Table) -> list[tuple[int, Write]]:
    """Tell how to write the columns whose values are not always written as Python prints them."""
    found: list[tuple[int, Write]] = []
    for i, (kind, *not_null) in enumerate(map(str.split, table.columns.values())):
        if not not_null:
            found.append((i, _or_null(_WRITTEN.get(kind, _printed))))
        elif kind in _WRITTEN:
            found.append((i, _WRITTEN[kind]))
    return found


def _or_null(write: Write) -> Write:
    def written(values: Sequence[Any]) -> Sequence[object]:
        there = [value for value in values if value is not None]
        texts = iter(write(there))
        return [r"\N" if value is None else next(texts) for value in values]

    return written


def _printed(values: Sequence[Any]) -> Sequence[object]:
    return values


def _texts(values: Sequence[str]) -> Sequence[str]:
    return values if _is_plain("".join(values)) else [each.translate(_ESCAPED) for each in values]


def _is_plain(text: str) -> bool:
    return text.isprintable() and "\\" not in text


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _json(values: Sequence[object]) -> Sequence[str]:
    return [as_json(each).replace("\\", r"\\") for each in values]


def _uuids(values: Sequence[UUID]) -> Sequence[str]:
    return [_DIGITS % each.int for each in values]


_DIGITS = "%032x"


def _arrays(write: Write, values: Sequence[Sequence[Any]]) -> Sequence[str]:
    return ["{" + ",".join(map(str, write(each))) + "}" if each else "{}" for each in values]


def _quoted(values: Sequence[str]) -> Sequence[str]:
    quoted = [each.replace("\\", r"\\").replace('"', r"\"") for each in values]
    return _texts([f'"{each}"' for each in quoted])


_WRITTEN: dict[str, Write] = {
    "uuid": _uuids,
    "text": _texts,
    "json": _json,
    "jsonb": _json,
    "uuid[]": lambda values: _arrays(_uuids, values),
    "text[]": lambda values: _arrays(_quoted, values),
}
