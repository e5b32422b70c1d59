"""The rules by which orders are sourced: publish them, and see which hold."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import VersionedInput
from oms_core.locations.traits import LocationKind
from oms_core.sourcing.commands import PublishSourcingRules, WithdrawSourcingRules
from oms_core.sourcing.policy import POLICY, SourcingPolicyView
from oms_core.sourcing.policy import SourcingPolicy as SourcingPolicyStream

ZERO = Decimal(0)


@strawberry.type(description="What it costs to have a parcel sent from a kind of location.")
class HandlingCost:
    """What a kind of location costs."""

    kind: LocationKind = strawberry.field(description="The kind.")
    per_parcel: Decimal = strawberry.field(description="For each parcel.")
    per_unit: Decimal = strawberry.field(description="For each unit in it.")


@strawberry.type(description="What a parcel costs up to a weight.")
class WeightStep:
    """What a parcel costs up to a weight."""

    up_to_grams: int = strawberry.field(description="The heaviest for this price.")
    price: Decimal = strawberry.field(description="The price.")


@strawberry.type(description="What parcels cost from some countries to others.")
class ParcelTariff:
    """What parcels cost."""

    name: str = strawberry.field(description="Its name.")
    origins: list[str] = strawberry.field(description="From these countries; any if empty.")
    destinations: list[str] = strawberry.field(description="To these countries; any if empty.")
    up_to_km: int | None = strawberry.field(description="Within this distance; any if null.")
    steps: list[WeightStep] = strawberry.field(description="By weight, the lightest first.")


@strawberry.type(description="Which locations may serve what.")
class EligibilityRule:
    """Which locations may serve what."""

    name: str = strawberry.field(description="Its name, which explanations show.")
    channels: list[str] = strawberry.field(description="For orders of these channels.")
    countries: list[str] = strawberry.field(description="For orders to these countries.")
    skus: list[str] = strawberry.field(description="For these products.")
    commodity_codes: list[str] = strawberry.field(description="For codes that begin so.")
    heavier_than_grams: int | None = strawberry.field(description="For heavier products.")
    locations: list[str] = strawberry.field(description="These locations,")
    kinds: list[LocationKind] = strawberry.field(description="of these kinds,")
    location_countries: list[str] = strawberry.field(description="in these countries,")
    traits: list[str] = strawberry.field(description="with all of these traits.")
    exclude: bool = strawberry.field(description="May not serve; else only they may.")


@strawberry.type(description="Where the postal codes are that begin so.")
class PostalArea:
    """Where the postal codes are that begin so."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    postal_code: str = strawberry.field(description="What the codes begin with.")
    latitude: float = strawberry.field(description="WGS 84 degrees.")
    longitude: float = strawberry.field(description="WGS 84 degrees.")


@strawberry.type(description="All rules by which orders are sourced. Costs are in `currency`.")
class SourcingRules:
    """All rules; resolved from the domain's own."""

    currency: str = strawberry.field(description="What costs are compared in.")
    max_split: int = strawberry.field(description="Locations that serve one order at most.")
    split_cost: Decimal = strawberry.field(description="For each location after the first.")
    cost_per_km: Decimal = strawberry.field(description="For each kilometer of a parcel.")
    cost_per_day: Decimal = strawberry.field(description="For each day until it can be sent.")
    low_stock_units: int = strawberry.field(description="What counts as little stock.")
    low_stock_cost: Decimal = strawberry.field(description="For a unit where stock is low.")
    default_weight_grams: int = strawberry.field(description="Of products without a weight.")
    handling: list[HandlingCost] = strawberry.field(description="By kind of location.")
    tariffs: list[ParcelTariff] = strawberry.field(description="The first that fits holds.")
    eligibility: list[EligibilityRule] = strawberry.field(description="All that apply hold.")
    postal_areas: list[PostalArea] = strawberry.field(description="Known postal areas.")


@strawberry.type(description="The rules that hold, and which version they are.")
class SourcingPolicy:
    """The policy; resolved from `SourcingPolicyView`."""

    version: int = strawberry.field(description="Explanations name it.")
    rules: SourcingRules | None = strawberry.field(
        description="Null: orders come from as few locations as possible."
    )


@strawberry.input(description="What it costs to have a parcel sent from a kind of location.")
class HandlingCostInput:
    """What a kind of location costs."""

    kind: LocationKind = strawberry.field(description="The kind.")
    per_parcel: Decimal = strawberry.field(default=ZERO, description="For each parcel.")
    per_unit: Decimal = strawberry.field(default=ZERO, description="For each unit in it.")


@strawberry.input(description="What a parcel costs up to a weight.")
class WeightStepInput:
    """What a parcel costs up to a weight."""

    up_to_grams: int = strawberry.field(description="The heaviest for this price.")
    price: Decimal = strawberry.field(description="The price; not less than of lighter ones.")


@strawberry.input(description="What parcels cost from some countries to others.")
class ParcelTariffInput:
    """What parcels cost."""

    name: str = strawberry.field(description="Its name.")
    origins: list[str] | None = strawberry.field(
        default=None, description="From these countries; any if missing."
    )
    destinations: list[str] | None = strawberry.field(
        default=None, description="To these countries; any if missing."
    )
    up_to_km: int | None = strawberry.field(
        default=None, description="Within this distance; any if missing."
    )
    steps: list[WeightStepInput] = strawberry.field(
        description="By weight, the lightest first. Heavier goods go in several parcels."
    )


