"""Prices: every sum is that of its parts, whatever is taken off and however tax is rounded.

Some tests are named after what went wrong elsewhere, by project and issue.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.shop import uid

from oms_core.kernel.money import exponent
from oms_core.orders.line import OrderLine
from oms_core.orders.pricing import Item, Quote, quote
from oms_core.orders.status import PaymentStatus, payment_status
from oms_core.pricing.discounts import Discount, DiscountTooLarge
from oms_core.pricing.policy import PricingPolicy, RoundingLevel, RoundingMode
from oms_core.pricing.taxes import Taxable, tax, taxes

ZERO = Decimal(0)
NET = PricingPolicy()
NET_PER_DOCUMENT = PricingPolicy(rounding_level=RoundingLevel.DOCUMENT)
GROSS = PricingPolicy(prices_include_tax=True)
GROSS_PER_DOCUMENT = PricingPolicy(prices_include_tax=True, rounding_level=RoundingLevel.DOCUMENT)

CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD"])
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.021", "0.07", "0.0825", "0.19", "1")])
POLICIES = st.builds(
    PricingPolicy, st.booleans(), st.sampled_from(RoundingMode), st.sampled_from(RoundingLevel)
)
Basket = tuple[list[Item], list[Discount], Taxable, str]


def unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-exponent(currency))


def item(price: str, rate: str, quantity: int = 1, off: Discount | None = None) -> Item:
    return Item(uid(1), "CAP", "Cap", quantity, Decimal(price), Decimal(rate), off)


def percent(value: str) -> Discount:
    return Discount(percent=Decimal(value))


@st.composite
def discounts(draw: st.DrawFn, currency: str) -> Discount:
    if draw(st.booleans()):
        return Discount(percent=draw(st.decimals("0.0001", 100, places=4)))
    return Discount(draw(st.integers(0, 500)) * unit(currency), capped=True)


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    currency = draw(CURRENCIES)
    sizes = st.one_of(st.integers(0, 300), st.integers(0, 10**7))
    amounts = sizes.map(lambda units: units * unit(currency))
    off = discounts(currency)
    items = st.builds(
        *(Item, st.uuids(), st.just("CAP"), st.just("Cap"), st.integers(1, 9)),
        *(amounts, RATES, st.none() | off),
    )
    return (
        draw(st.lists(items, min_size=1, max_size=6)),
        draw(st.lists(off, max_size=3)),
        Taxable(draw(amounts), draw(RATES)),
        currency,
    )


def priced(basket: Basket, policy: PricingPolicy) -> Quote:
    items, off, shipping, currency = basket
    return quote(items, off, policy, currency, shipping=shipping)


@given(baskets(), POLICIES)
def test_parts_always_sum_to_the_whole(basket: Basket, policy: PricingPolicy) -> None:
    items, _, shipping, currency = basket
    found = priced(basket, policy)
    on_top = 0 if policy.prices_include_tax else 1
    assert found.subtotal == sum(item.quantity * item.unit_price for item in items)
    assert found.discount == sum(line.discount for line in found.lines)
    assert found.discount == sum(discount.amount for discount in found.discounts)
    assert found.tax == sum(line.tax for line in found.lines)
    others = shipping.amount + on_top * found.shipping_tax
    assert found.total == sum(line.total for line in found.lines) + others
    assert found.total == found.subtotal - found.discount + others + on_top * found.tax
    for line in found.lines:
        price = line.quantity * line.unit_price
        assert line.total == price - line.discount + on_top * line.tax
        assert 0 <= line.percent_discount <= line.discount <= price
        for amount in (line.discount, line.tax, line.total):
            assert amount == amount.quantize(unit(currency))


@given(st.lists(st.tuples(st.integers(0, 10**6), RATES), min_size=1), POLICIES, CURRENCIES)
def test_tax_is_that_of_each_rate_and_no_charge_is_off_by_more_than_rounding(
    given: list[tuple[int, Decimal]], policy: PricingPolicy, currency: str
) -> None:
    """EN 16931: the tax of a rate is rounded once on its sum (BR-CO-17); the whole is the sum of
    these (BR-CO-14)."""
    charges = [Taxable(units * unit(currency), rate) for units, rate in given]
    found = taxes(charges, policy, currency)
    for rate in {charge.rate for charge in charges}:
        mine = [(c, part) for c, part in zip(charges, found, strict=True) if c.rate == rate]
        whole = Taxable(sum((charge.amount for charge, _ in mine), ZERO), rate)
        if policy.rounding_level is RoundingLevel.DOCUMENT:
            assert sum(part for _, part in mine) == tax(whole, policy, currency)
        for charge, part in mine:
            exact = Fraction(charge.amount) * Fraction(rate)
            exact /= 1 + Fraction(rate) if policy.prices_include_tax else 1
            most = Fraction(1, 2) if policy.rounding_level is RoundingLevel.LINE else Fraction(3, 2)
            assert abs(Fraction(part) - exact) <= Fraction(unit(currency)) * most


@given(st.integers(0, 10**7), RATES, CURRENCIES, st.sampled_from(RoundingMode))
def test_a_gross_price_made_from_a_net_one_contains_the_very_same_tax(
    units: int, rate: Decimal, currency: str, mode: RoundingMode
) -> None:
    net, gross = PricingPolicy(False, mode), PricingPolicy(True, mode)
    price = units * unit(currency)
    on_top = tax(Taxable(price, rate), net, currency)
    assert tax(Taxable(price + on_top, rate), gross, currency) == on_top


@given(st.integers(0, 10**7), RATES, CURRENCIES, st.sampled_from(RoundingMode))
def test_a_net_price_derived_from_a_gross_one_is_taxed_the_same_within_one_smallest_unit(
    units: int, rate: Decimal, currency: str, mode: RoundingMode
) -> None:
    """There are gross prices that no net price leads to: 0.03 at 100 % is one."""
    net, gross = PricingPolicy(False, mode), PricingPolicy(True, mode)
    price = units * unit(currency)
    contained = tax(Taxable(price, rate), gross, currency)
    on_top = tax(Taxable(price - contained, rate), net, currency)
    assert abs(on_top - contained) <= unit(currency)


@given(st.lists(st.decimals("0.0001", 100, places=4), max_size=6), baskets())
def test_percentages_never_take_more_than_there_is(percents: list[Decimal], basket: Basket) -> None:
    items, _, _, currency = basket
    found = quote(items, [Discount(percent=p) for p in percents], NET, currency)
    assert 0 <= found.discount <= found.subtotal
    assert all(line.total >= 0 for line in found.lines)


@given(baskets(), POLICIES, st.data())
def test_cancelling_units_one_by_one_gives_back_what_all_at_once_does(
    basket: Basket, policy: PricingPolicy, data: st.DataObject
) -> None:
    currency = basket[-1]
    terms = data.draw(st.sampled_from(priced(basket, policy).lines))
    steps, at_once = (
        OrderLine(terms, currency, prices_include_tax=policy.prices_include_tax) for _ in range(2)
    )
    count = data.draw(st.integers(1, terms.quantity))
    for _ in range(count):
        steps.disown(steps.amounts_cancelled(1))
        steps.cancelled += 1
    at_once.disown(at_once.amounts_cancelled(count))
    assert (steps.subtotal, steps.discount, steps.tax) == (
        at_once.subtotal,
        at_once.discount,
        at_once.tax,
    )
    assert count < terms.quantity or steps.total == 0


# ------------------------------------------------------------------------ figures from elsewhere


def test_two_lines_at_10_percent_rounded_by_line_and_by_document() -> None:
    """Dolibarr wiki, "VAT setup, calculation and rounding rules": 1.24 twice gives 0.24 or 0.25."""
    items = [item("1.24", "0.10"), item("1.24", "0.10")]
    assert quote(items, [], NET, "EUR").tax == Decimal("0.24")
    by_document = quote(items, [], NET_PER_DOCUMENT, "EUR")
    assert by_document.tax == Decimal("0.25")
    assert [line.tax for line in by_document.lines] == [Decimal("0.13"), Decimal("0.12")]


def test_two_lines_at_21_percent_rounded_by_line_and_by_document() -> None:
    """Zerofriction, "VAT calculation and rounding differences": 81.49 by line, 81.48 in all."""
    items = [item("231.50", "0.21"), item("156.50", "0.21")]
    assert [line.tax for line in quote(items, [], NET, "EUR").lines] == [
        Decimal("48.62"),
        Decimal("32.87"),
    ]
    assert quote(items, [], NET_PER_DOCUMENT, "EUR").tax == Decimal("81.48")


def test_the_peppol_example_with_allowances_comes_to_the_same_sums() -> None:
    """OpenPEPPOL, peppol-bis-invoice-3, Allowance-example.xml, with its allowance of 200 on the
    first line and its charge as shipping: taxable 4900, tax 1225, exempt 1000, in all 7125."""
    items = [
        item("400", "0.25", 10, Discount(Decimal(200))),
        item("100", "0", 10),
        item("90", "0.25", 10),
    ]
    shipping = Taxable(Decimal(200), Decimal("0.25"))
    found = quote(items, [], NET_PER_DOCUMENT, "EUR", shipping=shipping)
    assert (found.tax + found.shipping_tax, found.total) == (1225, 7125)


def test_spree_6137_tax_on_goods_and_shipping_is_rounded_once() -> None:
    """8.50 and 1.65 with 7 % contained: 0.66, where the rounded parts would give 0.67."""
    shipping = Taxable(Decimal("1.65"), Decimal("0.07"))
    goods = [item("8.50", "0.07")]
    found = quote(goods, [], GROSS_PER_DOCUMENT, "EUR", shipping=shipping)
    assert found.tax + found.shipping_tax == Decimal("0.66")
    by_line = quote(goods, [], GROSS, "EUR", shipping=shipping)
    assert by_line.tax + by_line.shipping_tax == Decimal("0.67")
    assert found.total == by_line.total == Decimal("10.15")


def test_vendure_2662_gross_prices_stay_what_the_customer_saw() -> None:
    """Ten at 38.23 with 20 % contained come to 382.30, whatever their net price rounds to; less
    6.2 % they come to 358.60."""
    found = quote([item("38.23", "0.20", 10)], [], GROSS, "GBP")
    assert (found.total, found.tax) == (Decimal("382.30"), Decimal("63.72"))
    reduced = quote([item("38.23", "0.20", 10)], [percent("6.2")], GROSS, "GBP")
    assert (reduced.discount, reduced.total) == (Decimal("23.70"), Decimal("358.60"))


def test_saleor_12348_tax_of_a_rate_is_rounded_once_where_the_channel_says_so() -> None:
    """Four lines of 2.50 with 8.625 %: 0.86 as providers compute it, where the lines give 0.88."""
    lines = [item("2.50", "0.08625") for _ in range(4)]
    assert quote(lines, [], NET_PER_DOCUMENT, "USD").tax == Decimal("0.86")
    assert quote(lines, [], NET, "USD").tax == Decimal("0.88")


def test_vendure_3003_a_percentage_is_of_the_line_and_not_of_each_unit() -> None:
    """10 % off 65 at 18.99 leave 1110.91; there, each unit's price was rounded: 1110.85."""
    found = quote([item("18.99", "0", 65)], [percent("10")], NET, "USD")
    assert (found.discount, found.total) == (Decimal("123.44"), Decimal("1110.91"))


