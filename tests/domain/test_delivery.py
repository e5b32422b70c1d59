"""Delivery promises: what a method costs, when goods leave and arrive, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import LINE_1, NOW, ORDER, eur, place, stocked, uid

from oms_core.delivery.commands import ConfigureShippingMethod, WithdrawShippingMethod
from oms_core.delivery.events import ShippingMethodConfigured, ShippingMethodWithdrawn
from oms_core.delivery.promise import DeliveryPromise
from oms_core.delivery.shipping_method import (
    NoSuchShippingMethod,
    NotDeliveredThere,
    Parcelled,
    ShippingMethodIsWithdrawn,
    offer,
    shipping_method_id,
)
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.locations.commands import ConfigureLocation
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.sourcing.commands import PublishSourcingRules

STANDARD = shipping_method_id("standard")
MONDAY = date(2026, 3, 2)


def method(**changed: Any) -> ConfigureShippingMethod:
    home = {
        "name": "home",
        "countries": ["DE"],
        "prices": [
            {"up_to_grams": 1000, "price": Decimal("4.90")},
            {"up_to_grams": 5000, "price": Decimal("6.90")},
        ],
        "fewest_days": 1,
        "most_days": 3,
    }
    islands = home | {"name": "islands", "postal_codes": ["18565", "25849"], "most_days": 5}
    usual = {"code": "standard", "name": "Standard", "currency": "EUR", "zones": [islands, home]}
    return ConfigureShippingMethod.model_validate(usual | changed)


def facts(**changed: Any) -> ShippingMethodConfigured:
    return ShippingMethodConfigured(**method(**changed).model_dump())


def whole(**changed: Any) -> Parcelled:
    usual = {"country": "DE", "postal_code": "20459", "grams": 800, "asked_at": NOW}
    return Parcelled(**usual | {"leaves_on": ()} | changed)


def promise(**changed: Any) -> tuple[date, date, date] | None:
    found = offer(facts(), whole(**changed))
    return (
        None
        if found is None
        else (
            found.promise.ship_on,
            found.promise.earliest,
            found.promise.latest,
        )
    )


def story(*commands: Any) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5}), method(), *commands)


def test_a_method_is_configured_withdrawn_and_offered_again() -> None:
    begun = Story().when(method()).then({STANDARD: [facts()]}) and Story().after(method())
    begun.when(method()).then({})
    withdraw = WithdrawShippingMethod(code="standard", reason="too dear")
    begun.when(withdraw).then({STANDARD: [ShippingMethodWithdrawn(reason="too dear")]})
    begun.when(withdraw).refused(ShippingMethodIsWithdrawn, "not offered any more", field="code")
    begun.when(method()).then({STANDARD: [facts()]})
    unknown = WithdrawShippingMethod(code="rocket", reason="x")
    begun.when(unknown).refused(NoSuchShippingMethod, "no shipping method rocket", field="code")


def test_dates_count_the_carriers_working_days() -> None:
    """The first of March 2026 is a Sunday."""
    assert promise() == (MONDAY, date(2026, 3, 3), date(2026, 3, 5))
    friday = datetime(2026, 3, 6, 12, tzinfo=UTC)
    assert promise(asked_at=friday) == (date(2026, 3, 6), date(2026, 3, 9), date(2026, 3, 11))


def test_the_last_parcel_decides() -> None:
    later = date(2026, 3, 4)
    assert promise(leaves_on=(MONDAY, later)) == (later, date(2026, 3, 5), date(2026, 3, 9))
    assert promise(leaves_on=(date(2026, 3, 7),))[0] == date(2026, 3, 9)  # type: ignore[index]


def test_the_first_zone_that_fits_holds() -> None:
    assert promise(postal_code="25849")[2] == date(2026, 3, 9)  # type: ignore[index]
    assert promise(country="FR") is None


def test_the_price_is_by_weight_and_what_is_too_heavy_is_not_taken() -> None:
    prices = [offer(facts(), whole(grams=grams)) for grams in (0, 1000, 1001, 5000, 5001)]
    assert [p and p.price for p in prices] == [
        *(eur("4.90"), eur("4.90"), eur("6.90"), eur("6.90"), None),
    ]


def test_the_carriers_cut_off_is_by_its_own_clock() -> None:
    calendar = {"time_zone": "Europe/Berlin", "cut_off": time(17)}
    at_five = whole(asked_at=datetime(2026, 3, 2, 16, tzinfo=UTC))
    found = offer(facts(calendar=calendar), at_five)
    assert found is not None
    assert found.promise.ship_on == date(2026, 3, 3)


def test_an_order_keeps_the_promise_and_takes_the_price() -> None:
    begun = story(place(("CAP", 1), shipping_method="standard"))
    terms = begun.history.fold(Order, ORDER).terms
    assert terms.shipping_price == Decimal("4.90")
    assert terms.promise == DeliveryPromise(
        method="standard", ship_on=MONDAY, earliest=date(2026, 3, 3), latest=date(2026, 3, 5)
    )
    begun.after(method(zones=[method().zones[1].model_dump() | {"most_days": 9}]))
    assert begun.history.fold(Order, ORDER).view().promise == terms.promise


def test_a_price_that_was_agreed_stays() -> None:
    begun = story(place(("CAP", 1), shipping_method="standard", shipping_price=eur("1")))
    assert begun.history.fold(Order, ORDER).terms.shipping_price == 1


def test_a_location_that_sends_later_moves_the_promise() -> None:
    closed = {"closed_on": [date(2026, 3, 2), date(2026, 3, 3)]}
    begun = story(
        ConfigureLocation(code="HAM", calendar=closed),  # type: ignore[arg-type]
        PublishSourcingRules(currency="EUR"),
        place(("CAP", 1), shipping_method="standard"),
    )
    promised = begun.history.fold(Order, ORDER).terms.promise
    assert promised is not None
    assert promised.ship_on == date(2026, 3, 4)


def test_nothing_is_promised_for_what_waits_for_stock() -> None:
    begun = story(place(("CAP", 9), shipping_method="standard", allow_backorder=True))
    assert begun.history.fold(Order, ORDER).terms.promise is None


def test_a_word_that_is_no_method_is_no_more_than_a_word() -> None:
    begun = story(place(("CAP", 1), shipping_method="by hand"))
    terms = begun.history.fold(Order, ORDER).terms
    assert (terms.shipping_method, terms.promise, terms.shipping_price) == ("by hand", None, 0)


@pytest.mark.parametrize(
    "edit",
    [
        {"shipping_method": "express"},
        {"add_lines": (WantedLine(line_id=uid(9), sku="CAP", quantity=1),)},
    ],
)
def test_an_edit_that_changes_the_way_takes_the_promise_back(edit: dict[str, Any]) -> None:
    begun = story(place(("CAP", 1), shipping_method="standard"))
    begun.after(EditOrder(order_id=ORDER, reason="gift", shipping_price=eur("3")))
    assert begun.history.fold(Order, ORDER).terms.promise is not None
    begun.after(EditOrder(order_id=ORDER, **edit))
    assert begun.history.fold(Order, ORDER).terms.promise is None


def test_what_a_method_does_not_take_is_refused() -> None:
    begun = story()
    abroad = place(("CAP", 1)).shipping_address.model_copy(update={"country": "FR"})
    order = place(("CAP", 1), shipping_method="standard", shipping_address=abroad)
    begun.when(order).refused(NotDeliveredThere, "20459 in FR", field="shipping_method")
    begun.after(WithdrawShippingMethod(code="standard", reason="over"))
    order = place(("CAP", 1), shipping_method="standard")
    begun.when(order).refused(ShippingMethodIsWithdrawn, field="shipping_method")


def test_a_method_in_another_currency_does_not_fit_the_order() -> None:
    lines = (WantedLine(line_id=LINE_1, sku="CAP", quantity=1, unit_price=eur("5")),)
    order = place(lines=lines, shipping_method="standard")
    story(method(currency="USD")).when(order).refused(CurrencyMismatch, field="shipping_price")


@pytest.mark.parametrize(
    "wrong",
    [
        {"zones": []},
        {"currency": "JPY"},
        {"zones": [method().zones[1].model_dump() | {"fewest_days": 4}]},
        {"zones": [method().zones[1].model_dump() | {"prices": []}]},
        {"zones": [method().zones[1].model_dump() | {"countries": ["DE", "XX"]}]},
    ],
)
def test_a_method_that_can_not_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        method(**wrong)