@strawberry.input(
    description="Which locations may serve what. Where all that is said of the order and the"
    " product holds, only locations may serve it of which all holds that is said of them."
)
class EligibilityRuleInput:
    """Which locations may serve what."""

    name: str = strawberry.field(description="Its name, which explanations show.")
    channels: list[str] | None = strawberry.field(
        default=None, description="For orders of these channels; any if missing."
    )
    countries: list[str] | None = strawberry.field(
        default=None, description="For orders to these countries; any if missing."
    )
    skus: list[str] | None = strawberry.field(
        default=None, description="For these products; any if missing."
    )
    commodity_codes: list[str] | None = strawberry.field(
        default=None, description="For products whose commodity code begins so."
    )
    heavier_than_grams: int | None = strawberry.field(
        default=None, description="For products that weigh more."
    )
    locations: list[str] | None = strawberry.field(
        default=None, description="These locations may; any if missing."
    )
    kinds: list[LocationKind] | None = strawberry.field(
        default=None, description="Locations of these kinds may; any if missing."
    )
    location_countries: list[str] | None = strawberry.field(
        default=None, description="Locations in these countries may; any if missing."
    )
    traits: list[str] | None = strawberry.field(
        default=None, description="Locations with all of these traits may; any if missing."
    )
    exclude: bool = strawberry.field(
        default=False, description="The other way round: those locations may not."
    )


@strawberry.input(description="Where the postal codes are that begin so.")
class PostalAreaInput:
    """Where the postal codes are that begin so."""

    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    postal_code: str = strawberry.field(description="What the codes begin with.")
    latitude: float = strawberry.field(description="WGS 84 degrees.")
    longitude: float = strawberry.field(description="WGS 84 degrees.")


@strawberry.input(
    description="Source orders by these rules from now on, all of them: what is missing gets its"
    " default. Costs are in `currency`; they are compared, not charged."
)
class PublishSourcingRulesInput(VersionedInput):
    """Source orders by these rules from now on."""

    currency: str = strawberry.field(description="ISO 4217 code of all costs.")
    max_split: int = strawberry.field(
        default=3, description="Locations that serve one order at most, 1 to 5."
    )
    split_cost: Decimal = strawberry.field(
        default=ZERO, description="For each location after the first."
    )
    cost_per_km: Decimal = strawberry.field(
        default=ZERO, description="For each kilometer that a parcel goes, as the crow flies."
    )
    cost_per_day: Decimal = strawberry.field(
        default=ZERO, description="For each day until the location can send it."
    )
    low_stock_units: int = strawberry.field(
        default=0, description="Stock is low where no more units than these may be promised."
    )
    low_stock_cost: Decimal = strawberry.field(
        default=ZERO, description="For each unit taken where stock is low."
    )
    default_weight_grams: int = strawberry.field(
        default=0, description="Weight of a unit of products that have none."
    )
    handling: list[HandlingCostInput] | None = strawberry.field(
        default=None, description="What kinds of locations cost; nothing if missing."
    )
    tariffs: list[ParcelTariffInput] | None = strawberry.field(
        default=None,
        description="What parcels cost: the first that fits holds, and where none fits nothing is"
        " sent. Nothing if missing.",
    )
    eligibility: list[EligibilityRuleInput] | None = strawberry.field(
        default=None, description="Who may serve what; all that apply hold."
    )
    postal_areas: list[PostalAreaInput] | None = strawberry.field(
        default=None,
        description="Where postal codes are, for addresses without coordinates; the longest that"
        " fits. Else the country's center is taken.",
    )


@strawberry.input(description="Source orders without rules: from as few locations as possible.")
class WithdrawSourcingRulesInput(VersionedInput):
    """Source orders without rules."""

    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What became of a command on the rules of sourcing.")
class SourcingPolicyPayload(Payload):
    """What became of a command on the rules."""

    policy: SourcingPolicy | None = resolved(
        the_view, SourcingPolicy | None, "The policy after the command; null when it was refused."
    )


@strawberry.type
class SourcingRuleMutations:
    """Commands on the rules."""

    @mutation(
        SourcingPolicyPayload,
        "Source orders by these rules from now on. What was sourced before stays.",
    )
    async def publish_sourcing_rules(self, info: Info, input: PublishSourcingRulesInput) -> Answer:
        """Publish rules."""
        return await info.context.gateway.carry_out(info.context.cause, input, PublishSourcingRules)

    @mutation(SourcingPolicyPayload, "Source orders without rules again.")
    async def withdraw_sourcing_rules(
        self, info: Info, input: WithdrawSourcingRulesInput
    ) -> Answer:
        """Withdraw the rules."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, WithdrawSourcingRules
        )


@strawberry.type
class SourcingRuleQueries:
    """Queries on the rules."""

    @query(SourcingPolicy, "The sourcing rules that hold at this moment.")
    async def sourcing_policy(self, info: Info) -> SourcingPolicyView:
        """Fold the policy."""
        found = await info.context.now().aggregate(POLICY)
        policy = found if isinstance(found, SourcingPolicyStream) else SourcingPolicyStream(POLICY)
        return policy.view()