def test_spree_9231_tax_is_on_what_a_discount_of_the_order_leaves() -> None:
    """100 with 20 % contained and 100 untaxed, 50 off: 12.50 of tax, not 16.67."""
    found = quote([item("100", "0.20"), item("100", "0")], [Discount(Decimal(50))], GROSS, "USD")
    assert (found.tax, found.total) == (Decimal("12.50"), 150)


def test_medusa_12226_all_of_it_off_leaves_exactly_nothing() -> None:
    found = quote([item("399", "0.19")], [percent("100")], GROSS, "EUR")
    assert (found.discount, found.tax, found.total) == (399, 0, 0)


def test_medusa_14818_no_amount_has_a_part_of_a_cent() -> None:
    """31.50 with 8.3061 % tax would be 34.1164215: it is 34.12, here and at the provider."""
    found = quote([item("31.50", "0.083061")], [], NET, "USD")
    assert (found.tax, found.total) == (Decimal("2.62"), Decimal("34.12"))


def test_medusa_13972_nothing_stays_outstanding_for_want_of_half_a_cent() -> None:
    """8.50 with 21 % would be 10.285; it is 10.29, and whoever pays that has paid."""
    total = quote([item("8.50", "0.21")], [], NET, "EUR").total
    assert total == Decimal("10.29")
    status = payment_status(
        total=total, authorized=total, captured=total, refunded=ZERO, cancelled=False
    )
    assert status is PaymentStatus.PAID


