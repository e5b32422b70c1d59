"""Lists of orders as they were: what never changes is looked up, the rest is folded first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from oms_api.connections import Connection, Edge, Keyset, PageInfo, Window
from oms_api.folded_streams import FoldedStreams
from oms_api.sources import SourcedOrder
from oms_projections import orders
from oms_projections.orders import Key, OrderFilter

AT_ONCE = 100
MOST_LOOKED_AT = 2_000
"""So many orders are folded for one page."""


def order_key(key: tuple[datetime, UUID]) -> list[object]:
    """Write down where an order stands in the list."""
    return [key[0].isoformat(), str(key[1])]


async def page(
    keyset: Keyset[Key, SourcedOrder],
    past: FoldedStreams,
    filter: OrderFilter,
    window: Window[Key],
) -> Connection[SourcedOrder]:
    """Make a page of the orders as `past` shows them.

    A page that ends because too many orders were looked at may be short, or empty: its cursor
    tells where the next one goes on.
    """
    found, beyond, exhausted = await _look(past, filter, window)
    more = len(found) > window.size or not exhausted
    kept = found[: window.size]
    cut = len(kept) < len(found) or beyond is None
    reached = keyset.cursor(kept[-1]) if cut and kept else _cursor(keyset, beyond)
    edges = [Edge(order, keyset.cursor(order)) for order in kept]
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
    past: FoldedStreams, filter: OrderFilter, window: Window[Key]
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


def _is_before(key: Key, end: Key, window: Window[Key]) -> bool:
    return key < end if window.backward else key > end


def _cursor(keyset: Keyset[Key, Any], key: Key | None) -> str | None:
    return None if key is None else keyset.cursor_at(order_key(key))
