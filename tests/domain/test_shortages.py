"""Stock that is there already goes to those who wait as soon as rules, places or facts allow it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.domain.expected_events import EVENTS
from tests.domain.kit import Story
from tests.domain.shop import ADDRESS, NOW, ORDER, cancel, place, uid
from tests.domain.sourced import HOME, rules, story
from tests.domain.test_sourcing_anew import NOT_MUNICH, limited, line

from oms_core.backorders import commands
from oms_core.backorders.commands import FillBackorders
from oms_core.backorders.events import (
    BackordersPassedOver,
    BackordersPostponed,
    BackordersResumed,
)
from oms_core.backorders.queue import BackorderQueue, queue_id
from oms_core.catalogue.commands import DeclareProductFacts
from oms_core.catalogue.product import product_id
from oms_core.kernel.calendar import Calendar
from oms_core.kernel.message import Command, Event
from oms_core.locations.commands import CloseLocation, ConfigureLocation, ReopenLocation
from oms_core.locations.location import location_id
from oms_core.orders.commands import CancelOrder
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import Address, PlaceOrder, WantedLine
from oms_core.runtime.processes import PROCESSES
from oms_core.shortages import process
from oms_core.shortages import shortages as list_of_shortages
from oms_core.shortages.commands import Changed, FollowShortage, ReviewShortages
from oms_core.shortages.events import ShortageBegan, ShortageEnded, ShortagesReviewed
from oms_core.shortages.shortages import SHORTAGES, Shortages
from oms_core.sourcing.commands import WithdrawSourcingRules
from oms_core.sourcing.policy import POLICY
from oms_core.stock.commands import ReceiveStock
from oms_core.subscriptions.commands import NotifySubscribers, SubscribeToStock
from oms_core.subscriptions.subscribers import Subscribers, subscribers_id
from oms_core.timers.process import timers
from oms_core.timers.timer import SetTimer
from oms_core.workdays.events import OrderScheduled, OrderUnscheduled, RoomAwaited
from oms_core.workdays.workday import workday_id

FOLLOW = FollowShortage(product_id=product_id("CAP"))
FILL = FillBackorders(sku="CAP", asked_at=NOW)
QUEUE = queue_id("CAP")
MIDNIGHT = NOW.replace(hour=0, minute=0) + timedelta(days=1)


def run(begun: Story, *commands: Command) -> None:
    """Let processes react to commands, and to what they lead to, until nothing is left to do."""
    left = list(commands)
    while left:
        facts = begun.history.execute(left.pop(0)).events
        left += [
            step.asked(NOW)
            for id, events in facts.items()
            for event in events
            for each in PROCESSES
            if isinstance(event, each.LISTENS_TO)
            for step in each.next_steps(id, event)
        ]


def waiting(*commands: Command, munich: int = 9, **changed: Any) -> Story:
    """Two caps are wanted at home; Munich has some."""
    begun = story({}, *commands, **changed)
    order = place(("CAP", 2), shipping_address=HOME, allow_backorder=True)
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=munich), order)
    assert line(begun).backordered == 2
    return begun


def declare(code: str) -> DeclareProductFacts:
    return DeclareProductFacts(sku="CAP", commodity_code=code)


SETTLED = [
    ({"eligibility": NOT_MUNICH}, [], rules()),
    ({"eligibility": NOT_MUNICH}, [], WithdrawSourcingRules(reason="too clever")),
    (
        {},
        [CloseLocation(code="MUC", reason="flooded")],
        ReopenLocation(code="MUC", reason="dry again"),
    ),
    (
        {"eligibility": [{"name": "stores", "kinds": ["STORE"]}]},
        [],
        ConfigureLocation(code="MUC", kind="STORE"),  # type: ignore[arg-type]
    ),
    (
        {"eligibility": [{"name": "knitted", "commodity_codes": ["61"]} | {"kinds": ["STORE"]}]},
        [declare("61099020")],
        declare("650500"),
    ),
]


@pytest.mark.parametrize(("before", "first", "change"), SETTLED, ids=range(len(SETTLED)))
def test_what_changes_who_may_serve_serves_those_who_wait(
    before: dict[str, Any], first: list[Command], change: Command
) -> None:
    begun = waiting(*first, **before)
    run(begun, change)
    assert line(begun).reserved == {"MUC": 2}


def test_an_order_that_moves_to_where_it_may_be_served_is_served() -> None:
    only_abroad = [{"name": "export", "countries": ["DE"], "locations": ["MUC"], "exclude": True}]
    begun = waiting(eligibility=only_abroad)
    there = Address(**ADDRESS.model_dump() | {"country": "AT", "postal_code": "6020"})
    run(begun, EditOrder(order_id=ORDER, shipping_address=there))
    assert line(begun).reserved == {"MUC": 2}


def test_a_reopened_location_is_told_to_those_who_asked_to_hear() -> None:
    begun = story({("CAP", "MUC"): 1}, CloseLocation(code="MUC", reason="flooded"))
    run(begun, SubscribeToStock(sku="CAP", channel="web", customer="ada"))
    assert begun.history.fold(Subscribers, subscribers_id("CAP")).waiting
    run(begun, ReopenLocation(code="MUC", reason="dry again"))
    assert not begun.history.fold(Subscribers, subscribers_id("CAP")).waiting
    assert not begun.history.fold(Shortages, SHORTAGES).skus


# ------------------------------------------------------------------------------------- the list


def test_the_list_says_what_is_waited_for() -> None:
    begun = waiting(eligibility=NOT_MUNICH)
    assert list(begun.history.fold(Shortages, SHORTAGES).skus) == ["CAP"]
    begun.when(FOLLOW).then({})
    begun.after(cancel())
    begun.when(FOLLOW).then({SHORTAGES: [ShortageEnded(sku="CAP")]})
    begun.when(FOLLOW).then({})
    begun.when(FollowShortage(product_id=product_id("NONE"))).then({})


def test_each_change_is_looked_at_once_and_only_where_somebody_waits() -> None:
    begun = story({})
    about = {
        Changed.RULES: POLICY,
        Changed.LOCATION: location_id("MUC"),
        Changed.PRODUCT: product_id("CAP"),
    }
    for changed, id in about.items():
        begun.when(ReviewShortages(changed=changed, stream_id=id)).then({})
    order = place(("CAP", 2), shipping_address=HOME, allow_backorder=True)
    begun.after(order).when(FOLLOW).then({SHORTAGES: [ShortageBegan(sku="CAP")]})
    for changed, id in about.items():
        review = ReviewShortages(changed=changed, stream_id=id)
        version = len(begun.history.streams[id])
        expected = ShortagesReviewed(stream_id=id, version=version, skus=("CAP",))
        begun.when(review).then({SHORTAGES: [expected]})
        begun.when(review).then({})


def test_many_products_are_named_in_several_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_of_shortages, "REVIEWED_AT_ONCE", 2)
    shortages = Shortages(SHORTAGES)
    for sku in "ABC":
        shortages.follow(sku, waited_for=True)
    shortages.review(POLICY, 1, shortages.skus)
    assert [e.skus for e in shortages.pending if isinstance(e, ShortagesReviewed)] == [
        ("A", "B"),
        ("C",),
    ]


def test_a_shortage_that_is_heard_of_late_is_asked_for_at_once() -> None:
    steps = process.next_steps(SHORTAGES, ShortageBegan(sku="CAP"))
    assert steps == [FillBackorders(sku="CAP"), NotifySubscribers(sku="CAP")]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_it_listens_to_what_it_reacts_to(event: Event) -> None:
    reacts = bool(process.next_steps(POLICY, event))
    ended = type(event) is ShortageEnded
    assert reacts == (isinstance(event, process.LISTENS_TO) and not ended)


# -------------------------------------------------------------------------------- who is hidden


AUSTRIA = ADDRESS.model_copy(update={"country": "AT", "postal_code": "6020"})
NO_EXPORT = [{"name": "no export", "countries": ["AT"], "locations": ["MUC"], "exclude": True}]


def test_those_whom_rules_bar_do_not_hide_who_may_be_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "LINES_AT_ONCE", 2)
    begun = story({}, eligibility=NO_EXPORT)
    barred = [uid(number) for number in range(31, 36)]
    run(begun, *(one_cap(number, address=AUSTRIA) for number in range(31, 36)), one_cap(36))
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=9))
    assert list(begun.history.fold(BackorderQueue, QUEUE).waiting) == barred
    passed = [e for e in begun.history.streams[QUEUE] if isinstance(e, BackordersPassedOver)]
    assert [event.until.line_id for event in passed] == [uid(32), uid(34)] * 2
    begun.when(FILL).then({})
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=1))
    assert begun.history.fold(BackorderQueue, QUEUE).passed_over != passed[-1]


def test_who_waits_for_room_is_not_forgotten_while_those_behind_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first may not come from Leipzig, and Munich is full; Leipzig serves the second."""
    monkeypatch.setattr(commands, "LINES_AT_ONCE", 1)
    not_leipzig = {"name": "home", "countries": ["DE"], "locations": ["LEJ"], "exclude": True}
    begun = story({}, limited("MUC"), eligibility=[*NO_EXPORT, not_leipzig])
    taken = place(("CAP", 1), number="1000", shipping_address=HOME)
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=9), taken)
    run(begun, one_cap(31), one_cap(32, address=AUSTRIA))
    run(begun, ReceiveStock(sku="CAP", location="LEJ", quantity=9))
    queue = begun.history.fold(BackorderQueue, QUEUE)
    assert (list(queue.waiting), queue.postponed_until) == ([uid(31)], MIDNIGHT)
    happened = [type(event) for event in begun.history.streams[QUEUE]]
    assert BackordersPassedOver in happened
    assert BackordersResumed not in happened


