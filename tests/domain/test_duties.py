"""Duties: a table of rates says what is due on goods that cross a border of customs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import ADDRESS, LINE_1, LINE_2, ORDER, eur, place

from oms_core.catalogue.commands import RegisterProduct
from oms_core.channels.commands import ConfigureChannel
from oms_core.duties.commands import PublishDutyRates, WithdrawDutyRates
from oms_core.duties.events import DutyRatesPublished, DutyRatesWithdrawn
from oms_core.duties.rating import NoDutyRate
from oms_core.duties.schedule import DUTIES, CountryInAnotherTerritory, NoDutyRates
from oms_core.kernel.message import Command
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.agreed import AssessedDuty
from oms_core.orders.events import OrderPlaced
from oms_core.orders.order import Order
from oms_core.stock.commands import ReceiveStock

SWISS = {"shipping_address": ADDRESS.model_copy(update={"country": "CH"})}
EU = {"territory": "EU", "countries": ("DE", "FR", "PL")}


def publish(*rates: tuple[str, str, tuple[str, ...]], **given: Any) -> PublishDutyRates:
    """Publish rates: code, origins, rate; for Switzerland, unless other countries are given."""
    listed = [{"commodity_code": code, "rate": rate, "origins": made} for code, rate, made in rates]
    return PublishDutyRates.model_validate(
        {"territory": "CH", "countries": ("CH", "LI"), "rates": listed, **given}
    )


TEN = publish(("", "0.10", ()))


def story(*commands: Command) -> Story:
    """Caps of cotton from Portugal at 10 EUR, in Hamburg and in Basel; mugs without facts."""
    facts = {"weight_grams": 100, "commodity_code": "6505 00 30", "origin_country": "PT"}
    return Story().after(
        RegisterProduct(sku="CAP", name="Cap", price=eur("10"), tax_rate=Decimal("0.19"), **facts),
        RegisterProduct(sku="MUG", name="Mug", price=eur("4")),
        RegisterLocation(code="HAM", name="Hamburg", country="DE"),
        RegisterLocation(code="BSL", name="Basel", country="CH"),
        ReceiveStock(sku="CAP", location="HAM", quantity=9),
        ReceiveStock(sku="MUG", location="HAM", quantity=9),
        *commands,
    )


def terms(begun: Story, *lines: tuple[str, int], **given: Any) -> OrderPlaced:
    begun.after(place(*(lines or [("CAP", 2)]), **{**SWISS, **given}))
    return begun.history.fold(Order, ORDER).terms


@pytest.mark.parametrize(
    ("rates", "due"),
    [
        ([("", "0.10", ())], "2.00"),
        ([("", "0.10", ()), ("65", "0.03", ())], "0.60"),
        ([("65", "0.03", ()), ("6505.00", "0.04", ()), ("6506", "0.9", ())], "0.80"),
        ([("65", "0.03", ("CN",)), ("65", "0.05", ("ES", "PT"))], "1.00"),
        ([("65", "0.03", ()), ("65", "0", ("PT",))], "0"),
        ([("6505", "0.5", ()), ("65", "0", ("PT",))], "10.00"),
        ([("6505003", "1.7", ())], "34.00"),
    ],
)
def test_the_longest_code_holds_then_the_one_of_the_origin(rates: list[Any], due: str) -> None:
    assert terms(story(publish(*rates))).duties == Decimal(due)


def test_the_order_says_how_its_duties_came_about() -> None:
    placed = terms(story(TEN), ("CAP", 2), shipping_price=eur("5"))
    assert placed.assessed_duties == (
        AssessedDuty(
            line_id=LINE_1,
            quantity=2,
            value=Decimal("25.00"),
            rate=Decimal("0.10"),
            amount=Decimal("2.50"),
            commodity_code="6505 00 30",
            origin_country="PT",
        ),
    )
    assert placed.total == Decimal("20") + Decimal("3.80") + Decimal("5") + Decimal("2.50")


def test_the_customs_value_is_without_shipping_where_that_is_the_law() -> None:
    american = publish(("", "0.10", ()), includes_shipping=False)
    assert terms(story(american), ("CAP", 2), shipping_price=eur("5")).duties == Decimal("2.00")


def test_the_customs_value_is_without_tax_that_prices_include() -> None:
    gross = ConfigureChannel(code="web", prices_include_tax=True, shipping_tax_rate=Decimal("0.19"))
    placed = terms(story(TEN, gross), ("CAP", 2), shipping_price=eur("1.19"), discount=eur("8.10"))
    assert placed.assessed_duties[0].value == Decimal("11.00")
    assert placed.duties == Decimal("1.10")


@pytest.mark.parametrize(("units", "due"), [(2, "0"), (3, "3.00")])
def test_small_consignments_are_free(units: int, due: str) -> None:
    begun = story(publish(("", "0.10", ()), free_up_to=(eur("20"),)))
    placed = terms(begun, ("CAP", units))
    assert placed.duties == Decimal(due)
    assert placed.assessed_duties[0].rate == (Decimal("0.10") if Decimal(due) else 0)


def test_nothing_is_due_on_what_stays_inside() -> None:
    assert terms(story(TEN), shipping_address=ADDRESS).duties == 0
    within = publish(("", "0.10", ()), **EU)
    french = ADDRESS.model_copy(update={"country": "FR"})
    assert terms(story(within), shipping_address=french).duties == 0


def test_only_what_comes_from_outside_is_dutiable() -> None:
    begun = story(TEN, ReceiveStock(sku="CAP", location="BSL", quantity=3))
    placed = terms(begun, ("CAP", 11), allow_backorder=True)
    assert [duty.quantity for duty in placed.assessed_duties] == [9]
    assert placed.duties == Decimal("9.00")


def test_what_waits_for_stock_counts_where_it_is_kept_outside() -> None:
    assert terms(story(TEN), ("CAP", 10), allow_backorder=True).duties == Decimal("10.00")


def test_duties_that_are_given_are_taken() -> None:
    placed = terms(story(TEN), ("MUG", 1), duties=eur("0"))
    assert (placed.duties, placed.assessed_duties) == (0, ())
    assert terms(story(TEN), ("CAP", 1), number="1001", duties=eur("7")).duties == 7


def test_no_duties_are_computed_without_rates() -> None:
    withdrawn = WithdrawDutyRates(territory="CH", reason="by hand")
    for begun in (story(), story(TEN, withdrawn)):
        assert terms(begun).duties == 0


def test_goods_without_a_rate_are_refused() -> None:
    begun = story(publish(("65", "0.03", ())))
    begun.when(place(("CAP", 1), ("MUG", 1), **SWISS)).refused(
        NoDutyRate,
        "MUG (commodity code unknown, made in an unknown country) into CH",
        field="lines.1.sku",
    )


def test_rates_are_published_whole_and_withdrawn() -> None:
    begun = story()
    facts = TEN.model_dump()
    begun.when(TEN).then({DUTIES: [DutyRatesPublished(**facts)]})
    begun.when(TEN).then({})
    begun.when(publish(territory="Alps", countries=("AT", "LI"))).refused(
        CountryInAnotherTerritory, "LI belongs to the customs territory CH", field="countries.1"
    )
    gone = WithdrawDutyRates(territory="CH", reason="by hand")
    begun.when(gone).then({DUTIES: [DutyRatesWithdrawn(territory="CH", reason="by hand")]})
    begun.when(gone).refused(NoDutyRates, "territory CH", field="territory")


@pytest.mark.parametrize(
    "wrong",
    [
        {"countries": ()},
        {"countries": ("XX",)},
        {"rates": [{"rate": "-0.1"}]},
        {"rates": [{"rate": "0.1", "commodity_code": "65a"}]},
        {"rates": [{"rate": "0.1"}, {"rate": "0.2"}]},
        {"free_up_to": [eur("1"), eur("2")]},
    ],
)
def test_rates_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        publish(**wrong)


@given(
    caps=st.integers(1, 9),
    mugs=st.integers(1, 9),
    shipping=st.integers(0, 2000),
    rate=st.integers(0, 300),
)
def test_the_total_is_the_exact_sum(caps: int, mugs: int, shipping: int, rate: int) -> None:
    begun = story(publish(("", str(Decimal(rate).scaleb(-3)), ())))
    sent = eur(str(Decimal(shipping).scaleb(-2)))
    placed = terms(begun, ("CAP", caps), ("MUG", mugs), shipping_price=sent)
    assert [duty.line_id for duty in placed.assessed_duties] == [LINE_1, LINE_2]
    values = sum(duty.value for duty in placed.assessed_duties)
    assert abs(values - caps * 10 - mugs * 4 - sent.amount) <= Decimal("0.01")
    assert placed.duties == sum(duty.amount for duty in placed.assessed_duties)
    rest = placed.subtotal + placed.tax + placed.shipping_price + placed.shipping_tax
    assert placed.total == rest + placed.duties
