"""What happens to the duty rates. One stream for the installation."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from oms_core.kernel.message import Event, Message
from oms_core.kernel.money import Money


class DutyRate(Message):
    """What goods pay whose commodity code begins so and that were made in one of these countries.

    `rate` 0.12 is 12 % of their customs value. An empty code holds for all goods, no origins for
    all countries.
    """

    rate: Decimal
    commodity_code: str = ""
    origins: tuple[str, ...] = ()


class DutyRatesPublished(Event):
    """Goods that enter these countries from outside pay these rates from now on: all of them.

    Within the `territory` nothing is due. Goods that are worth no more than `free_up_to` in all,
    by the order's currency, are free. The customs value is what the goods cost, with the shipping
    if `includes_shipping` (CIF, as in the EU), else without (FOB, as in the USA).
    """

    TOPIC: ClassVar[str] = "duties.DutyRatesPublished.v1"
    territory: str
    countries: tuple[str, ...]
    rates: tuple[DutyRate, ...]
    free_up_to: tuple[Money, ...] = ()
    includes_shipping: bool = True


class DutyRatesWithdrawn(Event):
    """No duties are computed for goods that enter this territory any more."""

    TOPIC: ClassVar[str] = "duties.DutyRatesWithdrawn.v1"
    territory: str
    reason: str


DutyEvent = DutyRatesPublished | DutyRatesWithdrawn