# ------------------------------------------------------------------------------------- full days


def full_munich() -> Story:
    """Munich sends one order a day, and has sent one; Ada's waits."""
    begun = story({}, limited("MUC"))
    taken = place(("CAP", 1), number="1000", shipping_address=HOME)
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=9), taken)
    return begun


def test_where_all_that_have_stock_are_full_the_next_day_is_waited_for() -> None:
    begun = full_munich()
    run(begun, place(("CAP", 2), shipping_address=HOME, allow_backorder=True))
    [postponed] = begun.history.streams[QUEUE][1:]
    assert postponed == BackordersPostponed(sku="CAP", until=MIDNIGHT)
    begun.when(FILL).then({})
    [timer] = timers(QUEUE, postponed)
    assert timer == SetTimer("room", MIDNIGHT, FillBackorders(sku="CAP"))
    assert isinstance(timer, SetTimer)
    begun.after(timer.command.asked(MIDNIGHT))
    assert line(begun).reserved == {"MUC": 2}
    assert BackordersResumed(sku="CAP") in begun.history.streams[QUEUE]


def one_cap(number: int, *, sku: str = "CAP", address: Address = HOME) -> PlaceOrder:
    return place(
        number=f"{number}",
        lines=(WantedLine(line_id=uid(number), sku=sku, quantity=1),),
        placed_at=NOW + timedelta(minutes=number),
        shipping_address=address,
        allow_backorder=True,
    )


