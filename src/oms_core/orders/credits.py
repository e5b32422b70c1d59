"""What a customer owes less for an order, and what was carried over between orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from oms_core.orders.events import CreditGranted, ExchangeCreditPosted
from oms_core.orders.line import OrderLine

ZERO = Decimal(0)


class Credits:
    """The credits of one order. `exchanged` is negative when more of it went to other orders.

    `received` is the part of it that came from each other order, and `sources` the credit that was
    granted there.
    """

    def __init__(self) -> None:
        self.granted = self.exchanged = ZERO
        self.shipping_price = self.shipping_tax = ZERO
        self.received: defaultdict[UUID, Decimal] = defaultdict(Decimal)
        self.sources: dict[UUID, UUID] = {}
        self.ids: set[UUID] = set()

    def apply(
        self, event: CreditGranted | ExchangeCreditPosted, lines: Mapping[UUID, OrderLine]
    ) -> None:
        """Apply that the customer owes less, or that credit moved between two orders."""
        match event:
            case CreditGranted():
                self.ids.add(event.credit_id)
                self.granted += event.amount
                self.shipping_price += event.shipping_price
                self.shipping_tax += event.shipping_tax
                for credited in event.lines:
                    lines[credited.line_id].credit(credited)
            case ExchangeCreditPosted():
                self.exchanged += event.amount
                if event.origin_id is not None:
                    self.received[event.origin_id] += event.amount
                    self.sources[event.origin_id] = event.credit_id
            case _:
                assert_never(event)