def test_vendure_4811_a_cancelled_line_takes_its_share_of_the_discount_with_it() -> None:
    """10 off two lines of 50: when one is cancelled the other keeps its 5 off, not all 10."""
    found = quote([item("50", "0"), item("50", "0")], [Discount(Decimal(10))], NET, "EUR")
    first, second = (OrderLine(line, "EUR") for line in found.lines)
    first.disown(first.amounts_cancelled(1))
    assert (first.total, second.total) == (0, 45)


# ----------------------------------------------------------------------------------- the details


def test_discounts_are_taken_off_one_after_the_other() -> None:
    items = [item("10", "0", 2, percent("50")), item("20", "0")]
    found = quote(items, [Discount(Decimal(6)), percent("10")], NET, "EUR")
    assert [d.amount for d in found.discounts] == [10, 6, Decimal("2.40")]
    assert found.discounts[0].line_id == uid(1)
    assert [line.discount for line in found.lines] == [Decimal("12.80"), Decimal("5.60")]
    assert [line.percent_discount for line in found.lines] == [Decimal("10.80"), Decimal("1.60")]


def test_an_amount_beyond_what_is_left_is_refused_unless_it_is_capped() -> None:
    half, eleven = percent("50"), Decimal(11)
    with pytest.raises(DiscountTooLarge, match=r"11 is more than the goods cost \(10\.00\)"):
        quote([item("20", "0")], [half, Discount(eleven)], NET, "EUR")
    capped = quote([item("20", "0")], [half, Discount(eleven, capped=True)], NET, "EUR")
    assert capped.total == 0


@pytest.mark.parametrize(
    ("mode", "amount", "expected"),
    [
        (RoundingMode.HALF_UP, "0.50", "0.13"),
        (RoundingMode.HALF_EVEN, "0.50", "0.12"),
        (RoundingMode.HALF_EVEN, "1.50", "0.38"),
    ],
)
def test_halves_go_as_the_channel_has_it(mode: RoundingMode, amount: str, expected: str) -> None:
    policy = PricingPolicy(rounding_mode=mode)
    assert quote([item(amount, "0.25")], [], policy, "EUR").tax == Decimal(expected)
    assert policy.rounded(Decimal(expected), "EUR") == Decimal(expected)


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", "105", "116"), ("KWD", "1.005", "1.106")]
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, price: str, total: str) -> None:
    assert quote([item(price, "0.10")], [], NET, currency).total == Decimal(total)
