"""What the events of those who wait to hear of a product tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence
from oms_core.subscriptions import events

SENTENCES: Mapping[type[Event], Sentence] = {
    events.SubscriptionOpened: Sentence(
        "Customer {subscriber.customer} wants to hear when {sku} is in stock again.",
        "Kunde {subscriber.customer} will hören, wenn {sku} wieder da ist.",
    ),
    events.SubscriptionCancelled: Sentence(
        "Customer {customer} does not want to hear of {sku} any more.",
        "Kunde {customer} will von {sku} nichts mehr hören.",
    ),
    events.SubscribersNotified: Sentence(
        "{sku} is in stock again, and whoever waited to hear of it is told.",
        "{sku} ist wieder da, und wer darauf wartete, erfährt es.",
    ),
}
