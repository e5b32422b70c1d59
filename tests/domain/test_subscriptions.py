"""Who wants to hear that a product is in stock again hears it once, when that is so."""

from __future__ import annotations

import pytest
from tests.domain.expected_events import EVENTS
from tests.domain.kit import Story
from tests.domain.shop import ORDER, cancel, place, stocked

from oms_core.backorders.events import BackordersDropped
from oms_core.backorders.process import LISTENS_TO, next_steps
from oms_core.catalogue.product import NoSuchProduct
from oms_core.kernel.message import Command, Event
from oms_core.kernel.personal import ERASED
from oms_core.locations.commands import CloseLocation, ReopenLocation
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.policy_commands import SetChannelShare
from oms_core.subscriptions.commands import (
    CancelSubscription,
    NotifySubscribers,
    SubscribeToStock,
)
from oms_core.subscriptions.events import (
    Subscriber,
    SubscribersNotified,
    SubscriptionCancelled,
    SubscriptionOpened,
)
from oms_core.subscriptions.subscribers import (
    NOTIFIED_AT_ONCE,
    NotSubscribed,
    Subscribers,
    subscribers_id,
)

CAPS = subscribers_id("CAP")
ADA = Subscriber(channel="web", customer="ada", email="ada@example.org")
BOB = Subscriber(channel="market", customer="bob")
NOTIFY = NotifySubscribers(sku="CAP")
ARRIVE = ReceiveStock(sku="CAP", location="HAM", quantity=2)


def subscribe(subscriber: Subscriber) -> SubscribeToStock:
    return SubscribeToStock(sku="CAP", **subscriber.model_dump())


def story(*commands: Command) -> Story:
    """No caps are in Hamburg."""
    return Story().after(*stocked({("CAP", "HAM"): 0}), *commands)


def told(*subscribers: Subscriber, more: bool = False) -> dict[object, list[Event]]:
    def event(one: Subscriber) -> Event:
        left = more and one is subscribers[-1]
        return SubscribersNotified(sku="CAP", subscribers=(one,), more=left)

    return {CAPS: [event(one) for one in subscribers]}


def test_a_customer_subscribes_once() -> None:
    begun = story()
    begun.when(subscribe(ADA)).then({CAPS: [SubscriptionOpened(sku="CAP", subscriber=ADA)]})
    begun.when(subscribe(ADA)).then({})
    moved = ADA.model_copy(update={"email": "ada@example.com"})
    begun.when(subscribe(moved)).then({CAPS: [SubscriptionOpened(sku="CAP", subscriber=moved)]})
    assert begun.history.fold(Subscribers, CAPS).view().waiting == (moved,)


def test_they_hear_once_when_stock_arrives() -> None:
    begun = story(subscribe(ADA), subscribe(BOB))
    begun.when(NOTIFY).then({})
    begun.after(ARRIVE).when(NOTIFY).then(told(ADA, BOB))
    begun.when(NOTIFY).then({})
    begun.after(subscribe(ADA)).when(NOTIFY).then(told(ADA))


def test_what_is_set_aside_is_news_for_its_channel_alone() -> None:
    aside = SetChannelShare(sku="CAP", location="HAM", channel="market", quantity=2)
    begun = story(subscribe(ADA), subscribe(BOB), ARRIVE, aside)
    begun.when(NOTIFY).then(told(BOB))


def test_orders_that_wait_have_their_units_first() -> None:
    begun = story(subscribe(ADA), place(("CAP", 2), allow_backorder=True), ARRIVE)
    begun.when(NOTIFY).then({})
    begun.after(cancel()).when(NOTIFY).then(told(ADA))


def test_stock_of_a_closed_location_is_no_news() -> None:
    begun = story(subscribe(ADA), ARRIVE, CloseLocation(code="HAM", reason="flooded"))
    begun.when(NOTIFY).then({})
    begun.after(ReopenLocation(code="HAM", reason="dry")).when(NOTIFY).then(told(ADA))


def test_who_cancels_hears_nothing() -> None:
    bye = CancelSubscription(sku="CAP", channel="web", customer="ada")
    begun = story(subscribe(ADA))
    gone = SubscriptionCancelled(sku="CAP", channel="web", customer="ada")
    begun.when(bye).then({CAPS: [gone]})
    begun.after(ARRIVE).when(NOTIFY).then({})
    begun.when(bye).refused(NotSubscribed, "ada of channel web does not wait", field="customer")


def test_many_are_told_in_several_events() -> None:
    many = [Subscriber(channel="web", customer=str(n)) for n in range(NOTIFIED_AT_ONCE + 1)]
    begun = story(ARRIVE)
    for each in many:
        begun.history.append(CAPS, SubscriptionOpened(sku="CAP", subscriber=each))
    begun.when(NOTIFY).then(told(*many[:-1], more=True))
    begun.when(NOTIFY).then(told(many[-1]))


def test_who_was_erased_waits_no_more() -> None:
    begun = story(ARRIVE)
    for email in ("ada@example.org", ERASED):
        subscriber = ADA.model_copy(update={"email": email})
        begun.history.append(CAPS, SubscriptionOpened(sku="CAP", subscriber=subscriber))
    begun.history.append(CAPS, SubscriptionCancelled(sku="CAP", channel="web", customer="ada"))
    assert begun.history.fold(Subscribers, CAPS).view().waiting == ()


def test_nobody_waits_for_what_is_not_there() -> None:
    Story().when(subscribe(ADA)).refused(NoSuchProduct, "no product CAP", field="sku")
    Story().when(NOTIFY).refused(NoSuchProduct, field="sku")
    bye = CancelSubscription(sku="CAP", channel="web", customer="ada")
    Story().when(bye).refused(NoSuchProduct, field="sku")
    assert story().when(NOTIFY).then({}).answer.view().sku == "CAP"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_it_is_asked_for_whenever_there_may_be_news(event: Event) -> None:
    fact = event.model_copy(update={"delta": 1}) if hasattr(event, "delta") else event
    if NOTIFY in next_steps(ORDER, fact):
        assert isinstance(event, LISTENS_TO)
        topic = event.TOPIC.split(".")[0]
        assert topic in {"stock", "subscriptions"} or isinstance(event, BackordersDropped)
    else:
        assert event.TOPIC not in {"stock.StockReceived.v1", "subscriptions.SubscriptionOpened.v1"}
