"""A channel: where orders come from, and how prices, payments, waits and returns are treated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from oms_core.channels.events import ChannelConfigured, ChannelEvent
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import CurrencyMismatch, NotFound
from oms_core.payments.policy import PaymentPolicy
from oms_core.pricing.policy import PricingPolicy, RoundingLevel, RoundingMode
from oms_core.returns.policy import ReturnPolicy
from oms_core.shipments.policy import Rerouting


class NoSuchChannel(NotFound):
    """Channel {code} was never configured: its prices are net, and tax is rounded half-up per
    line.
    """


def channel_id(code: str) -> UUID:
    """Give the stream of a channel code."""
    return natural_id("channel", code)


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as an answer shows it."""

    id: UUID
    version: int
    code: str
    currency: str | None
    prices_include_tax: bool
    rounding_mode: RoundingMode
    rounding_level: RoundingLevel
    shipping_tax_rate: Decimal
    unpaid_expires_after: timedelta | None
    holds_escalate_after: timedelta | None
    backorders_cancel_after: timedelta | None
    returns: ReturnPolicy
    payments: PaymentPolicy
    short_picks: Rerouting


class Channel(Aggregate[ChannelEvent]):
    """One channel. One that was never configured takes any currency, at net prices."""

    MISSING = NoSuchChannel
    facts: ChannelConfigured

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.policy = PricingPolicy()
        self.return_policy = ReturnPolicy()
        self.payment_policy = PaymentPolicy()
        self.currency: str | None = None

    def configure(self, facts: ChannelConfigured) -> None:
        """Set how orders of the channel are priced; nothing happens when that is so already."""
        if not self.exists or facts != self.facts:
            self.record(facts)

    def refuse_other_currency(self, currency: str) -> None:
        """Refuse an order in another currency than the channel's, when it has one."""
        if self.currency not in (None, currency):
            raise CurrencyMismatch(given=currency, expected=self.currency, field=("currency",))

    def payment_due_at(self, placed_at: datetime) -> datetime | None:
        """Tell until when an order may stay unpaid; None: for ever."""
        return _after(placed_at, self.facts.unpaid_expires_after) if self.exists else None

    def holds_escalate_at(self, placed_at: datetime | None) -> datetime | None:
        """Tell from when on a hold waits too long; None: never."""
        return _after(placed_at, self.facts.holds_escalate_after) if self.exists else None

    def backorders_wait_until(self, moment: datetime | None) -> datetime | None:
        """Tell until when a line may wait for stock; None: for ever."""
        return _after(moment, self.facts.backorders_cancel_after) if self.exists else None

    @property
    def short_picks(self) -> Rerouting:
        """Tell what becomes of units that nobody finds: another source, unless it is configured."""
        return self.facts.short_picks if self.exists else Rerouting.RESOURCE

    def evolve(self, event: ChannelEvent) -> None:
        self.facts = event
        self.currency = event.currency
        self.return_policy = event.returns
        self.payment_policy = event.payments
        self.policy = PricingPolicy(
            event.prices_include_tax,
            event.rounding_mode,
            event.rounding_level,
            event.shipping_tax_rate,
        )

    def view(self) -> ChannelView:
        """Show the channel as it is now."""
        return ChannelView(id=self.id, version=self.version, **dict(self.facts))


def _after(moment: datetime | None, span: timedelta | None) -> datetime | None:
    return None if moment is None or span is None else moment + span
