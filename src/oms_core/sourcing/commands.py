"""Commands on the rules of sourcing."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Currency, Latitude, Longitude, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.sourcing.policy import POLICY, SourcingPolicy
from oms_core.sourcing.rules import (
    EligibilityRule,
    HandlingCost,
    ParcelTariff,
    PostalArea,
    SourcingRules,
    WeightStep,
)

MOST_RULES = 500
MOST_AREAS = 20_000
ZERO = Decimal(0)

Cost = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=13, decimal_places=6)]
Grams = Annotated[int, Field(ge=0, le=100_000_000)]
Codes = Annotated[tuple[Code, ...], Field(max_length=1000)]
Countries = Annotated[tuple[Country, ...], Field(max_length=250)]


class _HandlingCost(HandlingCost):
    per_parcel: Cost = ZERO
    per_unit: Cost = ZERO


class _WeightStep(WeightStep):
    up_to_grams: Annotated[int, Field(ge=1, le=100_000_000)]
    price: Cost


def _rising(steps: tuple[_WeightStep, ...]) -> tuple[_WeightStep, ...]:
    for lighter, heavier in pairwise(steps):
        if heavier.up_to_grams <= lighter.up_to_grams or heavier.price < lighter.price:
            raise ValueError("must rise in weight, and not fall in price")
    return steps


class _ParcelTariff(ParcelTariff):
    name: Text
    origins: Countries = ()
    destinations: Countries = ()
    up_to_km: Annotated[int, Field(ge=1, le=50_000)] | None = None
    steps: Annotated[
        tuple[_WeightStep, ...], Field(min_length=1, max_length=30), AfterValidator(_rising)
    ]


class _EligibilityRule(EligibilityRule):
    name: Text
    channels: Codes = ()
    countries: Countries = ()
    skus: Annotated[tuple[Number, ...], Field(max_length=1000)] = ()
    commodity_codes: Codes = ()
    heavier_than_grams: Grams | None = None
    locations: Codes = ()
    location_countries: Countries = ()
    traits: Codes = ()

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not (self.locations or self.kinds or self.location_countries or self.traits):
            raise ValueError("must say which locations it means: codes, kinds, countries or traits")
        return self


class _PostalArea(PostalArea):
    country: Country
    postal_code: Code
    latitude: Latitude
    longitude: Longitude


class PublishSourcingRules(Command):
    """Let orders be sourced by these rules from now on: all of them, also what stays."""

    currency: Currency
    max_split: Annotated[int, Field(ge=1, le=5)] = 3
    split_cost: Cost = ZERO
    cost_per_km: Cost = ZERO
    cost_per_day: Cost = ZERO
    low_stock_units: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    low_stock_cost: Cost = ZERO
    default_weight_grams: Grams = 0
    handling: Annotated[tuple[_HandlingCost, ...], Field(max_length=10)] = ()
    tariffs: Annotated[tuple[_ParcelTariff, ...], Field(max_length=MOST_RULES)] = ()
    eligibility: Annotated[tuple[_EligibilityRule, ...], Field(max_length=MOST_RULES)] = ()
    postal_areas: Annotated[tuple[_PostalArea, ...], Field(max_length=MOST_AREAS)] = ()

    def target(self) -> UUID:
        return POLICY


class WithdrawSourcingRules(Command):
    """Source orders without rules again: from as few locations as possible."""

    reason: Text

    def target(self) -> UUID:
        return POLICY


@handles(PublishSourcingRules)
async def publish_sourcing_rules(command: PublishSourcingRules, streams: Streams) -> SourcingPolicy:
    """Record the rules; refused when they name a location that there is not."""
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    named = [
        (code, ("eligibility", str(i), "locations", str(j)))
        for i, rule in enumerate(command.eligibility)
        for j, code in enumerate(rule.locations)
    ]
    found = await streams.find(Location, [location_id(code) for code, _ in named])
    for (code, field), location in zip(named, found, strict=True):
        if not location.exists:
            raise NoSuchLocation(code=code, field=field)
    policy.publish(SourcingRules(**command.model_dump()))
    return policy


@handles(WithdrawSourcingRules)
async def withdraw_sourcing_rules(
    command: WithdrawSourcingRules, streams: Streams
) -> SourcingPolicy:
    """Record that no rules hold any more."""
    [policy] = await streams.find(SourcingPolicy, [POLICY])
    policy.withdraw(command.reason)
    return policy
