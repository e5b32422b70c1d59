"""Pages of a list by the Relay cursor specification, with cursors that name the row (keyset).

Every list has a filter, orders that an index gives, pages both ways, and a count that ends at some
point. What still takes too long is given up with a sentence that says so.
"""

from __future__ import annotations

import asyncio
import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar, cast

import orjson
import strawberry

from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.failures import InvalidArgument, InvalidCursor, ListTooLong
from oms_api.sources import Pool
from oms_projections.paging import MOST_COUNTED, Counted, Listing, NoSuchPlace, Part, Placed, Where
from oms_projections.paging import Sort as SortedBy

DEFAULT_SIZE = 50
LARGEST_SIZE = 250
MOST_VALUES = 250
"""In a list of a filter."""

SHORTEST_SEARCH = 3
"""Characters: the index of texts has them by three."""

LIST_SECONDS = 5.0
COUNT_SECONDS = 1.0

F = TypeVar("F")
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


class SortDirection(StrEnum):
    """Which way a list is sorted."""

    ASC = "ASC"
    DESC = "DESC"


describe(
    SortDirection,
    "Which way a list is sorted.",
    ASC="What is less, earlier or first in the alphabet comes first.",
    DESC="The other way round.",
)


class CountPrecision(StrEnum):
    """How a count is meant."""

    EXACT = "EXACT"
    AT_LEAST = "AT_LEAST"


describe(
    CountPrecision,
    "How a count is meant.",
    EXACT="So many there are.",
    AT_LEAST="There are more than that.",
)


@strawberry.input
class Sorting:
    """What the inputs that sort a list have in common."""

    field: StrEnum
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="There is more after this page.")
    has_previous_page: bool = strawberry.field(description="There is more before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row.")


@strawberry.type(description=f"How many there are: counted up to {MOST_COUNTED:,}.")
class Count:
    """How many there are; resolved from `Counted`."""

    count: int = strawberry.field(description=f"How many, {MOST_COUNTED:,} at most.")
    precision: CountPrecision = resolved(
        lambda root: CountPrecision.EXACT if root.exact else CountPrecision.AT_LEAST,
        CountPrecision,
        "Whether it is all of them.",
    )


async def _total(root: Any) -> Counted | None:
    connection: Connection[Any] = root
    return None if connection.count is None else await connection.count()


@strawberry.type
class Page:
    """What all connections have in common."""

    page_info: PageInfo = strawberry.field(description="Where this page stands in its list.")
    total_count: Count | None = resolved(
        _total,
        Count | None,
        f"How many there are in the whole list, counted up to {MOST_COUNTED:,}. Null for lists of"
        " the past, and where even that would take longer than a second.",
    )


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row and its cursor."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    """A page of rows, in the list's order, and the way to count all of them."""

    edges: list[Edge[T]]
    page_info: PageInfo
    count: Callable[[], Awaitable[Counted | None]] | None = None

    @property
    def nodes(self) -> list[T]:
        """The rows alone."""
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """A list that is paged: the name that its cursors have, and where its rows come from."""

    name: str
    listing: Listing[T]

    def part(
        self,
        sort: Any,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
    ) -> Part:
        """Check the arguments, of which `sort` is a `Sorting`. One row more than asked for tells
        whether there are more. Raises `InvalidArgument` or `InvalidCursor`.
        """
        if first is not None and last is not None:
            raise InvalidArgument("Give `first` or `last`, not both.")
        size = first if first is not None else last
        if size is not None and not 1 <= size <= LARGEST_SIZE:
            name = "first" if first is not None else "last"
            raise InvalidArgument(f"`{name}` must be 1 to {LARGEST_SIZE}, not {size}.")
        by = self.listing.usual
        if sort is not None:
            by = SortedBy(sort.field, sort.direction is SortDirection.DESC)
        return Part(
            (DEFAULT_SIZE if size is None else size) + 1,
            by,
            None if after is None else self._key(after, by),
            None if before is None else self._key(before, by),
            last is not None,
        )

    def cursor(self, key: Sequence[str], part: Part) -> str:
        """Name the place of a row. Rows have other places where the list is sorted otherwise."""
        by = part.sort or self.listing.usual
        return urlsafe_b64encode(orjson.dumps([self._named(by), *key])).decode().rstrip("=")

    def _key(self, cursor: str, by: SortedBy) -> Sequence[str]:
        try:
            found = orjson.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
        except (binascii.Error, ValueError):
            found = None
        match found:
            case [name, *key] if name == self._named(by) and all(isinstance(k, str) for k in key):
                return cast("Sequence[str]", key)
            case _:
                raise no_cursor(cursor)

    def _named(self, by: SortedBy) -> str:
        usual = by.field == self.listing.usual.field
        return self.name if usual else f"{self.name} by {by.field}"

    async def page(
        self, pool: Pool, where: Where, part: Part, show: Callable[[T], Any] = lambda row: row
    ) -> Connection[Any]:
        """Read a page; `show` makes of each row what is shown. Raises `InvalidCursor` or
        `ListTooLong`.
        """
        async with pool.connection() as connection:
            try:
                async with asyncio.timeout(LIST_SECONDS):
                    rows = await self.listing.page(connection, where, part)
            except NoSuchPlace:
                raise no_cursor("This") from None
            except TimeoutError:
                raise ListTooLong from None

        async def count() -> Counted | None:
            async with pool.connection() as connection:
                try:
                    async with asyncio.timeout(COUNT_SECONDS):
                        return await self.listing.count(connection, where)
                except TimeoutError:
                    return None

        return self.connection([Placed(p.key, show(p.row)) for p in rows], part, count)

    def connection(
        self,
        rows: Sequence[Placed[Any]],
        part: Part,
        count: Callable[[], Awaitable[Counted | None]] | None = None,
    ) -> Connection[Any]:
        """Make the page of rows in the list's order, of which there may be one too many."""
        size = part.limit - 1
        more = len(rows) > size
        kept = rows[-size:] if part.backward else rows[:size]
        edges = [Edge(placed.row, self.cursor(placed.key, part)) for placed in kept]
        backward = part.backward
        page = PageInfo(
            has_next_page=part.before is not None if backward else more,
            has_previous_page=more if backward else part.after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return Connection(edges, page, count)


def no_cursor(text: str) -> InvalidCursor:
    """Tell that a cursor is none of the list, or of the list as it is sorted now."""
    return InvalidCursor(
        f"{text!r} is not a cursor of this list as it is sorted. Take one from its answers."
    )


def filtered(kind: type[F], given: object | None) -> F:
    """Read a filter, whose fields are those of the input. Raises `InvalidArgument`."""
    values = {} if given is None else vars(given)
    for name, value in values.items():
        if isinstance(value, list) and len(value) > MOST_VALUES:
            raise InvalidArgument(f"A filter may name at most {MOST_VALUES} values in a list.")
        if name == "search" and value is not None and len(value) < SHORTEST_SEARCH:
            raise InvalidArgument(f"`search` needs at least {SHORTEST_SEARCH} characters.")
    return kind(**values)
