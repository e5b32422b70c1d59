"""What happens to the stock of one SKU at one location. One stream per SKU and location.

Every event names both, so that an analyst reads it without a join. Whatever moves units says so
here: the sum of all movements is what is there.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event, Message
from oms_core.orders.quantities import LineQuantity


class StockCondition(StrEnum):
    """What units that are physically there may be used for. Only AVAILABLE ones are promised."""

    AVAILABLE = "AVAILABLE"
    QUALITY_HOLD = "QUALITY_HOLD"
    DAMAGED = "DAMAGED"


class LotUnits(Message):
    """So many of an event's units that are of one lot, which is best before a day if it expires."""

    lot: str
    quantity: int
    best_before: date | None = None


class _AtLocation(Event):
    sku: str
    location: str


class StockReceived(_AtLocation):
    """Goods came in: from a supplier, or back from a customer when `return_id` is set.

    `supply` names the announced supply that they belong to; `supply_complete` says that nothing
    more of it will come. `transfer_id` tells that they came from another location. Units that no
    lot is named for are of an unknown one, or of a product without lots: so in all events. Units
    that are `serial_numbered` are told one by one in streams of their own: so in all events, too.
    """

    TOPIC: ClassVar[str] = "stock.StockReceived.v1"
    quantity: int
    reference: str | None = None
    return_id: UUID | None = None
    condition: StockCondition = StockCondition.AVAILABLE
    supply: str | None = None
    supply_complete: bool = False
    transfer_id: UUID | None = None
    lots: tuple[LotUnits, ...] = ()
    serial_numbered: bool = False


class StockAdjusted(_AtLocation):
    """The figure was corrected to what is there; the reason says why it was off."""

    TOPIC: ClassVar[str] = "stock.StockAdjusted.v1"
    delta: int
    reason: str
    reference: str | None = None
    lots: tuple[LotUnits, ...] = ()
    serial_numbered: bool = False


class StockCounted(_AtLocation):
    """Somebody counted what is there, in whatever condition, and the figure follows.

    `expected` is what the figure was, `delta` what was counted less that; it may be 0.
    """

    TOPIC: ClassVar[str] = "stock.StockCounted.v1"
    expected: int
    counted: int
    delta: int
    reason: str
    reference: str | None = None
    lots: tuple[LotUnits, ...] = ()
    serial_numbered: bool = False


class StockConditionChanged(_AtLocation):
    """Units are in another condition now; they stay where they are."""

    TOPIC: ClassVar[str] = "stock.StockConditionChanged.v1"
    quantity: int
    before: StockCondition
    after: StockCondition
    reason: str
    reference: str | None = None
    lots: tuple[LotUnits, ...] = ()


class StockScrapped(_AtLocation):
    """Units were thrown away."""

    TOPIC: ClassVar[str] = "stock.StockScrapped.v1"
    quantity: int
    condition: StockCondition
    reason: str
    reference: str | None = None
    lots: tuple[LotUnits, ...] = ()


class StockReserved(_AtLocation):
    """Units are promised to lines of an order; they are still on the shelf.

    `from_share` of them were taken from what is set aside for the `channel`. Units that are
    `made_to_order` are not on the shelf and leave the figures as they are.
    """

    TOPIC: ClassVar[str] = "stock.StockReserved.v1"
    order_id: UUID
    lines: tuple[LineQuantity, ...]
    channel: str | None = None
    from_share: int = 0
    made_to_order: bool = False


class ReservationReleased(_AtLocation):
    """A promise was withdrawn; the units may be promised to somebody else.

    `to_share` of them went back to what is set aside for the `channel`.
    """

    TOPIC: ClassVar[str] = "stock.ReservationReleased.v1"
    order_id: UUID
    lines: tuple[LineQuantity, ...]
    channel: str | None = None
    to_share: int = 0
    made_to_order: bool = False


class LotsPicked(_AtLocation):
    """Units of these lots are in hand for a shipment: all that are so far. They leave with it."""

    TOPIC: ClassVar[str] = "stock.LotsPicked.v1"
    order_id: UUID
    shipment_id: UUID
    lots: tuple[LotUnits, ...]


class StockShipped(_AtLocation):
    """Promised units left the building with a shipment."""

    TOPIC: ClassVar[str] = "stock.StockShipped.v1"
    order_id: UUID
    shipment_id: UUID
    lines: tuple[LineQuantity, ...]
    made_to_order: bool = False
    lots: tuple[LotUnits, ...] = ()


class StockTransferredOut(_AtLocation):
    """Units left for another location."""

    TOPIC: ClassVar[str] = "stock.StockTransferredOut.v1"
    transfer_id: UUID
    quantity: int
    lots: tuple[LotUnits, ...] = ()


class StockPolicySet(_AtLocation):
    """So many units are kept back from every promise; or none are needed to promise any number.

    `unlimited` is for what is made to order, or digital.
    """

    TOPIC: ClassVar[str] = "stock.StockPolicySet.v1"
    safety_stock: int = 0
    unlimited: bool = False


class ChannelShareSet(_AtLocation):
    """So many of the free units are for one channel alone from now on; 0 ends that."""

    TOPIC: ClassVar[str] = "stock.ChannelShareSet.v1"
    channel: str
    quantity: int


class ChannelSafetyStockSet(_AtLocation):
    """A channel's orders get none of the last so many units from now on; 0 ends that.

    It stands in for the location's safety stock where it is more.
    """

    TOPIC: ClassVar[str] = "stock.ChannelSafetyStockSet.v1"
    channel: str
    quantity: int


class SupplyExpected(_AtLocation):
    """Units were announced: a purchase order, a shipping notice, or a transfer on its way."""

    TOPIC: ClassVar[str] = "stock.SupplyExpected.v1"
    supply: str
    quantity: int
    expected_on: date


class SupplyRevised(_AtLocation):
    """The announced quantity or day is another one now. What was received of it stays counted."""

    TOPIC: ClassVar[str] = "stock.SupplyRevised.v1"
    supply: str
    quantity: int
    expected_on: date


class SupplyCancelled(_AtLocation):
    """Nothing more of this supply will come."""

    TOPIC: ClassVar[str] = "stock.SupplyCancelled.v1"
    supply: str
    reason: str


StockEvent = (
    StockReceived
    | StockAdjusted
    | StockCounted
    | StockConditionChanged
    | StockScrapped
    | StockReserved
    | ReservationReleased
    | LotsPicked
    | StockShipped
    | StockTransferredOut
    | StockPolicySet
    | ChannelShareSet
    | ChannelSafetyStockSet
    | SupplyExpected
    | SupplyRevised
    | SupplyCancelled
)
