"""Which price holds: by channel, currency and moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from oms_core.catalogue.events import PriceWithdrawn, ProductPriced
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Invalid, NotAllowedInState, Refusal

PriceKey = tuple[str | None, str, datetime]
"""Channel, currency and beginning: what tells the prices of a product apart."""


class NoPriceValid(Refusal):
    """{sku} has no price in {currency} on channel {channel} at {moment}. Set one, or give the unit
    price with the line.
    """

    CODE = "CURRENCY_MISMATCH"


class PriceNeverValid(Invalid):
    """A price that holds until {until} can't begin at {begins}. Let it end later."""


class NoSuchPrice(NotAllowedInState):
    """{sku} has no price in {currency} that begins at {begins} on {where}. Read the product again:
    its prices are told apart by channel, currency and beginning.
    """


class Market(NamedTuple):
    """Where and when something is sold."""

    channel: str
    currency: str
    moment: datetime


def key_of(price: ProductPriced | PriceWithdrawn) -> PriceKey:
    """Tell which price an event is about."""
    currency = price.price.currency if isinstance(price, ProductPriced) else price.currency
    return price.channel, currency, price.valid_from


def valid_price(prices: Iterable[ProductPriced], market: Market) -> Money | None:
    """Find the price that holds: one of the channel before one of all, then the one begun last."""
    valid = [price for price in prices if _holds(price, market)]
    if not valid:
        return None
    return max(valid, key=lambda price: (price.channel is not None, price.valid_from)).price


def _holds(price: ProductPriced, market: Market) -> bool:
    return (
        price.channel in (None, market.channel)
        and price.price.currency == market.currency
        and price.valid_from <= market.moment
        and (price.valid_until is None or market.moment < price.valid_until)
    )
