"""Pages of a list: which rows, sorted along an index, from one row on or back (keyset)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, LiteralString, TypeVar, cast

from psycopg import AsyncConnection, DataError

T = TypeVar("T")

MOST_COUNTED = 10_000
"""A count stops here: to count further would read what nobody looks at."""

Key = Sequence[str]
"""Where a row stands in a list: the text of each column that the list is sorted by."""


class NoSuchPlace(ValueError):
    """A key is none of the list's order."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows: conditions in SQL that all hold, and the values they name."""

    conditions: Sequence[str] = ()
    given: Mapping[str, object] | None = None

    @classmethod
    def of(
        cls, conditions: Mapping[str, LiteralString], given: Mapping[str, object | None]
    ) -> Where:
        """Take the conditions for which a value is given."""
        known = {name: _argument(value) for name, value in given.items() if value is not None}
        return cls([conditions[name] for name in known], known)

    @classmethod
    def by(
        cls, conditions: Mapping[str, LiteralString], filter: object, **given: object | None
    ) -> Where:
        """Take the conditions whose field is set in a filter, or given instead of one."""
        others = {name: getattr(filter, name) for name in conditions if name not in given}
        return cls.of(conditions, given | others)


@dataclass(frozen=True, slots=True)
class Sort:
    """By what a list is sorted, and which way."""

    field: StrEnum
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list. `after` and `before` are exclusive ends in the list's order.

    `backward` takes the last rows before the end instead of the first ones, in the same order.
    """

    limit: int
    sort: Sort | None = None
    after: Key | None = None
    before: Key | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A row and where it stands."""

    key: Key
    row: T


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows there are: exactly, or more than that."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list: its table, its columns and how a row of them is read, and what it is sorted by.

    `sorts` names the columns of each order with their types: an index has them, and together they
    tell all rows apart. `around` is what the query of a page is put into, if it is not all.
    """

    table: LiteralString
    columns: str
    read: Callable[[Sequence[Any]], T]
    sorts: Mapping[StrEnum, Mapping[LiteralString, LiteralString]]
    usual: Sort
    around: str = "{page}"

    async def page(self, conn: AsyncConnection[Any], where: Where, part: Part) -> list[Placed[T]]:
        """Read a page. Raises `NoSuchPlace` for an end that is no key of this order."""
        sort = part.sort or self.usual
        columns = self.sorts[sort.field]
        given = {**(where.given or {}), "limit": part.limit}
        conditions: list[str] = list(where.conditions)
        for end, key, sign in (("after", part.after, "><"), ("before", part.before, "<>")):
            if key is not None:
                conditions.append(_beyond(columns, end, sign[sort.descending], key))
                given |= {f"{end}_{i}": value for i, value in enumerate(key)}
        found = await self._rows(conn, columns, conditions, given, sort.descending ^ part.backward)
        return found[::-1] if part.backward else found

    async def _rows(
        self,
        conn: AsyncConnection[Any],
        columns: Mapping[LiteralString, LiteralString],
        conditions: Sequence[str],
        given: Mapping[str, object],
        descending: bool,
    ) -> list[Placed[T]]:
        key = ", ".join(f"{column}::text" for column in columns)
        order = ", ".join(f"{column} {'DESC' if descending else 'ASC'}" for column in columns)
        page = (
            f"SELECT ARRAY[{key}] AS key, {self.columns} FROM {self.table}"  # noqa: S608
            f" {_where(conditions)} ORDER BY {order} LIMIT %(limit)s"
        )
        query = self.around.format(page=page, order=order)
        try:
            cursor = await conn.execute(query.encode(), given)
        except DataError as error:
            if "after_0" in given or "before_0" in given:
                raise NoSuchPlace from error
            raise
        return [Placed(row[0], self.read(row[1:])) for row in await cursor.fetchall()]

    async def count(self, conn: AsyncConnection[Any], where: Where) -> Counted:
        """Count the rows, up to a limit."""
        query = (
            f"SELECT count(*) FROM (SELECT FROM {self.table} {_where(where.conditions)}"  # noqa: S608
            f" LIMIT {MOST_COUNTED + 1}) AS counted"
        )
        cursor = await conn.execute(query.encode(), where.given)
        [(found,)] = await cursor.fetchall()
        return Counted(min(found, MOST_COUNTED), found <= MOST_COUNTED)


def containing(text: str) -> str:
    """Write a pattern for LIKE: whatever has this text in it, in lower case."""
    escaped = text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def _beyond(columns: Mapping[LiteralString, LiteralString], end: str, sign: str, key: Key) -> str:
    if len(key) != len(columns):
        raise NoSuchPlace
    values = ", ".join(f"%({end}_{i})s::{kind}" for i, kind in enumerate(columns.values()))
    return f"({', '.join(columns)}) {sign} ({values})"


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _argument(value: object) -> object:
    if isinstance(value, str | int | datetime):
        return value
    return [str(each) for each in cast("Any", value)]
