"""Gift cards: issued here, and paid with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.gateway import new_id
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.money import Money, MoneyInput
from oms_api.nodes import Node, id_of
from oms_api.payment_types import PaymentPayload
from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.gift_cards.gift_card import GiftCardView, gift_card_id
from oms_core.payments.gift_cards import PayWithGiftCard
from oms_projections import gift_cards


@strawberry.type(description="Money paid in advance. Its code is a secret and is never shown.")
class GiftCard(Node):
    """A gift card; resolved from `GiftCardView`."""

    id: strawberry.ID = resolved(id_of("GiftCard"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    last4: str = strawberry.field(description="The last four characters of its code.")
    amount: Money = strawberry.field(description="What it was issued with.")
    balance: Money = strawberry.field(description="What is left on it.")
    expires_at: datetime | None = strawberry.field(description="It pays until then.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a gift card."""
        return isinstance(value, GiftCardView)


@strawberry.input(description="Put an amount on a new gift card.")
class IssueGiftCardInput(DatedInput):
    """Put an amount on a new gift card."""

    code: str = strawberry.field(
        description="Its code, 8 characters or more that nobody can guess; it is not stored. Upper"
        " and lower case are the same."
    )
    amount: MoneyInput = strawberry.field(description="How much.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="It pays before then; for ever when missing."
    )


@strawberry.input(description="Pay for an order with a gift card.")
class PayWithGiftCardInput(VersionedInput):
    """Pay for an order with a gift card."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    code: str = strawberry.field(description="The gift card's code, in any case.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="How much; as much as is left on it and to be paid when missing.",
    )


@strawberry.type(description="What became of a command on a gift card.")
class GiftCardPayload(Payload):
    """What became of a command on a gift card."""

    gift_card: GiftCard | None = resolved(
        the_view,
        GiftCard | None,
        "The gift card right after the command; null when it was refused.",
    )


@strawberry.type
class GiftCardMutations:
    """Commands on gift cards."""

    @mutation(GiftCardPayload, "Put an amount on a new gift card.")
    async def issue_gift_card(self, info: Info, input: IssueGiftCardInput) -> Answer:
        """Issue a gift card."""
        return await info.context.gateway.carry_out(info.context.cause, input, IssueGiftCard)

    @mutation(
        PaymentPayload,
        "Pay for an order with a gift card: it is taken off the card and paid in one step. A refund"
        " of the payment goes back to the card.",
    )
    async def pay_with_gift_card(self, info: Info, input: PayWithGiftCardInput) -> Answer:
        """Pay with a gift card."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, PayWithGiftCard, moment="at", request_id=new_id()
        )


@strawberry.type
class GiftCardQueries:
    """Queries on gift cards."""

    @query(GiftCard | None, "A gift card by its code.")
    async def gift_card(
        self,
        info: Info,
        *,
        code: Annotated[str, strawberry.argument(description="Its code, in any case.")],
        min_position: MinPosition = None,
    ) -> GiftCardView | None:
        """Find one gift card."""
        await info.context.reached(min_position, "gift_cards")
        id = gift_card_id(code)
        async with info.context.pool.connection() as connection:
            return (await gift_cards.by_ids(connection, [id])).get(id)
