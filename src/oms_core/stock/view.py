"""Stock as an answer shows it, and as a snapshot keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import Field

from oms_core.kernel.message import Message
from oms_core.kernel.snapshot import Snapshot
from oms_core.stock.lots import LotOnHand, LotsInHand

UNLIMITED = 1_000_000_000
"""Units that may be promised of what needs no stock: more than any order can ask for."""


@dataclass(frozen=True, slots=True)
class StockItemView:
    """Stock as an answer shows it.

    `available = on_hand - reserved - quality_hold - damaged - safety_stock`; what is made to order
    or digital is `unlimited`, and its promises are `made_to_order`.
    """

    id: UUID
    version: int
    sku: str
    location: str
    on_hand: int
    reserved: int
    available: int
    quality_hold: int = 0
    damaged: int = 0
    safety_stock: int = 0
    incoming: int = 0
    made_to_order: int = 0
    unlimited: bool = False


class Supply(Message):
    """Units that were announced, and what came of them so far."""

    quantity: int
    expected_on: date
    received: int = 0

    @property
    def incoming(self) -> int:
        """Units that are still to come; an over-delivery is not owed back."""
        return max(self.quantity - self.received, 0)


class Drawn(Message):
    """Units of a promise that were taken from what is set aside for a channel."""

    channel: str
    quantity: int


class StockItemSnapshot(Snapshot):
    """Everything that decisions about a stock item need."""

    TOPIC = "stock.StockItemSnapshot.v2"

    sku: str
    location: str
    on_hand: int
    reserved: int
    quality_hold: int
    damaged: int
    safety_stock: int
    unlimited: bool
    reservations: dict[UUID, int]
    made_to_order: dict[UUID, int]
    shares: dict[str, int]
    drawn: dict[UUID, Drawn]
    supplies: dict[str, Supply]
    lots: dict[str, LotOnHand] = Field(default_factory=dict)
    in_hand: dict[UUID, LotsInHand] = Field(default_factory=dict)
    serial_numbered: bool = False
    kept_from: dict[str, int] = Field(default_factory=dict)
