"""The order that a payment, a return or a claim belongs to."""

from __future__ import annotations

from typing import Any

from graphql import OperationType

from oms_api.context import Info
from oms_api.sources import SourcedOrder


async def the_order_of(root: Any, info: Info) -> SourcedOrder | None:
    """Resolve its order as it is now: after a command, no read table is waited for."""
    reads = info.operation.operation is OperationType.QUERY
    source = info.context.tables if reads else info.context.together
    return await source.order(root.order_id)