def test_more_orders_than_a_day_has_room_for_go_day_by_day() -> None:
    begun = full_munich()
    run(begun, one_cap(31), one_cap(32))
    for days, left in ((0, {32}), (1, set[int]())):
        begun.after(FillBackorders(sku="CAP", asked_at=MIDNIGHT + timedelta(days=days)))
        queue = begun.history.fold(BackorderQueue, QUEUE)
        assert queue.waiting.keys() == {uid(number) for number in left}
        assert queue.postponed_until == (MIDNIGHT + timedelta(days=1) if left else None)


def test_room_that_is_left_goes_to_whichever_product_waits_for_it() -> None:
    begun = story({("MUG", "MUC"): 3}, limited("MUC"))
    taken = place(("CAP", 1), number="1000", shipping_address=HOME)
    run(begun, ReceiveStock(sku="CAP", location="MUC", quantity=9), taken)
    run(begun, one_cap(31, sku="MUG"), one_cap(32, sku="MUG"))
    day = workday_id("MUC", NOW.date())
    awaited = RoomAwaited(location="MUC", day=NOW.date(), sku="MUG")
    assert begun.history.streams[day][1:] == [awaited]
    run(begun, CancelOrder(order_id=order_id("1000"), reason="changed my mind"))
    assert begun.history.fold(Order, order_id("31")).lines[uid(31)].reserved == {"MUC": 1}
    left = OrderUnscheduled(
        location="MUC", day=NOW.date(), order_id=order_id("1000"), awaited=("MUG",)
    )
    taken_again = OrderScheduled(location="MUC", day=NOW.date(), order_id=order_id("31"))
    assert begun.history.streams[day][2:] == [left, taken_again, awaited]
    assert begun.history.fold(BackorderQueue, queue_id("MUG")).postponed_until == MIDNIGHT


