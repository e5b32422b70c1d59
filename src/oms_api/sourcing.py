"""Why an order is sent from where it is, what would become of a basket, and asking anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from pydantic import ValidationError

from oms_api.answers import Answer, Payload, UserError
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.gateway import new_id, user_error
from oms_api.inputs import CommandInput, LineQuantityInput, VersionedInput
from oms_api.nodes import global_id, parse_id
from oms_api.orders import OrderPayload
from oms_api.rehearsal import Rehearsal
from oms_api.wrong_fields import user_errors
from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.commands import RejectAssignment
from oms_core.assignments.events import Occasion
from oms_core.assignments.waves import SourceWave
from oms_core.kernel.refusal import Refusal
from oms_core.orders.quantities import LineQuantity, SourcedQuantity
from oms_core.sourcing.explanation import Method, Reasons, WhyNot
from oms_core.sourcing.previewing import PreviewedBasket, preview

describe(
    Method,
    "How a plan was found.",
    EXACT="Every other plan by these rules was shown to cost as much, or more.",
    SEARCH="The best that was found in the time; `bound` says what any plan costs at least.",
    WAVE="Chosen by a solver together with other orders that compete for the same stock; `bound`"
    " says what the order would cost at least if it were alone.",
)
describe(
    WhyNot,
    "Why nothing is taken from a location.",
    EXCLUDED="It said that it can't send this order.",
    CLOSED="It is closed.",
    NEVER_WORKS="Its calendar has no working day in the next year.",
    FULL="It has as many orders to send on its next day as it can.",
    RULED_OUT="A rule keeps it out.",
    NO_TARIFF="No tariff goes from there to the address.",
    NO_STOCK="It has none of it.",
    TOO_LITTLE="It has not everything, and is in no cheaper split.",
    DEARER="It could send everything, at a higher cost.",
    NOT_ASKED="Cheaper ones had everything, so that its stock was not looked at.",
)
describe(
    Occasion,
    "What made a decision on sources necessary.",
    PLACED="The order was placed.",
    EDITED="Units were added to it.",
    REJECTED="A location could not send what it was to send.",
    WAVE="It was sourced anew, together with others.",
    REROUTED="Units were not there, did not arrive, or their shipment was stopped.",
    RELIEVED="A location is closed, or had more to send than it can on a day.",
    RESTOCKED="Units that waited got their stock.",
)


def _line_of(root: Any) -> strawberry.ID:
    return global_id("OrderLine", root.line_id)


@strawberry.type(description="So many units of a line.")
class AssignedUnits:
    """So many units of a line."""

    line_id: strawberry.ID = resolved(_line_of, strawberry.ID, "The order's line.")
    sku: str = strawberry.field(description="What it is.")
    quantity: int = strawberry.field(description="How many units.")


@strawberry.type(description="Units of a line that wait for stock.")
class UnsourcedUnits:
    """Units that wait for stock."""

    line_id: strawberry.ID = resolved(_line_of, strawberry.ID, "The order's line.")
    quantity: int = strawberry.field(description="How many units.")


@strawberry.type(description="A location that sends a part of the order, and what that costs.")
class ChosenLocation:
    """A location that sends a part."""

    location: str = strawberry.field(description="Its code.")
    lines: list[AssignedUnits] = strawberry.field(description="What it sends.")
    ship_on: date = strawberry.field(description="The working day on which it can send it.")
    km: int | None = strawberry.field(description="How far it is, where that is known.")
    grams: int = strawberry.field(description="What the parcel weighs.")
    cost: Decimal = strawberry.field(description="The sum of what follows.")
    handling: Decimal = strawberry.field(description="For its kind of location.")
    distance: Decimal = strawberry.field(description="For the kilometers.")
    delay: Decimal = strawberry.field(description="For the days until it can be sent.")
    parcel: Decimal = strawberry.field(description="By the tariff, for the weight.")
    units: Decimal = strawberry.field(description="For units: handling, and low stock.")


@strawberry.type(description="A location that sends nothing, and why.")
class OtherLocation:
    """A location that sends nothing."""

    location: str = strawberry.field(description="Its code.")
    why: WhyNot = strawberry.field(description="Why nothing is taken from it.")
    rule: str | None = strawberry.field(description="The rule that keeps it out of some of it.")
    km: int | None = strawberry.field(description="How far it is, where that is known.")
    missing: int = strawberry.field(description="Units that it does not have.")
    cost: Decimal | None = strawberry.field(
        description="What everything would cost from there alone; null if it has not everything."
    )


@strawberry.type(description="So many locations sent nothing for the same reason.")
class WhyNotCount:
    """So many locations for a reason."""

    why: WhyNot = strawberry.field(description="The reason.")
    locations: int = strawberry.field(description="How many.")


@strawberry.type(description="A plan by the sourcing rules, and its reasons.")
class SourcingReasons:
    """A plan and its reasons; resolved from `Reasons`."""

    rules_version: int = strawberry.field(description="The rules that held.")
    method: Method = strawberry.field(description="How the plan was found.")
    currency: str = strawberry.field(description="Of all costs.")
    cost: Decimal = strawberry.field(description="Of all parcels, and for splitting the order.")
    bound: Decimal = strawberry.field(description="What any plan by these rules costs at least.")
    split: Decimal = strawberry.field(description="For splitting the order; a part of `cost`.")
    chosen: list[ChosenLocation] = strawberry.field(description="Who sends what.")
    others: list[OtherLocation] = strawberry.field(
        description="The best of those that send nothing, up to eight."
    )
    counts: list[WhyNotCount] = strawberry.field(description="All that send nothing, counted.")


@strawberry.type(description="A decision on where an order is sent from.")
class SourcingDecision:
    """A decision; resolved from `SourcingDecided`."""

    occasion: Occasion = strawberry.field(description="What made it necessary.")
    reasons: SourcingReasons = strawberry.field(description="The plan and its reasons.")
    unsourced: list[UnsourcedUnits] = strawberry.field(description="What waits for stock.")
    excluded: list[str] = strawberry.field(description="Locations that said they can't.")


@strawberry.type(description="Where units of a basket would be taken.")
class PreviewedUnits:
    """Units at a location."""

    sku: str = strawberry.field(description="What it is.")
    location: str = strawberry.field(description="Where it would be taken.")
    quantity: int = strawberry.field(description="How many units.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a basket."""

    sourced: Sequence[SourcedQuantity] = ()
    unsourced: Sequence[LineQuantity] = ()
    reasons: Reasons | None = None
    user_errors: Sequence[UserError] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Units that find no stock."""
        return sum(part.quantity for part in self.unsourced)


@strawberry.type(description="Where a basket would be sent from at this moment.")
class SourcingPreview:
    """Resolved from `Preview`."""

    sourced: list[PreviewedUnits] = strawberry.field(description="Who would send what.")
    missing: int = strawberry.field(description="Units that would find no source.")
    reasons: SourcingReasons | None = strawberry.field(
        description="Why; null without sourcing rules."
    )
    user_errors: list[UserError] = strawberry.field(description="Why there is no answer.")


@strawberry.input(description="So many units of a SKU.")
class BasketLineInput:
    """So many units of a SKU."""

    sku: str = strawberry.field(description="A registered product.")
    quantity: int = strawberry.field(description="How many units, 1 to 1,000,000.")


@strawberry.input(description="A basket, and where it is to go.")
class PreviewSourcingInput(CommandInput):
    """A basket, and where it is to go."""

    channel: str = strawberry.field(description="Where it would be placed, such as web.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code.")
    latitude: float | None = strawberry.field(default=None, description="WGS 84 degrees.")
    longitude: float | None = strawberry.field(default=None, description="WGS 84 degrees.")
    lines: list[BasketLineInput] = strawberry.field(description="1 to 1000 lines.")


@strawberry.input(
    description="Say that a location can't send what it was to send of an order: it is short,"
    " closed, or overrun."
)
class RejectAssignmentInput(VersionedInput):
    """Say that a location can't send what it was to send."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    location: str = strawberry.field(description="The location's code.")
    reason: str = strawberry.field(description="Why, such as short pick.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which units; all that it still has to send when missing."
    )


