"""From the ramp to those who wait.

    StockReceived, ReservationReleased                           something is there again
    StockAdjusted, StockCounted upwards, StockConditionChanged   or was there after all
    StockPolicySet, ChannelShareSet                              or may be promised to more
    BackordersQueued                                             somebody waits from now on
    BackordersFilled with more left                              the next ones, please
      -> FillBackorders    LinesReserved per order, BackordersFilled      (and StockReserved)

Asked twice it takes effect once: the command looks at what is there and who waits. What the orders
got is then on its way like any other reservation.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from oms_core.backorders import events as backorders
from oms_core.backorders.commands import FillBackorders
from oms_core.kernel.message import Command, Event
from oms_core.stock import events as stock

NAME = "backorders"

LISTENS_TO: tuple[type[Event], ...] = (
    stock.StockReceived,
    stock.ReservationReleased,
    stock.StockAdjusted,
    stock.StockCounted,
    stock.StockConditionChanged,
    stock.StockPolicySet,
    stock.ChannelShareSet,
    backorders.BackordersQueued,
    backorders.BackordersFilled,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:  # noqa: ARG001 - the sku says it
    """Ask for backorders to be filled whenever it may just have become possible."""
    match event:
        case (
            stock.StockReceived()
            | stock.ReservationReleased()
            | stock.StockConditionChanged()
            | stock.StockPolicySet()
            | stock.ChannelShareSet()
            | backorders.BackordersQueued()
        ):
            return [FillBackorders(sku=event.sku)]
        case stock.StockAdjusted() | stock.StockCounted() if event.delta > 0:
            return [FillBackorders(sku=event.sku)]
        case backorders.BackordersFilled() if event.more:
            return [FillBackorders(sku=event.sku)]
        case _:
            return []
