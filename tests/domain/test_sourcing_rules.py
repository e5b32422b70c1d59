"""Orders sourced by published rules: what is chosen, why, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    NOW,
    ORDER,
    of_sku,
    place,
    stocked,
    uid,
    units,
    wanted,
)
from tests.domain.sourced import HOME, PLACES, TARIFF, decisions, rules, sourced, story

from oms_core.assignments.events import Occasion
from oms_core.locations.commands import CloseLocation, ConfigureLocation, RegisterLocation
from oms_core.locations.location import NoSuchLocation
from oms_core.locations.traits import LocationKind
from oms_core.orders.commands import CancelOrder
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.sourcing.asking import NoLocationMayServe, TooManyParcels
from oms_core.sourcing.commands import PublishSourcingRules, WithdrawSourcingRules
from oms_core.sourcing.events import SourcingRulesPublished
from oms_core.sourcing.explanation import Method, OtherLocation, WhyNot
from oms_core.sourcing.policy import POLICY, NoSourcingRules
from oms_core.stock.stock_item import InsufficientStock

# ------------------------------------------------------ the public failure cases, with rules


def test_one_location_that_has_it_all_serves_it_all() -> None:
    """Vendure 4030: 10 and 15 in stock, 13 ordered, 10 + 13 taken."""
    begun = story({("CAP", "HAM"): 10, ("CAP", "MUC"): 15})
    assert sourced(begun, ("CAP", 13)) == {("CAP", "MUC"): 13}


def test_each_location_gives_what_it_has() -> None:
    """Medusa 14987: 1 and 1 in stock, 2 ordered, both taken from the first."""
    begun = story({("CAP", "HAM"): 1, ("CAP", "MUC"): 1})
    assert sourced(begun, ("CAP", 2)) == {("CAP", "HAM"): 1, ("CAP", "MUC"): 1}


def test_no_location_is_asked_for_more_than_it_has() -> None:
    """Shopify community t/420767: 5 ordered, all routed to a location with 2."""
    begun = story({("CAP", "HAM"): 1, ("CAP", "MUC"): 2, ("CAP", "LEJ"): 2})
    assert sourced(begun, ("CAP", 5)) == {("CAP", "HAM"): 1, ("CAP", "MUC"): 2, ("CAP", "LEJ"): 2}


def test_one_parcel_from_afar_is_better_than_three_from_near() -> None:
    near = {("CAP", "HAM"): 9, ("MUG", "LEJ"): 9}
    far = {("CAP", "MUC"): 1, ("MUG", "MUC"): 1}
    assert sourced(story(near | far), ("CAP", 1), ("MUG", 1)) == far


def test_what_is_not_there_waits_for_stock() -> None:
    begun = story({("CAP", "HAM"): 2})
    assert sourced(begun, ("CAP", 3), allow_backorder=True) == {("CAP", "HAM"): 2}
    assert begun.history.fold(Order, ORDER).lines[LINE_1].backordered == 1
    assert decisions(begun)[0].unsourced == (units(LINE_1, 1),)


# ------------------------------------------------------------------- what the rules weigh


def test_the_decision_says_what_was_chosen_and_why_not_the_others() -> None:
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 9, ("CAP", "LEJ"): 1})
    sourced(begun, ("CAP", 2))
    [decided] = decisions(begun)
    reasons = decided.reasons
    assert (decided.occasion, reasons.method, reasons.rules_version) == (
        *(Occasion.PLACED, Method.EXACT, 1),
    )
    assert (reasons.cost, reasons.bound, reasons.split) == (Decimal("4.90"), Decimal("4.90"), 0)
    [chosen] = reasons.chosen
    assert (chosen.location, chosen.km, chosen.ship_on) == ("HAM", 0, NOW.date())
    assert chosen.lines == (of_sku(LINE_1, 2, "CAP"),)
    munich, leipzig = reasons.others
    assert munich.why is WhyNot.DEARER
    assert (munich.location, munich.km) == ("MUC", 612)
    assert munich.cost == Decimal("4.90") + Decimal("6.12")
    assert leipzig == OtherLocation(location="LEJ", why=WhyNot.TOO_LITTLE, km=294, missing=1)


def test_units_are_spared_where_stock_is_low() -> None:
    costs = {"low_stock_units": 2, "low_stock_cost": Decimal(20)}
    stock = {("CAP", "HAM"): 2, ("CAP", "MUC"): 9}
    assert sourced(story(stock), ("CAP", 1)) == {("CAP", "HAM"): 1}
    assert sourced(story(stock, **costs), ("CAP", 1)) == {("CAP", "MUC"): 1}


def test_stores_come_after_warehouses_when_they_cost_more() -> None:
    store = ConfigureLocation(code="HAM", kind=LocationKind.STORE, latitude=53.55, longitude=9.99)
    handling = [{"kind": "STORE", "per_parcel": Decimal(30)}]
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5}, store, handling=handling)
    assert sourced(begun, ("CAP", 1)) == {("CAP", "MUC"): 1}


def test_waiting_for_a_location_to_open_costs() -> None:
    """The first of March 2026 is a Sunday."""
    weekdays = ConfigureLocation(code="HAM", latitude=53.55, longitude=9.99)
    stock = {("CAP", "HAM"): 5, ("CAP", "LEJ"): 5}
    begun = story(stock, weekdays, cost_per_day=Decimal(1))
    assert sourced(begun, ("CAP", 1)) == {("CAP", "HAM"): 1}
    [chosen] = decisions(begun)[0].reasons.chosen
    assert (chosen.ship_on, chosen.delay) == (date(2026, 3, 2), Decimal(1))
    begun = story(stock, weekdays, cost_per_day=Decimal(10))
    assert sourced(begun, ("CAP", 1)) == {("CAP", "LEJ"): 1}


def test_a_closed_location_serves_nothing() -> None:
    begun = story(
        {("CAP", "HAM"): 5, ("CAP", "MUC"): 5}, CloseLocation(code="HAM", reason="flooded")
    )
    assert sourced(begun, ("CAP", 1)) == {("CAP", "MUC"): 1}
    assert decisions(begun)[0].reasons.others[-1] == OtherLocation(
        location="HAM", why=WhyNot.CLOSED
    )


def test_a_location_that_is_full_on_its_day_serves_no_more_orders() -> None:
    limited = ConfigureLocation(code="HAM", capacity_per_day=1, latitude=53.55, longitude=9.99)
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5}, limited)
    begun.after(place(("CAP", 1), number="1000", shipping_address=HOME))
    assert sourced(begun, ("CAP", 1)) == {("CAP", "MUC"): 1}
    assert OtherLocation(location="HAM", why=WhyNot.FULL) in decisions(begun)[0].reasons.others
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    begun.after(place(("CAP", 1), number="1002", shipping_address=HOME, placed_at=monday))


def test_a_cancelled_order_makes_room_on_the_day() -> None:
    limited = ConfigureLocation(code="HAM", capacity_per_day=1, latitude=53.55, longitude=9.99)
    begun = story({("CAP", "HAM"): 5, ("CAP", "MUC"): 5}, limited)
    first = place(("CAP", 2), number="1000", shipping_address=HOME)
    begun.after(first)
    some = wanted({first.lines[0].line_id: 1})
    begun.after(CancelOrder(order_id=order_id("1000"), reason="one less", lines=some))
    begun.after(place(("CAP", 1), number="1003", shipping_address=HOME))
    assert begun.history.fold(Order, order_id("1003")).lines[LINE_1].reserved == {"MUC": 1}
    begun.after(CancelOrder(order_id=order_id("1000"), reason="none at all"))
    assert sourced(begun, ("CAP", 1)) == {("CAP", "HAM"): 1}


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ({"locations": ["MUC"]}, "MUC"),
        ({"locations": ["HAM"], "exclude": True}, "LEJ"),
        ({"locations": ["MUC"], "channels": ["web"]}, "MUC"),
        ({"locations": ["MUC"], "channels": ["counter"]}, "HAM"),
        ({"locations": ["MUC"], "countries": ["DE"]}, "MUC"),
        ({"locations": ["MUC"], "countries": ["FR"]}, "HAM"),
        ({"locations": ["MUC"], "skus": ["CAP"]}, "MUC"),
        ({"locations": ["MUC"], "skus": ["MUG"]}, "HAM"),
        ({"locations": ["MUC"], "heavier_than_grams": 499}, "MUC"),
        ({"locations": ["MUC"], "heavier_than_grams": 500}, "HAM"),
        ({"locations": ["MUC"], "commodity_codes": ["65"]}, "HAM"),
        ({"kinds": ["STORE"], "exclude": True}, "HAM"),
        ({"traits": ["cold"]}, "LEJ"),
        ({"location_countries": ["DE"]}, "HAM"),
    ],
)
def test_who_may_serve_is_decided_by_channel_country_and_product(
    rule: dict[str, Any], chosen: str
) -> None:
    cold = ConfigureLocation(
        code="LEJ",
        traits=("cold",),
        calendar={"working_days": [1, 2, 3, 4, 5, 6, 7]},  # type: ignore[arg-type]
        latitude=51.34,
        longitude=12.37,
    )
    begun = story(
        {("CAP", code): 5 for code in PLACES},
        cold,
        eligibility=[{"name": "rule"} | rule],
        default_weight_grams=500,
    )
    assert sourced(begun, ("CAP", 1)) == {("CAP", chosen): 1}


def test_a_parcel_costs_by_its_weight_and_where_it_comes_from() -> None:
    abroad = RegisterLocation(code="PAR", name="Paris", country="FR", postal_code="75001")
    tariffs = [
        {
            "name": "home",
            "origins": ["DE"],
            "destinations": ["DE"],
            "steps": [
                {"up_to_grams": 1000, "price": Decimal(4)},
                {"up_to_grams": 5000, "price": Decimal(9)},
            ],
        }
    ]
    begun = Story().after(abroad)
    begun.after(*stocked({("CAP", "HAM"): 5}), rules(tariffs=tariffs, default_weight_grams=600))
    sourced(begun, ("CAP", 2))
    assert decisions(begun)[0].reasons.chosen[0].parcel == 9
    assert decisions(begun)[0].reasons.chosen[0].grams == 1200


# -------------------------------------------------------------------------------- refusals


def test_rules_that_leave_no_location_refuse_the_order() -> None:
    begun = story({("CAP", "HAM"): 5}, eligibility=[{"name": "none", "traits": ["cold"]}])
    refused = begun.when(place(("CAP", 1)))
    sentence = "no location that keeps it may send it to DE by the sourcing rules, version 1"
    refused.refused(NoLocationMayServe, sentence, field="lines.0.quantity")
    begun.after(place(("CAP", 1), allow_backorder=True))
    assert begun.history.fold(Order, ORDER).lines[LINE_1].backordered == 1


def test_more_parcels_than_allowed_are_refused() -> None:
    begun = story({("CAP", "HAM"): 1, ("CAP", "MUC"): 1}, max_split=1)
    begun.when(place(("CAP", 2))).refused(
        TooManyParcels, "comes from 1 locations at most", field="lines.0.quantity"
    )
    begun.when(place(("CAP", 3))).refused(InsufficientStock, field="lines.0.quantity")


def test_rules_that_name_an_unknown_location_are_refused() -> None:
    rule = {"name": "r", "locations": ["HAM", "ATL"]}
    story({}).when(rules(eligibility=[rule])).refused(
        NoSuchLocation, "no location ATL", field="eligibility.0.locations.1"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_split": 0},
        {"split_cost": Decimal(-1)},
        {"currency": "XXQ"},
        {"tariffs": [{"name": "t", "steps": []}]},
        {"tariffs": [TARIFF | {"steps": [*TARIFF["steps"], *TARIFF["steps"]]}]},  # type: ignore[misc]
        {"eligibility": [{"name": "says nothing"}]},
        {"postal_areas": [{"country": "DE", "postal_code": "2", "latitude": 91, "longitude": 0}]},
    ],
)
def test_rules_that_can_not_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rules(**wrong)


def test_rules_are_published_once_and_can_be_withdrawn() -> None:
    begun = Story().when(rules())
    done = begun.then({POLICY: [SourcingRulesPublished(rules=rules_of(rules()))]})
    assert done.answer.view().rules.max_split == 3
    begun.when(rules()).then({})
    begun.after(WithdrawSourcingRules(reason="too clever"))
    begun.when(WithdrawSourcingRules(reason="again")).refused(NoSourcingRules, "no sourcing rules")


def rules_of(command: PublishSourcingRules) -> Any:
    return SourcingRulesPublished.model_validate({"rules": command.model_dump()}).rules


def test_added_units_are_sourced_by_the_rules_too() -> None:
    begun = story({("CAP", "HAM"): 1, ("MUG", "LEJ"): 5, ("MUG", "MUC"): 5})
    sourced(begun, ("CAP", 1))
    added = WantedLine(line_id=uid(9), sku="MUG", quantity=2)
    begun.after(EditOrder(order_id=ORDER, add_lines=(added,), edited_at=NOW))
    assert begun.history.fold(Order, ORDER).lines[uid(9)].reserved == {"LEJ": 2}
    assert [decided.occasion for decided in decisions(begun)] == [Occasion.PLACED, Occasion.EDITED]
