"""Pages of a list by the Relay cursor specification, with cursors that name the row (keyset)."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry

from oms_api.failures import InvalidArgument, InvalidCursor

DEFAULT_SIZE = 50
LARGEST_SIZE = 250

K = TypeVar("K")
T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description="So many from the start, 1 to 250; 50 when neither is given."),
]
After = Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="So many from the end, 1 to 250.")]
Before = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor.")
]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="There is more after this page.")
    has_previous_page: bool = strawberry.field(description="There is more before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row.")


@dataclass(frozen=True, slots=True)
class Window(Generic[K]):
    """Which part of a list is wanted; `after` and `before` are keys, decoded from cursors."""

    size: int
    backward: bool
    after: K | None
    before: K | None


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row and its cursor."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    """A page of rows, in the list's order."""

    edges: list[Edge[T]]
    page_info: PageInfo

    @property
    def nodes(self) -> list[T]:
        """The rows alone."""
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Keyset(Generic[K, T]):
    """How one list is sorted: a name for its cursors, and a row's key to JSON and back.

    `decode` raises `ValueError`, `TypeError` or `KeyError` when the JSON is no key.
    """

    name: str
    encode: Callable[[T], Sequence[object]]
    decode: Callable[[list[Any]], K]

    def cursor(self, row: T) -> str:
        """Name a row."""
        return self.cursor_at(self.encode(row))

    def cursor_at(self, key: Sequence[object]) -> str:
        """Name a place by the key of a row that is there, encoded."""
        return urlsafe_b64encode(orjson.dumps([self.name, *key])).decode().rstrip("=")

    def key(self, cursor: str) -> K:
        """Read a cursor. Raises `InvalidCursor`."""
        try:
            found = orjson.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
            if isinstance(found, list) and found and found[0] == self.name:
                return self.decode(found[1:])
        except (binascii.Error, ValueError, TypeError, KeyError):
            pass
        raise InvalidCursor(f"{cursor!r} is not a cursor of this list. Take one from its answers.")

    def window(
        self, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> Window[K]:
        """Check the paging arguments. Raises `InvalidArgument` or `InvalidCursor`."""
        if first is not None and last is not None:
            raise InvalidArgument("Give `first` or `last`, not both.")
        size = first if first is not None else last
        if size is not None and not 1 <= size <= LARGEST_SIZE:
            name = "first" if first is not None else "last"
            raise InvalidArgument(f"`{name}` must be 1 to {LARGEST_SIZE}, not {size}.")
        return Window(
            DEFAULT_SIZE if size is None else size,
            last is not None,
            None if after is None else self.key(after),
            None if before is None else self.key(before),
        )

    def connection(self, rows: Sequence[T], window: Window[K]) -> Connection[T]:
        """Make the page from rows in list order, asked for with one more than the size."""
        more = len(rows) > window.size
        kept = rows[-window.size :] if window.backward else rows[: window.size]
        edges = [Edge(row, self.cursor(row)) for row in kept]
        backward = window.backward
        page = PageInfo(
            has_next_page=window.before is not None if backward else more,
            has_previous_page=more if backward else window.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return Connection(edges, page)