@strawberry.input(
    description="Source orders of a channel anew together: what they wait for, and what no"
    " warehouse was asked to send yet."
)
class SourceWaveInput(CommandInput):
    """Source orders anew together."""

    order_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 orders.")
    seconds: float = strawberry.field(
        default=5.0, description="How long a better plan is looked for: 0.1 to 20."
    )


@strawberry.type(description="The outcome of sourcing orders together.")
class SourceWavePayload(Payload):
    """The outcome of sourcing orders together."""


@strawberry.type
class SourcingQueries:
    """Questions about sourcing."""

    @query(
        list[SourcingDecision],
        "Every decision on where an order is sent from, the first one first: who was chosen, what"
        " it costs, and why others were not. Empty when it was sourced without rules.",
    )
    async def explain_sourcing(
        self,
        info: Info,
        *,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
    ) -> Any:
        """Fold the order's assignment."""
        stream = assignment_id(parse_id("Order", order_id))
        found = await info.context.now().aggregate(stream)
        return found.view().decisions if isinstance(found, Assignment) else ()

    @query(
        SourcingPreview,
        "Where an order of this basket would be sent from at this moment. Nothing is changed.",
    )
    async def preview_sourcing(
        self,
        info: Info,
        *,
        input: Annotated[PreviewSourcingInput, strawberry.argument(description="The basket.")],
    ) -> Preview:
        """Source the basket on copies."""
        facts = input.facts()
        lines = [line | {"line_id": new_id()} for line in facts["lines"]]
        try:
            basket = PreviewedBasket.model_validate(facts | {"lines": lines})
            streams = Rehearsal(info.context.now())
            sourced, _ = await preview(basket, datetime.now(UTC), streams)
        except Refusal as refusal:
            return Preview(user_errors=[user_error(refusal)])
        except ValidationError as error:
            return Preview(user_errors=user_errors(error))
        return Preview(sourced.plan.sourced, sourced.plan.unsourced, sourced.reasons)


@strawberry.type
class SourcingMutations:
    """Commands on where an order is sent from."""

    @mutation(
        OrderPayload,
        "Take from a location what it can't send of an order. Other locations are asked at once;"
        " what none of them has waits for stock.",
    )
    async def reject_assignment(self, info: Info, input: RejectAssignmentInput) -> Answer:
        """Source units anew."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, RejectAssignment, moment="rejected_at"
        )

    @mutation(
        SourceWavePayload,
        "Source orders that compete for scarce stock anew together, with a solver. Orders get no"
        " fewer units than they have; nothing happens if no better plan is found in the time."
        " `explainSourcing` tells for each order that was changed what was decided, and why.",
    )
    async def source_wave(self, info: Info, input: SourceWaveInput) -> Answer:
        """Source orders anew together."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, SourceWave, moment="asked_at"
        )
