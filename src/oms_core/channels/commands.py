"""Commands on channels."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.channels.channel import Channel, channel_id
from oms_core.channels.events import ChannelConfigured
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Currency, PositivePrice, Rate, Span
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.payments.policy import PaymentPolicy
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.returns.policy import ReturnPolicy
from oms_core.shipments.policy import Rerouting

PercentOrNone = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]


class ReturnRules(ReturnPolicy):
    """How returns are handled, checked. A fee's amount is taken for orders in its currency only."""

    fee_percent: PercentOrNone = Decimal(0)
    fee_amount: PositivePrice | None = None


class PaymentRules(PaymentPolicy):
    """How orders are paid, checked."""

    capture_ahead: Span = timedelta(days=1)


class ConfigureChannel(Command):
    """Say how orders of a channel are treated: all of it, also what stays as it was."""

    code: Code
    currency: Currency | None = None
    prices_include_tax: bool = False
    rounding_mode: RoundingMode = RoundingMode.HALF_UP
    rounding_level: RoundingLevel = RoundingLevel.LINE
    shipping_tax_rate: Rate = Decimal(0)
    unpaid_expires_after: Span | None = None
    holds_escalate_after: Span | None = None
    backorders_cancel_after: Span | None = None
    returns: ReturnRules = ReturnRules()
    payments: PaymentRules = PaymentRules()
    short_picks: Rerouting = Rerouting.RESOURCE

    def target(self) -> UUID:
        return channel_id(self.code)


@handles(ConfigureChannel)
async def configure_channel(command: ConfigureChannel, streams: Streams) -> Channel:
    """Record the configuration; the latest one holds for orders placed from then on."""
    [channel] = await streams.find(Channel, [channel_id(command.code)])
    channel.configure(ChannelConfigured(**command.model_dump()))
    return channel
