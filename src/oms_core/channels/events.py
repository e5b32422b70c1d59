"""What happens to a channel. One stream per channel code."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from oms_core.kernel.message import Event
from oms_core.payments.policy import PaymentPolicy
from oms_core.pricing.policy import RoundingLevel, RoundingMode
from oms_core.returns.policy import ReturnPolicy
from oms_core.shipments.policy import Rerouting


class ChannelConfigured(Event):
    """Orders of this channel are treated so from now on; those placed before stay as they are.

    Without a `currency` it takes orders in any. `shipping_tax_rate` 0.19 means 19 %. Orders wait
    for their money, holds for a decision, and lines for stock, as long as told; else for ever.
    `short_picks` is what becomes of units that nobody finds, unless the pick says otherwise.
    """

    TOPIC: ClassVar[str] = "channels.ChannelConfigured.v1"
    code: str
    currency: str | None = None
    prices_include_tax: bool = False
    rounding_mode: RoundingMode = RoundingMode.HALF_UP
    rounding_level: RoundingLevel = RoundingLevel.LINE
    shipping_tax_rate: Decimal = Decimal(0)
    unpaid_expires_after: timedelta | None = None
    holds_escalate_after: timedelta | None = None
    backorders_cancel_after: timedelta | None = None
    returns: ReturnPolicy = ReturnPolicy()
    payments: PaymentPolicy = PaymentPolicy()
    short_picks: Rerouting = Rerouting.RESOURCE


ChannelEvent = ChannelConfigured
