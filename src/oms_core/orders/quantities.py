"""Quantities of order lines, as every capability speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from oms_core.kernel.message import Message, maker

MOST_LINES = 1000
"""Lines that an order may have."""


class WantedUnits(Protocol):
    """So many units of a SKU, whatever else a line says."""

    @property
    def line_id(self) -> UUID:
        """Which line it is."""
        ...

    @property
    def sku(self) -> str:
        """What is wanted."""
        ...

    @property
    def quantity(self) -> int:
        """How many units of it."""
        ...


class LineQuantity(Message):
    """So many units of one order line."""

    line_id: UUID
    quantity: int


_line_quantity = maker(LineQuantity)


class SkuQuantity(LineQuantity):
    """So many units of one order line, with the SKU that a warehouse needs to see."""

    sku: str


class SourcedQuantity(SkuQuantity):
    """So many units of one order line that stand at, or came from, one location."""

    location: str

    def bare(self) -> LineQuantity:
        """Leave out what the stream it goes to says already."""
        return _line_quantity({"line_id": self.line_id, "quantity": self.quantity})


def line_quantities(lines: Mapping[UUID, int]) -> tuple[LineQuantity, ...]:
    """Write down so many units of each line, leaving out lines without any."""
    return tuple(LineQuantity(line_id=id, quantity=count) for id, count in lines.items() if count)
