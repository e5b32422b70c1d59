"""One SQL statement for each level of a document, whatever its fields ask for side by side.

Loaders gather what the objects of one level ask for; here, what different fields ask for at one
time is gathered, too. All of them wait for that one statement, and so come to the next level
together.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)
from psycopg import AsyncConnection

from oms_api.limits import DEEPEST
from oms_api.plain_fields import is_plain
from oms_api.pools import WorkerPool
from oms_projections.packing import Query, Rows, packed

TOGETHER_SECONDS = 0.5
"""What takes longer is sent anew, each query by itself: a slow list must not stop a fast one."""

SPARE_TURNS = 3
"""Of the event loop, that a loader takes until it asks for what it was asked for."""


@dataclass(frozen=True, slots=True)
class _Asked:
    query: Query
    answer: asyncio.Future[Rows]


class Answer:
    """The rows of a query, read as from a cursor of psycopg."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def fetchall(self) -> Rows:
        """Give all rows."""
        return self._rows

    async def fetchone(self) -> tuple[Any, ...] | None:
        """Give the first row, if there is one."""
        return self._rows[0] if self._rows else None


class Levels:
    """The way to the database of one request: what is asked for at one time is one statement.

    `turns` of the event loop without another query tell that a level has asked for everything. With
    none, each query goes its way at once: a document asks for one thing at a time.
    """

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._waiting: list[_Asked] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.turns = 0

    @property
    def database_url(self) -> str:
        """Where the connections lead to."""
        return str(self._pool.conninfo)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Give what stands for a connection: it executes queries, alone or in a transaction."""
        yield cast("AsyncConnection[Any]", _Line(self, self._pool))

    async def read(self, query: Query) -> Rows:
        """Read the rows of a query, together with what else is asked for now."""
        if not self.turns:
            return await self._alone(query)
        loop = asyncio.get_running_loop()
        asked = _Asked(query, loop.create_future())
        self._waiting.append(asked)
        if len(self._waiting) == 1:
            loop.call_soon(self._look, 1, self.turns)
        return await asked.answer

    def _look(self, before: int, turns: int) -> None:
        """Wait until nothing more is asked for, then begin to read."""
        now = len(self._waiting)
        if now > before:
            turns = self.turns
        if turns:
            asyncio.get_running_loop().call_soon(self._look, now, turns - 1)
            return
        level = [asked for asked in self._waiting if not asked.answer.done()]
        self._waiting = []
        if level:
            self._begin(level)

    def _begin(self, level: Sequence[_Asked]) -> None:
        task = asyncio.create_task(self._answer(level))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

        def cancel_if_unwanted(_: object) -> None:
            if all(asked.answer.done() for asked in level):
                task.cancel()

        for asked in level:
            asked.answer.add_done_callback(cancel_if_unwanted)

    async def _answer(self, level: Sequence[_Asked]) -> None:
        try:
            found = await self._together(level) if len(level) > 1 else None
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            for asked in level:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
            return
        if found is None:
            await asyncio.gather(*map(self._apart, level))
            return
        for asked, rows in zip(level, found, strict=True):
            if not asked.answer.done():
                asked.answer.set_result(rows)

    async def _together(self, level: Sequence[_Asked]) -> Sequence[Rows] | None:
        """Read all queries in one statement; None if that takes too long, or one can't be read."""
        one = packed([asked.query for asked in level])
        async with self._pool.connection() as connection:
            try:
                async with asyncio.timeout(TOGETHER_SECONDS):
                    [found] = await one.read(connection)
            except (psycopg.Error, TimeoutError):
                if connection.closed:
                    raise psycopg.OperationalError("The connection was lost.") from None
                return None
        return cast("Sequence[Rows]", found)

    async def _apart(self, asked: _Asked) -> None:
        reading = asyncio.ensure_future(self._alone(asked.query))
        asked.answer.add_done_callback(lambda _: reading.cancel())
        try:
            rows = await reading
        except asyncio.CancelledError:
            if not asked.answer.done():
                raise
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            if not asked.answer.done():
                asked.answer.set_exception(error)
        else:
            if not asked.answer.done():
                asked.answer.set_result(rows)

    async def _alone(self, query: Query) -> Rows:
        async with self._pool.connection() as connection:
            return await query.read(connection)


class _Line:
    """Stands for a connection. In a transaction it is one, and all goes over that."""

    def __init__(self, levels: Levels, pool: WorkerPool) -> None:
        self._levels = levels
        self._pool = pool
        self._own: AsyncConnection[Any] | None = None

    async def execute(self, query: str | bytes, given: Any = None, *, binary: bool = False) -> Any:
        """Execute a query, and give something to fetch its rows from."""
        if self._own is not None:
            return await self._own.execute(query, given, binary=binary)
        text = query.decode() if isinstance(query, bytes) else query
        return Answer(await self._levels.read(Query(text, given, binary)))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Go on over one connection, in a transaction of its own."""
        async with self._pool.connection() as own, own.transaction():
            self._own = own
            try:
                yield
            finally:
                self._own = None


def turns_of(schema: GraphQLSchema, document: DocumentNode) -> int:
    """Tell how long to wait for all that a level of a document asks for; 0 when that is one thing.

    A field takes a turn for each level that it is below the one that was read last.
    """
    info = TypeInfo(schema)
    counting = _Counting(info)
    visit(document, TypeInfoVisitor(info, counting))
    several = counting.fields > 1 or counting.spreads > 1
    return min(counting.levels, DEEPEST) + SPARE_TURNS if several else 0


class _Counting(Visitor):
    """Counts fields that take more than reading, how often fragments are used, and levels: those of
    the operation that is deepest, and of all fragments, which may be inside each other.
    """

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self._depth = self._deepest = self._before = self._in_fragments = 0
        self.fields = self.spreads = 0

    @property
    def levels(self) -> int:
        """How many levels a document has at most."""
        return self._deepest + self._in_fragments

    def enter_field(self, _node: FieldNode, *_: Any) -> None:
        self._depth += 1
        self._deepest = max(self._deepest, self._depth)
        field = self._info.get_field_def()
        self.fields += field is not None and not is_plain(field)

    def leave_field(self, *_: Any) -> None:
        self._depth -= 1

    def enter_fragment_definition(self, *_: Any) -> None:
        self._before, self._deepest = self._deepest, 0

    def leave_fragment_definition(self, *_: Any) -> None:
        self._in_fragments += self._deepest
        self._deepest = self._before

    def enter_fragment_spread(self, _node: FragmentSpreadNode, *_: Any) -> None:
        self.spreads += 1
