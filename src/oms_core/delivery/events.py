"""What happens to a shipping method. One stream per code."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from oms_core.kernel.calendar import Calendar
from oms_core.kernel.message import Event, Message


class PriceStep(Message):
    """What a delivery costs up to a weight."""

    up_to_grams: int
    price: Decimal


class DeliveryZone(Message):
    """Where a method delivers to, for how much, and in how many working days of the carrier.

    Without `postal_codes` it is all of the countries; else where codes begin so.
    """

    name: str
    countries: tuple[str, ...]
    postal_codes: tuple[str, ...] = ()
    prices: tuple[PriceStep, ...]
    fewest_days: int
    most_days: int


class ShippingMethodConfigured(Event):
    """Orders may be sent so from now on. The first zone that an address is in holds.

    After the calendar's cut-off the carrier takes nothing more on that day.
    """

    TOPIC: ClassVar[str] = "delivery.ShippingMethodConfigured.v1"
    code: str
    name: str
    currency: str
    calendar: Calendar = Calendar()
    zones: tuple[DeliveryZone, ...]


class ShippingMethodWithdrawn(Event):
    """No new order is sent so. Those that were promised it still are."""

    TOPIC: ClassVar[str] = "delivery.ShippingMethodWithdrawn.v1"
    reason: str


DeliveryEvent = ShippingMethodConfigured | ShippingMethodWithdrawn
