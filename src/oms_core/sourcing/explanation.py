"""Why an order is served from where it is: the plan, what it costs, and why not from elsewhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from oms_core.kernel.message import Message
from oms_core.orders.quantities import SkuQuantity


class Method(StrEnum):
    """How a plan was found."""

    EXACT = "EXACT"
    SEARCH = "SEARCH"
    WAVE = "WAVE"


class WhyNot(StrEnum):
    """Why nothing is taken from a location."""

    EXCLUDED = "EXCLUDED"
    CLOSED = "CLOSED"
    NEVER_WORKS = "NEVER_WORKS"
    FULL = "FULL"
    RULED_OUT = "RULED_OUT"
    NO_TARIFF = "NO_TARIFF"
    NO_STOCK = "NO_STOCK"
    TOO_LITTLE = "TOO_LITTLE"
    DEARER = "DEARER"
    NOT_ASKED = "NOT_ASKED"


class ChosenLocation(Message):
    """What one location sends, when, and what it costs in the rules' currency.

    `cost` is the sum of the parts behind it; splitting the order is not a part of it.
    """

    location: str
    lines: tuple[SkuQuantity, ...]
    ship_on: date
    km: int | None
    grams: int
    cost: Decimal
    handling: Decimal
    distance: Decimal
    delay: Decimal
    parcel: Decimal
    units: Decimal


class OtherLocation(Message):
    """A location that sends nothing. `cost` is what all would cost from there alone.

    `missing` units it could not send; `rule` is the name of the rule that keeps it out.
    """

    location: str
    why: WhyNot
    rule: str | None = None
    km: int | None = None
    missing: int = 0
    cost: Decimal | None = None


class WhyNotCount(Message):
    """So many locations sent nothing for this reason."""

    why: WhyNot
    locations: int


class Reasons(Message):
    """A plan and its reasons. No plan by these rules costs less than `bound`.

    `others` are the best of those that send nothing; `counts` counts all of them.
    """

    rules_version: int
    method: Method
    currency: str
    cost: Decimal
    bound: Decimal
    split: Decimal
    chosen: tuple[ChosenLocation, ...]
    others: tuple[OtherLocation, ...] = ()
    counts: tuple[WhyNotCount, ...] = ()
