"""What a projection is: a question, the tables that answer it, and how an event changes them."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, LiteralString

import orjson
import psycopg
from pydantic import BaseModel

from oms_core.kernel.envelope import Envelope
from oms_core.kernel.message import Event, topics_of


@dataclass(frozen=True)
class Table:
    """A read table: its columns with their SQL types, its key, and further indexes.

    Names are unqualified: the search path decides whether the table in use is meant, or the one
    that is being rebuilt.
    """

    name: LiteralString
    columns: Mapping[LiteralString, LiteralString]
    key: tuple[LiteralString, ...]
    indexes: tuple[LiteralString, ...] = ()
    once: tuple[LiteralString, ...] = ()
    """Columns that keep the value they got first."""

    @property
    def ddl(self) -> LiteralString:
        """The SQL that makes the table with its key."""
        columns: LiteralString = ", ".join(
            [f"{name} {kind}" for name, kind in self.columns.items()]
        )
        key: LiteralString = ", ".join(self.key)
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({key}))"

    @property
    def index_ddl(self) -> list[LiteralString]:
        """The SQL that makes the further indexes. They serve queries, not the handler: a rebuild
        makes them when the rows are there, which costs far less.
        """
        return [f"CREATE INDEX ON {self.name} {index}" for index in self.indexes]

    @cached_property
    def changing(self) -> tuple[LiteralString, ...]:
        """The columns that a row may get new values in."""
        return tuple(name for name in self.columns if name not in (*self.key, *self.once))

    @cached_property
    def insert(self) -> LiteralString:
        """The SQL that adds any number of rows, given as one JSON text."""
        names: LiteralString = ", ".join(self.columns)
        return f"INSERT INTO {self.name} ({names}) SELECT {names} {self.given}"

    @cached_property
    def upsert(self) -> LiteralString:
        """The same for rows that may be there already."""
        key: LiteralString = ", ".join(self.key)
        update: LiteralString = ", ".join([f"{name} = excluded.{name}" for name in self.changing])
        return f"{self.insert} ON CONFLICT ({key}) DO UPDATE SET {update}"

    @cached_property
    def update(self) -> LiteralString:
        """The same for rows that are there: the JSON needs no more than `key` and `changing`."""
        update: LiteralString = ", ".join([f"{name} = new.{name}" for name in self.changing])
        same: LiteralString = " AND ".join([f"old.{name} = new.{name}" for name in self.key])
        given = self._given(*self.key, *self.changing)
        return f"UPDATE {self.name} AS old SET {update} {given} WHERE {same}"  # noqa: S608 - ours

    @cached_property
    def given(self) -> LiteralString:
        """The `FROM` that reads whole rows, as `new`, from one JSON text."""
        return self._given(*self.columns)

    def _given(self, *names: LiteralString) -> LiteralString:
        types: LiteralString = ", ".join(
            [f"{name} {self.columns[name].removesuffix(' NOT NULL')}" for name in names]
        )
        return f"FROM json_to_recordset(%s::json) AS new ({types})"


class Projection(ABC):
    """One question. `VERSION` goes up when the same events are to give other rows."""

    NAME: ClassVar[LiteralString]
    TABLES: ClassVar[tuple[Table, ...]]
    TOPICS: ClassVar[tuple[type[Event], ...]]
    VERSION: ClassVar[int] = 1

    @abstractmethod
    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        """Apply events, in their order, in the transaction that is open."""

    def forget(self) -> None:  # noqa: B027 - most remember nothing
        """Drop what is remembered between batches; called when a batch was rolled back."""

    def gather(self) -> None:  # noqa: B027 - most write at once
        """Begin to build tables that nobody reads before `settle`: rows may be kept until then.

        So a row that many events change is written once. If that fails, it has to begin anew.
        """

    def settle(self, conn: psycopg.Connection[Any]) -> None:  # noqa: B027
        """Write what was kept, in the transaction that is open; from now on write at once."""

    @property
    def topics(self) -> list[str]:
        """The topics of the events it wants, in whatever shape they were stored."""
        return topics_of(self.TOPICS)

    @property
    def fingerprint(self) -> str:
        """Changes when the tables have to be built anew."""
        made = [";\n".join([table.ddl, *table.index_ddl]) for table in self.TABLES]
        text = "\n".join([str(self.VERSION), *made])
        return hashlib.sha256(text.encode()).hexdigest()

    def create(self, conn: psycopg.Connection[Any]) -> None:
        """Make the tables in the schema that the search path names."""
        for table in self.TABLES:
            conn.execute(table.ddl)

    def index(self, conn: psycopg.Connection[Any]) -> None:
        """Make what queries need to be quick: the further indexes, and statistics."""
        for table in self.TABLES:
            for ddl in table.index_ddl:
                conn.execute(ddl)
            conn.execute(f"ANALYZE {table.name}")


def upsert(
    conn: psycopg.Connection[Any], table: Table, rows: Iterable[Mapping[str, object]]
) -> None:
    """Write rows by key in one statement."""
    write(conn, table.upsert, rows)


def write(
    conn: psycopg.Connection[Any], statement: LiteralString, rows: Iterable[Mapping[str, object]]
) -> None:
    """Execute one of a table's statements with rows, if there are any."""
    if rows := list(rows):
        conn.execute(statement, (as_json(rows),))


def as_json(value: object) -> str:
    """Write what a table keeps as JSON, or takes in JSON: amounts as text, since they are exact."""
    if isinstance(value, BaseModel):
        return _json_of(value).decode()
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return orjson.Fragment(_json_of(value))
    return str(value)


def _json_of(value: BaseModel) -> bytes:
    return type(value).__pydantic_serializer__.to_json(value)
