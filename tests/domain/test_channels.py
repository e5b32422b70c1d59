"""Channels: how their orders are priced, from when on, and in which currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import LINE_1, LINE_2, ORDER, cancel, eur, place, stocked

from oms_core.channels.channel import channel_id
from oms_core.channels.commands import ConfigureChannel
from oms_core.channels.events import ChannelConfigured
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import OrderPlaced
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedDiscount, WantedLine
from oms_core.orders.view import OrderView
from oms_core.pricing.discounts import DiscountTooLarge
from oms_core.pricing.policy import RoundingLevel, RoundingMode

GROSS = ConfigureChannel(
    code="web",
    currency="EUR",
    prices_include_tax=True,
    rounding_mode=RoundingMode.HALF_EVEN,
    rounding_level=RoundingLevel.DOCUMENT,
    shipping_tax_rate=Decimal("0.07"),
)


def story(*channels: ConfigureChannel) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5}), *channels)


def placed(story: Story, **terms: Any) -> OrderPlaced:
    story.after(place(("CAP", 2), **terms))
    return story.history.fold(Order, ORDER).terms


def view(story: Story) -> OrderView:
    return story.history.fold(Order, ORDER).view()


def test_a_channel_is_configured_and_the_same_again_changes_nothing() -> None:
    begun = Story().when(GROSS)
    begun.then({channel_id("web"): [ChannelConfigured(**GROSS.model_dump())]})
    begun.when(GROSS).then({})
    net = GROSS.model_copy(update={"prices_include_tax": False})
    begun.when(net).then({channel_id("web"): [ChannelConfigured(**net.model_dump())]})


def test_its_prices_include_tax_and_the_terms_say_how_it_was_rounded() -> None:
    begun = story(GROSS)
    terms = placed(begun, shipping_price=eur("4.90"), duties=eur("1.20"))
    assert terms.prices_include_tax
    assert (terms.rounding_mode, terms.rounding_level) == ("HALF_EVEN", "DOCUMENT")
    assert (terms.tax, terms.shipping_tax, terms.shipping_tax_rate) == (
        Decimal("3.19"),
        Decimal("0.32"),
        Decimal("0.07"),
    )
    assert (terms.subtotal, terms.total) == (20, Decimal("26.10"))
    assert (view(begun).tax, view(begun).total) == (Decimal("3.51"), Decimal("26.10"))
    assert view(begun).lines[0].total == 20


def test_an_unknown_channel_is_net_per_line_in_any_currency() -> None:
    lines = (
        WantedLine(line_id=LINE_1, sku="CAP", quantity=1, unit_price=Money(Decimal(5), "USD")),
    )
    begun = story(GROSS)
    begun.after(place(lines=lines, channel="fair", currency="USD"))
    terms = begun.history.fold(Order, ORDER).terms
    assert (terms.prices_include_tax, terms.rounding_level) == (False, RoundingLevel.LINE)
    assert terms.total == Decimal("5.95")


def test_a_channel_takes_orders_in_its_currency_only() -> None:
    story(GROSS).when(place(("CAP", 1), currency="USD")).refused(
        CurrencyMismatch, "USD was given where EUR is needed", field="currency"
    )


def test_an_order_keeps_the_prices_of_the_day_it_was_placed() -> None:
    begun = story()
    assert placed(begun).total == Decimal("23.80")
    begun.after(GROSS, cancel({LINE_1: 1}))
    assert (view(begun).prices_include_tax, view(begun).total) == (False, Decimal("11.90"))


def test_shipping_is_taxed_at_the_orders_rate_when_it_names_one() -> None:
    terms = placed(story(GROSS), shipping_price=eur("4.90"), shipping_tax_rate=Decimal("0.19"))
    assert (terms.shipping_tax_rate, terms.shipping_tax) == (Decimal("0.19"), Decimal("0.78"))


def test_a_lines_own_tax_rate_and_discount_go_first() -> None:
    lines = (
        WantedLine(line_id=LINE_1, sku="CAP", quantity=1, tax_rate=Decimal(0)),
        WantedLine(
            line_id=LINE_2,
            sku="CAP",
            quantity=1,
            discount=WantedDiscount(percent=Decimal("12.5"), reason="scratch"),
        ),
    )
    begun = story().after(place(lines=lines))
    first, second = view(begun).lines
    assert (first.tax_rate, first.tax) == (0, 0)
    assert (second.discount, second.tax) == (Decimal("1.25"), Decimal("1.66"))
    [discount] = view(begun).discounts
    assert (discount.line_id, discount.reason, discount.amount) == (
        LINE_2,
        "scratch",
        Decimal("1.25"),
    )


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"discounts": (WantedDiscount(amount=eur("21")),)}, "discounts.0"),
        ({"discount": eur("20"), "discounts": (WantedDiscount(amount=eur("1")),)}, "discounts.0"),
    ],
)
def test_a_discount_larger_than_what_is_left_is_refused_at_its_place(
    terms: dict[str, Any], field: str
) -> None:
    story().when(place(("CAP", 2), **terms)).refused(DiscountTooLarge, "more than", field=field)


def test_a_lines_discount_is_not_more_than_the_line() -> None:
    off = WantedDiscount(amount=eur("10.01"))
    lines = (WantedLine(line_id=LINE_1, sku="CAP", quantity=1, discount=off),)
    story().when(place(lines=lines)).refused(
        DiscountTooLarge, "10.01 is more than", field="lines.0.discount"
    )


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"duties": Money(Decimal(1), "USD")}, "duties"),
        (
            {"discounts": (WantedDiscount(amount=Money(Decimal(1), "USD")),)},
            "discounts.0.amount",
        ),
    ],
)
def test_another_currency_is_refused_at_its_field(terms: dict[str, Any], field: str) -> None:
    story().when(place(("CAP", 1), **terms)).refused(CurrencyMismatch, "is needed", field=field)


def test_everything_is_given_back_with_the_last_unit() -> None:
    begun = story(GROSS)
    placed(begun, shipping_price=eur("4.90"), duties=eur("1.20"))
    begun.after(cancel({LINE_1: 1}))
    assert (view(begun).total, view(begun).duties) == (Decimal("16.10"), Decimal("1.20"))
    begun.after(cancel({LINE_1: 1}))
    assert (view(begun).total, view(begun).tax, view(begun).duties) == (0, 0, 0)


def test_a_discount_is_either_an_amount_or_a_percentage() -> None:
    with pytest.raises(ValidationError, match="either an amount or a percent"):
        WantedDiscount(reason="because")
