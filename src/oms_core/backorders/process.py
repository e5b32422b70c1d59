"""From the ramp to those who wait: for their units first, then to hear that there are some.

    StockReceived, ReservationReleased                           something is there again
    StockAdjusted, StockCounted upwards, StockConditionChanged   or was there after all
    StockPolicySet, ChannelShareSet, ChannelSafetyStockSet       or may be promised to more
    BackordersQueued                                             somebody waits from now on
    BackordersFilled with more left                              the next ones, please
    BackordersPassedOver                                         or those behind
    OrderUnscheduled                                             a full day has room again
      -> FillBackorders    LinesReserved per order, BackordersFilled      (and StockReserved)
    the same, and
    BackordersDropped                                            what nobody waits for any more
    SubscriptionOpened, SubscribersNotified with more            who asked to hear of it
      -> NotifySubscribers SubscribersNotified

Asked twice it takes effect once: the command looks at what is there and who waits. What the orders
got is then on its way like any other reservation. What frees stock that did not move, such as other
rules, is on the page of the shortages.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from oms_core.backorders import events as backorders
from oms_core.backorders.commands import FillBackorders
from oms_core.kernel.message import Command, Event
from oms_core.stock import events as stock
from oms_core.subscriptions import events as subscriptions
from oms_core.subscriptions.commands import NotifySubscribers
from oms_core.workdays import events as workdays

NAME = "backorders"

LISTENS_TO: tuple[type[Event], ...] = (
    stock.StockReceived,
    stock.ReservationReleased,
    stock.StockAdjusted,
    stock.StockCounted,
    stock.StockConditionChanged,
    stock.StockPolicySet,
    stock.ChannelShareSet,
    stock.ChannelSafetyStockSet,
    backorders.BackordersDropped,
    backorders.BackordersQueued,
    backorders.BackordersFilled,
    backorders.BackordersPassedOver,
    workdays.OrderUnscheduled,
    subscriptions.SubscriptionOpened,
    subscriptions.SubscribersNotified,
)


def next_steps(stream_id: UUID, event: Event) -> Sequence[Command]:  # noqa: ARG001 - the sku says it
    """Ask for those who wait to be served whenever it may just have become possible."""
    match event:
        case (
            stock.StockReceived()
            | stock.ReservationReleased()
            | stock.StockConditionChanged()
            | stock.StockPolicySet()
            | stock.ChannelShareSet()
            | stock.ChannelSafetyStockSet()
        ):
            return [FillBackorders(sku=event.sku), NotifySubscribers(sku=event.sku)]
        case stock.StockAdjusted() | stock.StockCounted() if event.delta > 0:
            return [FillBackorders(sku=event.sku), NotifySubscribers(sku=event.sku)]
        case (
            backorders.BackordersDropped()
            | subscriptions.SubscriptionOpened()
            | subscriptions.SubscribersNotified(more=True)
        ):
            return [NotifySubscribers(sku=event.sku)]
        case _:
            return _to_fill(event)


def _to_fill(event: Event) -> Sequence[Command]:
    match event:
        case backorders.BackordersQueued() | backorders.BackordersFilled(more=True):
            return [FillBackorders(sku=event.sku)]
        case backorders.BackordersPassedOver():
            return [FillBackorders(sku=event.sku, after=event.until)]
        case workdays.OrderUnscheduled():
            return [FillBackorders(sku=sku) for sku in event.awaited]
        case _:
            return []
