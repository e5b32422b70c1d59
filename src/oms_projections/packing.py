"""Several queries as one SQL statement: their rows come together, each row with its own types.

A statement is a round trip, a place in a queue, and a moment: what one statement reads, it reads
as of one moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
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
    parts: list[str] = []
    values: dict[str, object] = {}
    for i, query in enumerate(queries):
        if query.given is None:  # then psycopg leaves percent signs alone
            parts.append(query.text.replace("%", "%%"))
            continue
        text, places = _renamed(i, query.text)
        given: Any = query.given
        values |= {name: given[key] for name, key in places}
        parts.append(text)
    arrays = (f"ARRAY(SELECT row FROM ({part}) AS row)" for part in parts)  # noqa: S608 - ours
    return Query(f"SELECT {', '.join(arrays)}", values, binary=True)


async def read_at_once(conn: AsyncConnection[Any], *queries: Query) -> list[Rows]:
    """Read several queries in one statement, and so as of one moment."""
    [found] = await packed(queries).read(conn)
    return list(found)


@lru_cache(1_000)
def _renamed(i: int, text: str) -> tuple[str, Sequence[tuple[str, Any]]]:
    """Name the places of a query anew, so that they are not those of another one."""
    places: dict[str, Any] = {}
    unnamed = count()

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        key = next(unnamed) if found[1] is None else found[1]
        places[f"{i}_{key}"] = key
        return f"%({i}_{key})s"

    return _PLACE.sub(place, text), tuple(places.items())
