"""Channels: where orders come from, and how prices, payments, waits and returns are treated."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.inputs import VersionedInput
from oms_api.money import Money, MoneyInput
from oms_api.nodes import Node, id_of
from oms_api.payment_policies import PaymentPolicy, PaymentPolicyInput
from oms_api.reroutings import Rerouting
from oms_core.channels.channel import ChannelView, channel_id
from oms_core.channels.commands import ConfigureChannel
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_projections import channels

describe(
    RoundingMode,
    "Which way an amount goes that lies exactly between two.",
    HALF_UP="Away from zero: 0.125 becomes 0.13.",
    HALF_EVEN="To the even neighbor: 0.125 becomes 0.12, 0.135 becomes 0.14.",
)
describe(
    RoundingLevel,
    "What tax is rounded on.",
    LINE="Each line by itself.",
    DOCUMENT="All that is taxed at one rate together; then split over the lines to the cent.",
)


@strawberry.type(description="How returns are handled. A return keeps what it was requested by.")
class ReturnPolicy:
    """How returns are handled; resolved from the domain's `ReturnPolicy`."""

    needs_approval: bool = strawberry.field(
        description="Whether a return has to be approved before goods are received."
    )
    fee_percent: Decimal = strawberry.field(
        description='Restocking fee: "10" is 10 % of what the goods were sold for.'
    )
    fee_amount: Money | None = strawberry.field(
        description="Restocking fee, once a return; for orders in its currency only."
    )


@strawberry.input(
    description="How returns are handled. A fee is kept from a refund, not more than it covers, and"
    " none when the shop is at fault."
)
class ReturnPolicyInput:
    """How returns are handled."""

    needs_approval: bool = strawberry.field(
        default=False,
        description="Whether a return has to be approved before goods are received.",
    )
    fee_percent: Decimal | None = strawberry.field(
        default=None, description='Restocking fee: "10" is 10 % of what the goods were sold for.'
    )
    fee_amount: MoneyInput | None = strawberry.field(
        default=None, description="Restocking fee, once a return; for orders in its currency only."
    )


@strawberry.type(description="Where orders come from, and how prices are read there.")
class Channel(Node):
    """A channel; resolved from `ChannelView`."""

    id: strawberry.ID = resolved(id_of("Channel"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How often it was configured.")
    code: str = strawberry.field(description="Its code, as orders name it.")
    currency: str | None = strawberry.field(
        description="The only currency of its orders, ISO 4217; null when any is taken."
    )
    prices_include_tax: bool = strawberry.field(
        description="Whether tax is contained in the prices; else it comes on top."
    )
    rounding_mode: RoundingMode = strawberry.field(description="How taxes and percentages round.")
    rounding_level: RoundingLevel = strawberry.field(description="What tax is rounded on.")
    shipping_tax_rate: Decimal = strawberry.field(
        description='Tax on shipping where an order names no rate: "0.19" is 19 %.'
    )
    unpaid_expires_after: timedelta | None = strawberry.field(
        description="How long an order may stay unpaid; then it is cancelled. Null: for ever."
    )
    holds_escalate_after: timedelta | None = strawberry.field(
        description="How long a hold may stay open before it escalates. Null: for ever."
    )
    backorders_cancel_after: timedelta | None = strawberry.field(
        description="How long a line may wait for stock; then it is cancelled. Null: for ever."
    )
    returns: ReturnPolicy = strawberry.field(description="How its returns are handled.")
    payments: PaymentPolicy = strawberry.field(description="How its orders are paid.")
    short_picks: Rerouting = strawberry.field(
        description="What becomes of units that a picker does not find."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a channel."""
        return isinstance(value, ChannelView)


@strawberry.input(
    description="Say how orders of a channel are treated, all of it: what is missing gets its"
    " default. Orders that were placed before stay as they are."
)
class ConfigureChannelInput(VersionedInput):
    """Say how orders of a channel are treated."""

    code: str = strawberry.field(description="The channel's code, as orders name it.")
    currency: str | None = strawberry.field(
        default=None, description="Take orders in this currency only, ISO 4217; in any if missing."
    )
    prices_include_tax: bool = strawberry.field(
        default=False, description="Whether tax is contained in the prices, or comes on top."
    )
    rounding_mode: RoundingMode = strawberry.field(
        default=RoundingMode.HALF_UP, description="How taxes and percentages are rounded."
    )
    rounding_level: RoundingLevel = strawberry.field(
        default=RoundingLevel.LINE, description="What tax is rounded on."
    )
    shipping_tax_rate: Decimal | None = strawberry.field(
        default=None,
        description='Tax on shipping where an order names no rate: "0.19" is 19 %; 0 if missing.',
    )
    unpaid_expires_after: timedelta | None = strawberry.field(
        default=None,
        description="Cancel an order for which nothing was paid or authorized for so long; a minute"
        " at least. Never if missing.",
    )
    holds_escalate_after: timedelta | None = strawberry.field(
        default=None,
        description="Escalate a hold that was not released for so long; a minute at least. Never if"
        " missing.",
    )
    backorders_cancel_after: timedelta | None = strawberry.field(
        default=None,
        description="Cancel units that waited for stock for so long; a minute at least. Never if"
        " missing.",
    )
    returns: ReturnPolicyInput | None = strawberry.field(
        default=None, description="How returns are handled: at once and without a fee if missing."
    )
    payments: PaymentPolicyInput | None = strawberry.field(
        default=None,
        description="How orders are paid: nothing is collected by itself if missing.",
    )
    short_picks: Rerouting = strawberry.field(
        default=Rerouting.RESOURCE,
        description="What becomes of units that a picker does not find, where the pick does not say"
        " so itself. It holds for orders that were placed before, too.",
    )


@strawberry.type(description="What became of a command on a channel.")
class ChannelPayload(Payload):
    """What became of a command on a channel."""

    channel: Channel | None = resolved(
        the_view, Channel | None, "The channel right after the command; null when it was refused."
    )


@strawberry.type
class ChannelMutations:
    """Commands on channels."""

    @mutation(ChannelPayload, "Say how the orders of a channel are treated from now on.")
    async def configure_channel(self, info: Info, input: ConfigureChannelInput) -> Answer:
        """Configure a channel."""
        return await info.context.gateway.carry_out(info.context.cause, input, ConfigureChannel)


@strawberry.type
class ChannelQueries:
    """Queries on channels."""

    @query(
        Channel | None,
        "A channel by its code. Null when it was never configured: then its prices are net, and"
        " tax is rounded half up per line, and its orders wait for ever.",
    )
    async def channel(
        self,
        info: Info,
        *,
        code: Annotated[str, strawberry.argument(description="Its code.")],
        min_position: MinPosition = None,
    ) -> ChannelView | None:
        """Find one channel."""
        await info.context.reached(min_position, "channels")
        id = channel_id(code)
        async with info.context.pool.connection() as connection:
            return (await channels.by_ids(connection, [id])).get(id)

    @query(list[Channel], "Every channel that was configured, by code.")
    async def channels(self, info: Info, *, min_position: MinPosition = None) -> list[ChannelView]:
        """List the channels."""
        await info.context.reached(min_position, "channels")
        async with info.context.pool.connection() as connection:
            return await channels.all_of_them(connection)
