"""What waits for its time on an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry

from oms_api.context import Info
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.nodes import global_id
from oms_api.sources import SourcedOrder
from oms_core.runtime.timers import WaitingTimer


class TimerKind(StrEnum):
    """What happens when a time has come."""

    ORDER_EXPIRES = "ORDER_EXPIRES"
    HOLD_ESCALATES = "HOLD_ESCALATES"
    BACKORDER_CANCELLED = "BACKORDER_CANCELLED"
    PAYMENT_CAPTURED = "PAYMENT_CAPTURED"
    AUTHORIZATION_LAPSES = "AUTHORIZATION_LAPSES"
    OTHER = "OTHER"


describe(
    TimerKind,
    "What happens when a time has come. Values may be added.",
    ORDER_EXPIRES="The order is cancelled, unless something was paid or authorized.",
    HOLD_ESCALATES="A hold escalates, unless it was released.",
    BACKORDER_CANCELLED="A line that still waits for stock is cancelled.",
    PAYMENT_CAPTURED="What should not lapse with an authorization is collected.",
    AUTHORIZATION_LAPSES="What is set aside and not collected counts no more.",
    OTHER="Something else.",
)

_KINDS = {
    "unpaid": (TimerKind.ORDER_EXPIRES, "Order"),
    "hold": (TimerKind.HOLD_ESCALATES, "Hold"),
    "line": (TimerKind.BACKORDER_CANCELLED, "OrderLine"),
    "capture": (TimerKind.PAYMENT_CAPTURED, "Payment"),
    "lapse": (TimerKind.AUTHORIZATION_LAPSES, "Payment"),
}


@dataclass(frozen=True, slots=True)
class Timed:
    """A timer as it is shown."""

    what: TimerKind
    of: strawberry.ID
    due_at: datetime
    error: str | None


@strawberry.type(
    description="What will happen on an order by itself. Timers that were overtaken by events stay"
    " until their time has come, and then change nothing."
)
class OrderTimer:
    """One timer; resolved from `Timed`."""

    what: TimerKind = strawberry.field(description="What happens then.")
    of: strawberry.ID = strawberry.field(
        description="Id of what it happens to: the order, its hold, its line or its payment."
    )
    due_at: datetime = strawberry.field(description="When.")
    error: str | None = strawberry.field(
        description="Why it could not be carried out so far, though its time has come; it is tried"
        " again."
    )


async def order_timers(root: Any, info: Info) -> list[Timed]:
    """Give what waits, the next first."""
    order: SourcedOrder = root
    found = await info.context.tables.timers(order.view)
    return [_timed(timer) for timer in found]


def _timed(timer: WaitingTimer) -> Timed:
    name, _, key = timer.name.partition(":")
    what, kind = _KINDS.get(name, (TimerKind.OTHER, "Order"))
    return Timed(what, global_id(kind, key or timer.stream_id), timer.due_at, timer.error)


TIMERS = resolved(
    order_timers,
    list[OrderTimer],
    "What will happen on it by itself, the next first. As of now, whatever is asked for as of an"
    " earlier moment; a command's own timers show a moment later.",
)
