"""The rules by which orders are sourced, as data. A shop publishes them version by version."""

from __future__ import annotations

from decimal import Decimal

from oms_core.kernel.message import Message
from oms_core.locations.traits import LocationKind

ZERO = Decimal(0)


class HandlingCost(Message):
    """What it costs to have a parcel sent from a kind of location; the dearer, the less used."""

    kind: LocationKind
    per_parcel: Decimal = ZERO
    per_unit: Decimal = ZERO


class WeightStep(Message):
    """What a parcel costs up to a weight."""

    up_to_grams: int
    price: Decimal


class ParcelTariff(Message):
    """What parcels cost from some countries to others, and within a distance; empty means any.

    Goods that are heavier than the last step go in several parcels.
    """

    name: str
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    up_to_km: int | None = None
    steps: tuple[WeightStep, ...]


class EligibilityRule(Message):
    """Who may serve what. It applies where all that it says of the order and the product holds.

    Then only locations may serve those products of which all holds that it says of them; with
    `exclude`, only the others. What is left empty is not asked for. Commodity codes are prefixes.
    """

    name: str
    channels: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    commodity_codes: tuple[str, ...] = ()
    heavier_than_grams: int | None = None
    locations: tuple[str, ...] = ()
    kinds: tuple[LocationKind, ...] = ()
    location_countries: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    exclude: bool = False


class PostalArea(Message):
    """Where the postal codes are that begin so, for addresses that come without coordinates."""

    country: str
    postal_code: str
    latitude: float
    longitude: float


class SourcingRules(Message):
    """All rules. Amounts are in `currency`, and are weighed against each other, not charged.

    An order is served from `max_split` locations at most. Each after the first costs `split_cost`;
    each kilometer of a parcel `cost_per_km`; each day until a location can send `cost_per_day`;
    each unit taken where at most `low_stock_units` may be promised `low_stock_cost`.
    """

    currency: str
    max_split: int = 3
    split_cost: Decimal = ZERO
    cost_per_km: Decimal = ZERO
    cost_per_day: Decimal = ZERO
    low_stock_units: int = 0
    low_stock_cost: Decimal = ZERO
    default_weight_grams: int = 0
    handling: tuple[HandlingCost, ...] = ()
    tariffs: tuple[ParcelTariff, ...] = ()
    eligibility: tuple[EligibilityRule, ...] = ()
    postal_areas: tuple[PostalArea, ...] = ()
