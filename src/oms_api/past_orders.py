"""Lists of orders as they were: what never changes is looked up, the rest is folded first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from oms_api.connections import Connection, Edge, Paged, PageInfo, no_cursor
from oms_api.failures import InvalidArgument
from oms_api.folded_streams import FoldedStreams
from oms_api.sources import SourcedOrder
from oms_projections import orders
from oms_projections.orders import Key, OrderFilter
from oms_projections.paging import Part

AT_ONCE = 100
MOST_LOOKED_AT = 2_000
"""So many orders are folded for one page."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list is wanted; `after` and `before` are exclusive ends."""

    size: int
    backward: bool
    after: Key | None
    before: Key | None


async def page(
    paged: Paged[Any],
    past: FoldedStreams,
    filter: OrderFilter,
    part: Part,
) -> Connection[SourcedOrder]:
    """Make a page of the orders as `past` shows them.

    A page that ends because too many orders were looked at may be short, or empty: its cursor
    tells where the next one goes on. Raises `InvalidArgument` for another order of the list.
    """
    if part.sort not in (None, orders.LIST.usual):
        raise InvalidArgument("Orders as they were are listed newest first. Leave `sort` out.")

    def cursor(key: Key) -> str:
        return paged.cursor([key[0].isoformat(), str(key[1])], part)

    window = _window(part)
    found, beyond, exhausted = await _look(past, filter, window)
    more = len(found) > window.size or not exhausted
    kept = found[: window.size]
    cut = len(kept) < len(found) or beyond is None
    edges = [Edge(order, cursor((order.view.placed_at, order.view.id))) for order in kept]
    reached = edges[-1].cursor if cut and edges else beyond and cursor(beyond)
    if window.backward:
        edges.reverse()
        info = PageInfo(
            has_next_page=window.before is not None,
            has_previous_page=more,
            start_cursor=reached,
            end_cursor=edges[-1].cursor if edges else reached,
        )
    else:
        info = PageInfo(
            has_next_page=more,
            has_previous_page=window.after is not None,
            start_cursor=edges[0].cursor if edges else reached,
            end_cursor=reached,
        )
    return Connection(edges, info)


async def _look(
    past: FoldedStreams, filter: OrderFilter, window: Window
) -> tuple[list[SourcedOrder], Key | None, bool]:
    """Find orders in the direction of reading, one more than the page has.

    Tells how far it looked when that was not to the end, and whether it was.
    """
    found: list[SourcedOrder] = []
    beyond = window.before if window.backward else window.after
    end = window.after if window.backward else window.before
    for _ in range(0, MOST_LOOKED_AT, AT_ONCE):
        keys = await past.placed_by(filter, limit=AT_ONCE, beyond=beyond, backward=window.backward)
        within = [key for key in keys if end is None or _is_before(key, end, window)]
        then = await past.orders([id for _, id in within])
        found += [order for order in then if orders.matches(order.view, filter)]
        if len(found) > window.size:
            return found, None, False
        if len(within) < AT_ONCE:
            return found, None, True
        beyond = within[-1]
    return found, beyond, False


def _is_before(key: Key, end: Key, window: Window) -> bool:
    return key < end if window.backward else key > end


def _window(part: Part) -> Window:
    return Window(part.limit - 1, part.backward, _key(part.after), _key(part.before))


def _key(given: Sequence[str] | None) -> Key | None:
    try:
        match given:
            case [placed_at, id]:
                return datetime.fromisoformat(placed_at), UUID(id)
            case None:
                return None
            case _:
                pass
    except ValueError:
        pass
    raise no_cursor("This")
