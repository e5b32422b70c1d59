"""Claims: what arrived damaged, wrong or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_order, the_view
from oms_api.belonging import the_order_of
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.enums import describe
from oms_api.gateway import new_id
from oms_api.inputs import VersionedInput
from oms_api.money import Money, own_amount_of
from oms_api.nodes import Node, id_of
from oms_api.returns import CreditLine, Return, credit_lines, replacement, taken_back
from oms_core.claims.claim import ClaimStatus, ClaimView
from oms_core.claims.commands import OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimProblem
from oms_core.claims.events import ClaimResolution as Resolution

if TYPE_CHECKING:
    from oms_api.order_types import Order

LazyOrder = Annotated["Order", strawberry.lazy("oms_api.order_types")]

describe(
    ClaimStatus,
    "How far a claim has come. Values may be added: have a default branch.",
    OPEN="It is to be decided.",
    REPLACED="The goods were sent again.",
    REFUNDED="The customer owes less.",
    TAKEN_BACK="The goods are to come back; it goes on with their return.",
    REJECTED="The customer gets nothing for it.",
)
describe(
    ClaimProblem,
    "What is wrong with claimed units. Values may be added: have a default branch.",
    DAMAGED="They arrived damaged.",
    MISSING="They did not arrive.",
    WRONG_ITEM="Something else arrived.",
    DEFECTIVE="They do not work.",
)
describe(
    Resolution,
    "How a claim is decided.",
    REPLACE="Send the goods again, for what they were sold for: nothing is left to pay.",
    REFUND="Let the customer owe less by what they were sold for.",
    TAKE_BACK="Have the goods come back: their return is opened and approved at once, and what the"
    " customer gets is decided there, in advance or when they came. Not for missing goods.",
    REJECT="Give nothing. The units may be returned or claimed again.",
)


@strawberry.type(description="Units of an order line that are claimed.")
class ClaimLine:
    """Units that are claimed; resolved from `ClaimedQuantity`."""

    line_id: strawberry.ID = resolved(
        id_of("OrderLine", "line_id"), strawberry.ID, "The id of the order's line."
    )
    sku: str = strawberry.field(description="What it is.")
    quantity: int = strawberry.field(description="How many units.")
    problem: ClaimProblem = strawberry.field(description="What is wrong with them.")
    comment: str | None = strawberry.field(description="What the customer says about it.")


@strawberry.type(description="How a claim was decided.")
class ClaimDecision:
    """How a claim was decided; resolved from `ClaimResolved`."""

    resolution: Resolution = strawberry.field(description="What the customer gets.")
    reason: str | None = strawberry.field(description="Why.")
    lines: list[CreditLine] = resolved(
        credit_lines, list[CreditLine], "Which units, and what they were sold for."
    )
    amount: Money = resolved(own_amount_of("amount"), Money, "What the customer owes less.")
    carried_over: Money = resolved(
        own_amount_of("carried_over"), Money, "The part of it that paid for the replacement."
    )
    replacement: LazyOrder | None = resolved(
        replacement, LazyOrder | None, "The order that sends the goods again, as it is now."
    )
    goods_return: Return | None = resolved(
        taken_back, Return | None, "The return by which the goods come back, as it is now."
    )


@strawberry.type(description="A customer says that goods arrived damaged, wrong or not at all.")
class Claim(Node):
    """A claim; resolved from `ClaimView`."""

    id: strawberry.ID = resolved(id_of("Claim"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    order: LazyOrder | None = resolved(
        the_order_of, LazyOrder | None, "The order that it belongs to, as it is now."
    )
    status: ClaimStatus = strawberry.field(description="How far it has come.")
    description: str | None = strawberry.field(description="What the customer says.")
    lines: list[ClaimLine] = strawberry.field(description="Which units it is about.")
    decision: ClaimDecision | None = resolved(
        lambda root: root.resolved, ClaimDecision | None, "How it was decided."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a claim."""
        return isinstance(value, ClaimView)


@strawberry.input(description="Units that are claimed.")
class ClaimedLineInput:
    """Units that are claimed."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    problem: ClaimProblem = strawberry.field(description="What is wrong with them.")
    comment: str | None = strawberry.field(
        default=None, description="What the customer says about it."
    )


@strawberry.input(description="Note that goods arrived damaged, wrong or not at all.")
class OpenClaimInput(VersionedInput):
    """Note that goods arrived damaged, wrong or not at all."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    lines: list[ClaimedLineInput] = strawberry.field(
        description="Which units; they were delivered and are in no return or claim yet."
    )
    description: str | None = strawberry.field(default=None, description="What the customer says.")


@strawberry.input(description="Decide a claim.")
class ResolveClaimInput(VersionedInput):
    """Decide a claim."""

    claim_id: strawberry.ID = strawberry.field(description="The claim's id.")
    resolution: Resolution = strawberry.field(description="What the customer gets.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    number: str | None = strawberry.field(
        default=None,
        description="Number of the order that sends the goods again; one is given when missing.",
    )
    allow_backorder: bool = strawberry.field(
        default=False, description="Whether the replacement may wait for stock."
    )


@strawberry.type(description="What became of a command on a claim.")
class ClaimPayload(Payload):
    """What became of a command on a claim."""

    claim: Claim | None = resolved(
        the_view, Claim | None, "The claim right after the command; null when it was refused."
    )
    order: LazyOrder | None = resolved(the_order, LazyOrder | None, "Its order, as it is now.")


@strawberry.type
class ClaimMutations:
    """Commands on claims."""

    @mutation(ClaimPayload, "Note that goods arrived damaged, wrong or not at all.")
    async def open_claim(self, info: Info, input: OpenClaimInput) -> Answer:
        """Open a claim."""
        context = info.context
        return await context.gateway.carry_out(context.cause, input, OpenClaim, claim_id=new_id())

    @mutation(
        ClaimPayload,
        "Decide a claim: refund what the units were sold for, send them again for it, have them"
        " come back first, or reject it. Credit, replacement, its stock and the return are written"
        " at once, or none of it.",
    )
    async def resolve_claim(self, info: Info, input: ResolveClaimInput) -> Answer:
        """Decide a claim."""
        context = info.context
        return await context.gateway.carry_out_numbered(
            context.cause,
            input,
            ResolveClaim,
            moment="placed_at",
            credit_id=new_id(),
            return_id=new_id(),
        )
