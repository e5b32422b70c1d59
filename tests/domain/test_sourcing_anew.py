"""Units that need another source later on: the rules of sourcing hold for them, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.kit import Story
from tests.domain.shop import LINE_1, NOW, dispatch, paid, place, shipment_id, uid
from tests.domain.sourced import HOME, PLACES, decisions, sourced, story

from oms_core.assignments.events import Occasion
from oms_core.backorders.commands import FillBackorders
from oms_core.kernel.message import Command
from oms_core.locations.commands import ConfigureLocation
from oms_core.orders.line import OrderLine
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.policy import Rerouting, Withdrawal
from oms_core.shipments.tracking import DeclareLost, ReceiveReturnToSender
from oms_core.shipments.withdrawing import CancelShipment
from oms_core.sourcing.commands import WithdrawSourcingRules
from oms_core.sourcing.explanation import WhyNot
from oms_core.stock.commands import ReceiveStock

FIRST, RESOURCE = shipment_id(1), Rerouting.RESOURCE
NOT_MUNICH = [{"name": "not from Munich", "locations": ["MUC"], "exclude": True}]
SHORT = RecordPick(
    shipment_id=FIRST,
    lines=(PickedLine(line_id=LINE_1, quantity=0),),
    if_short=RESOURCE,
    picked_at=NOW,
)
LOST = DeclareLost(shipment_id=FIRST, reason="lost", then=RESOURCE, declared_at=NOW)
BACK = ReceiveReturnToSender(shipment_id=FIRST, then=RESOURCE, restock=False, received_at=NOW)
STOPPED = CancelShipment(
    shipment_id=FIRST, reason="flooded", then=Withdrawal.RESOURCE, cancelled_at=NOW
)
WITHDRAWN = WithdrawSourcingRules(reason="too clever")
TURNS = [[SHORT], [STOPPED], [dispatch(1), LOST], [dispatch(1), BACK]]


def line(begun: Story, number: str = "1001") -> OrderLine:
    return begun.history.fold(Order, order_id(number)).lines[LINE_1]


def limited(code: str) -> ConfigureLocation:
    """One order a day, and no rest."""
    latitude, longitude = PLACES[code]
    return ConfigureLocation(
        code=code,
        capacity_per_day=1,
        calendar={"working_days": [1, 2, 3, 4, 5, 6, 7]},  # type: ignore[arg-type]
        latitude=latitude,
        longitude=longitude,
    )


def sent(stock: dict[tuple[str, str], int], *commands: Command, **rules: Any) -> Story:
    """Two caps, paid, are with Hamburg, the nearest."""
    begun = story({("CAP", "HAM"): 2} | stock, *commands, **rules)
    assert sourced(begun, ("CAP", 2)) == {("CAP", "HAM"): 2}
    return begun.after(*paid("23.80"))


@pytest.mark.parametrize("turn", TURNS)
def test_units_that_do_not_arrive_come_from_where_the_rules_allow(turn: list[Command]) -> None:
    stock = {("CAP", "LEJ"): 2, ("CAP", "MUC"): 9}
    assert line(sent(stock, eligibility=NOT_MUNICH).after(*turn)).reserved == {"LEJ": 2}
    without = sent(stock, eligibility=NOT_MUNICH).after(WITHDRAWN, *turn)
    assert line(without).reserved == {"MUC": 2}


@pytest.mark.parametrize("turn", TURNS)
def test_units_wait_when_only_others_have_them(turn: list[Command]) -> None:
    begun = sent({("CAP", "MUC"): 9}, eligibility=NOT_MUNICH).after(*turn)
    assert (line(begun).backordered, sum(line(begun).reserved.values())) == (2, 0)
    begun.after(FillBackorders(sku="CAP", asked_at=NOW))
    assert "MUC" not in line(begun).reserved


def test_the_decision_is_kept_with_its_reasons() -> None:
    begun = sent({("CAP", "MUC"): 2, ("CAP", "LEJ"): 2}).after(SHORT)
    decided = decisions(begun)[-1]
    assert (decided.occasion, decided.excluded) == (Occasion.REROUTED, ("HAM",))
    assert [chosen.location for chosen in decided.reasons.chosen] == ["LEJ"]
    assert WhyNot.EXCLUDED in {other.why for other in decided.reasons.others}


def test_a_full_location_gets_no_units_of_another_one() -> None:
    begun = sent({("CAP", "MUC"): 2, ("CAP", "LEJ"): 2}, limited("LEJ"))
    begun.after(place(("CAP", 1), number="1002", shipping_address=HOME)).after(SHORT)
    assert line(begun, "1002").reserved == {"LEJ": 1}
    assert line(begun).reserved == {"MUC": 2}


def test_a_short_pick_makes_room_on_the_day() -> None:
    begun = sent({("CAP", "MUC"): 9, ("MUG", "HAM"): 9}, limited("HAM")).after(SHORT)
    begun.after(place(("MUG", 1), number="1002", shipping_address=HOME))
    assert line(begun, "1002").reserved == {"HAM": 1}


# ------------------------------------------------------------------------- those who wait


def waiting(*commands: Command, **rules: Any) -> Story:
    """Two caps are wanted, and none are there."""
    begun = story({}, *commands, **rules)
    return begun.after(place(("CAP", 2), shipping_address=HOME, allow_backorder=True))


def arrived(begun: Story, code: str, units: int = 9) -> OrderLine:
    begun.after(
        ReceiveStock(sku="CAP", location=code, quantity=units),
        FillBackorders(sku="CAP", asked_at=NOW),
    )
    return line(begun)


def test_who_waits_gets_nothing_from_where_the_rules_forbid() -> None:
    begun = waiting(eligibility=NOT_MUNICH)
    assert arrived(begun, "MUC").backordered == 2
    assert len(decisions(begun)) == 1
    assert arrived(begun, "LEJ", 1).reserved == {"LEJ": 1}
    assert arrived(begun, "HAM").reserved == {"LEJ": 1, "HAM": 1}
    assert [each.occasion for each in decisions(begun)[1:]] == [Occasion.RESTOCKED] * 2


def test_without_rules_who_waits_is_served_from_anywhere() -> None:
    begun = waiting(eligibility=NOT_MUNICH).after(WITHDRAWN)
    assert arrived(begun, "MUC").reserved == {"MUC": 2}


def test_who_waits_does_not_overrun_a_location() -> None:
    begun = waiting(limited("HAM"), limited("LEJ"))
    one = (WantedLine(line_id=uid(31), sku="CAP", quantity=1),)
    later = place(number="1002", lines=one, shipping_address=HOME, allow_backorder=True)
    begun.after(later.model_copy(update={"placed_at": NOW + timedelta(minutes=1)}))
    assert arrived(begun, "HAM").reserved == {"HAM": 2}
    other = order_id("1002")
    assert begun.history.fold(Order, other).lines[uid(31)].backordered == 1
    begun.after(FillBackorders(sku="CAP", asked_at=NOW + timedelta(days=1)))
    assert begun.history.fold(Order, other).lines[uid(31)].reserved == {"HAM": 1}


def test_a_location_is_not_full_for_an_order_that_it_sends_already() -> None:
    begun = waiting(limited("HAM"))
    assert arrived(begun, "HAM", 1).reserved == {"HAM": 1}
    assert arrived(begun, "HAM", 1).reserved == {"HAM": 2}


def test_a_process_says_when_it_asks() -> None:
    fill = FillBackorders(sku="CAP")
    assert fill.asked(NOW).asked_at == NOW
    assert fill.asked(NOW).asked(NOW + timedelta(days=1)).asked_at == NOW
    assert SHORT.asked(NOW) is SHORT
