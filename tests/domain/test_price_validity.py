"""The price of a unit follows from channel, currency and moment; none is a clear refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.domain.kit import Story
from tests.domain.shop import LINE_1, NOW, ORDER, place, stocked, uid

from oms_core.catalogue.commands import SetPrice, WithdrawPrice
from oms_core.catalogue.events import PriceWithdrawn, ProductPriced
from oms_core.catalogue.prices import NoPriceValid, NoSuchPrice, PriceNeverValid
from oms_core.catalogue.product import NoSuchProduct, product_id
from oms_core.kernel.money import Money
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine

CAP = product_id("CAP")
JANUARY, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


def cost(amount: str, currency: str = "EUR", **given: Any) -> SetPrice:
    given = {"valid_from": JANUARY} | given
    return SetPrice(sku="CAP", price=money(amount, currency), **given)


def story(*prices: SetPrice | WithdrawPrice) -> Story:
    """Caps at a list price of 10 EUR."""
    return Story().after(*stocked({("CAP", "HAM"): 9}), *prices)


def paid(begun: Story, **terms: Any) -> Decimal:
    """What a cap costs when it is ordered now."""
    begun.after(place(("CAP", 1), **terms))
    return begun.history.fold(Order, ORDER).terms.lines[0].unit_price


@pytest.mark.parametrize(
    ("prices", "paid_for_it"),
    [
        ([], "10"),
        ([cost("8")], "8"),
        ([cost("8", valid_from=NOW)], "8"),
        ([cost("8", valid_from=APRIL)], "10"),
        ([cost("8", valid_until=NOW)], "10"),
        ([cost("8", valid_until=APRIL)], "8"),
        ([cost("8"), cost("7", valid_from=FEBRUARY)], "7"),
        ([cost("8", valid_from=FEBRUARY), cost("7")], "8"),
        ([cost("8", channel="web"), cost("7", valid_from=FEBRUARY)], "8"),
        ([cost("8", channel="counter")], "10"),
        ([cost("8"), cost("9")], "9"),
        ([cost("8", "USD")], "10"),
    ],
)
def test_the_price_that_holds(prices: list[SetPrice], paid_for_it: str) -> None:
    assert paid(story(*prices)) == Decimal(paid_for_it)


def test_a_price_in_the_orders_currency() -> None:
    begun = story(cost("9", "USD", valid_until=APRIL))
    assert paid(begun, currency="USD") == 9
    begun.when(place(("CAP", 1), number="1002", currency="USD", placed_at=APRIL)).refused(
        NoPriceValid,
        "CAP has no price in USD on channel web at 2026-04",
        field="lines.0.unit_price",
    )


def test_a_given_price_goes_before_all() -> None:
    line = WantedLine(line_id=LINE_1, sku="CAP", quantity=1, unit_price=money("3"))
    assert paid(story(cost("8")), lines=(line,)) == 3


def test_what_is_added_later_costs_what_it_costs_then() -> None:
    begun = story(cost("8"), cost("12", valid_from=APRIL)).after(place(("CAP", 1)))
    added = WantedLine(line_id=uid(2), sku="CAP", quantity=1)
    begun.after(EditOrder(order_id=ORDER, add_lines=(added,), edited_at=APRIL))
    lines = begun.history.fold(Order, ORDER).lines.values()
    assert [line.terms.unit_price for line in lines] == [8, 12]


def test_prices_are_set_replaced_and_withdrawn_once() -> None:
    begun, facts = story(), {"valid_from": JANUARY, "channel": "web"}
    begun.when(cost("8", **facts)).then({CAP: [ProductPriced(price=money("8"), **facts)]})
    begun.when(cost("8", **facts)).then({})
    ended = cost("8", **facts, valid_until=FEBRUARY)
    begun.when(ended).then({CAP: [ProductPriced(price=money("8"), **facts, valid_until=FEBRUARY)]})
    withdraw = WithdrawPrice(sku="CAP", currency="EUR", **facts)
    begun.when(withdraw).then({CAP: [PriceWithdrawn(currency="EUR", **facts)]})
    begun.when(withdraw).refused(
        NoSuchPrice, "no price in EUR that begins at 2026-01-01", field="valid_from"
    )


@pytest.mark.parametrize("until", [JANUARY, FEBRUARY])
def test_a_price_ends_after_it_began(until: datetime) -> None:
    story().when(cost("8", valid_from=FEBRUARY, valid_until=until)).refused(
        PriceNeverValid, "can't begin at 2026-02-01", field="valid_until"
    )


def test_what_is_not_there_has_no_price() -> None:
    Story().when(cost("8")).refused(NoSuchProduct, field="sku")
