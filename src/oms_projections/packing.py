"""Several queries as one SQL statement: their rows come together, each row with its own types.

A statement is a round trip, a place in a queue, and a moment: what one statement reads, it reads
as of one moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection

Rows = list[tuple[Any, ...]]

_PLACE = re.compile(r"%(?:%|\((\w+)\)s|s)")
"""Where a value goes, by psycopg's rules; a percent sign is written twice."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query that changes nothing, and the values of its places.

    Rows with records in them have to be read `binary`: only then does a record tell its types.
    """

    text: str
    given: Mapping[str, object] | Sequence[object] | None = None
    binary: bool = False

    async def read(self, conn: AsyncConnection[Any]) -> Rows:
        """Read the rows over a connection."""
        cursor = await conn.execute(self.text.encode(), self.given, binary=self.binary)
        return await cursor.fetchall()


def packed(queries: Sequence[Query]) -> Query:
    """Write queries as one: a row with an array of records for each, in the order of its rows."""
    values: dict[str, object] = {}
    parts = [_renamed(i, query, values) for i, query in enumerate(queries)]
    arrays = (f"ARRAY(SELECT row FROM ({part}) AS row)" for part in parts)  # noqa: S608 - ours
    return Query(f"SELECT {', '.join(arrays)}", values, binary=True)


async def read_at_once(conn: AsyncConnection[Any], *queries: Query) -> list[Rows]:
    """Read several queries in one statement, and so as of one moment."""
    [found] = await packed(queries).read(conn)
    return list(found)


def _renamed(i: int, query: Query, values: dict[str, object]) -> str:
    """Name the values of a query anew, so that they are not those of another one."""
    given: Any = query.given
    used = 0
    if given is None:  # then psycopg leaves percent signs alone
        return query.text.replace("%", "%%")

    def place(found: re.Match[str]) -> str:
        nonlocal used
        if found[0] == "%%":
            return found[0]
        key: Any = found[1]
        if key is None:
            key, used = used, used + 1
        name = f"{i}_{key}"
        values[name] = given[key]
        return f"%({name})s"

    return _PLACE.sub(place, query.text)