def test_who_is_behind_those_that_wait_for_room_waits_for_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "LINES_AT_ONCE", 1)
    begun = story({}, limited("MUC"))
    run(begun, one_cap(31), one_cap(32), ReceiveStock(sku="CAP", location="MUC", quantity=9))
    queue = begun.history.fold(BackorderQueue, QUEUE)
    assert (list(queue.waiting), queue.postponed_until) == ([uid(32)], MIDNIGHT)
    assert not [e for e in begun.history.streams[QUEUE] if isinstance(e, BackordersPassedOver)]


def test_a_full_location_without_the_goods_is_not_waited_for() -> None:
    begun = story({("MUG", "MUC"): 1}, limited("MUC"))
    run(begun, place(("MUG", 1), number="1000", shipping_address=HOME))
    run(begun, place(("CAP", 2), shipping_address=HOME, allow_backorder=True))
    assert len(begun.history.streams[QUEUE]) == 1
    assert line(begun).backordered == 2


def test_who_begins_to_wait_after_the_day_ended_is_not_forgotten() -> None:
    """The timer of that day may have gone off before the process came."""
    begun = full_munich()
    run(begun, place(("CAP", 2), shipping_address=HOME, allow_backorder=True))
    begun.after(cancel(), FillBackorders(sku="CAP", asked_at=MIDNIGHT))
    run(begun, one_cap(31))
    assert begun.history.streams[QUEUE][-1] == BackordersPostponed(sku="CAP", until=MIDNIGHT)


@pytest.mark.parametrize(
    ("cut_off", "zone", "ends"),
    [
        (None, "UTC", "2026-03-30T00:00:00+00:00"),
        (None, "Europe/Berlin", "2026-03-29T22:00:00+00:00"),
        ("14:00", "Europe/Berlin", "2026-03-29T12:00:00+00:00"),
    ],
)
def test_a_day_ends_at_its_cut_off_or_at_midnight(
    cut_off: str | None, zone: str, ends: str
) -> None:
    """On March 29, 2026, the clocks of Berlin go forward."""
    calendar = Calendar.model_validate({"time_zone": zone, "cut_off": cut_off})
    day = (NOW + timedelta(days=28)).date()
    assert calendar.end_of(day).isoformat() == ends
    before = calendar.end_of(day) - timedelta(seconds=1)
    every_day = calendar.model_copy(update={"working_days": (1, 2, 3, 4, 5, 6, 7)})
    assert every_day.day_for(before) == day
    assert every_day.day_for(calendar.end_of(day)) == day + timedelta(days=1)
