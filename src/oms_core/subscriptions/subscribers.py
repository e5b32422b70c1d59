"""Who wants to hear when a SKU is in stock again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.personal import ERASED
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.subscriptions.events import (
    Subscriber,
    SubscribersNotified,
    SubscriptionCancelled,
    SubscriptionEvent,
    SubscriptionOpened,
)

NOTIFIED_AT_ONCE = 500
"""Subscribers that one command tells; while there are others, the process asks again."""


class NotSubscribed(NotAllowedInState):
    """Customer {customer} of channel {channel} does not wait to hear of {sku}: there is no
    subscription, or it was answered already.
    """


def subscribers_id(sku: str) -> UUID:
    """Give the stream of those who want to hear of a SKU."""
    return natural_id("subscribers", sku)


@dataclass(frozen=True, slots=True)
class SubscribersView:
    """Who waits to hear of a SKU, the longest first."""

    id: UUID
    version: int
    sku: str
    waiting: tuple[Subscriber, ...]


class Subscribers(Aggregate[SubscriptionEvent]):
    """All who wait to hear of one SKU: each customer once for each channel."""

    sku: str

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.waiting: dict[tuple[str, str], Subscriber] = {}

    @property
    def channels(self) -> frozenset[str]:
        """The channels on which somebody waits."""
        return frozenset(channel for channel, _ in self.waiting)

    def subscribe(self, event: SubscriptionOpened) -> None:
        """Let a customer wait; nothing happens when they do already."""
        if self.waiting.get(_key(event.subscriber)) != event.subscriber:
            self.record(event)

    def cancel(self, event: SubscriptionCancelled) -> None:
        """Let a customer wait no longer."""
        if (event.channel, event.customer) not in self.waiting:
            raise NotSubscribed(
                customer=event.customer, channel=event.channel, sku=event.sku, field=("customer",)
            )
        self.record(event)

    def notify(self, channels: Collection[str]) -> None:
        """Tell those who wait on these channels; nothing happens when nobody does."""
        ready = (one for one in self.waiting.values() if one.channel in channels)
        told = list(islice(ready, NOTIFIED_AT_ONCE))
        more = next(ready, None) is not None
        for one in told:
            left = more and one is told[-1]
            self.record(SubscribersNotified(sku=self.sku, subscribers=(one,), more=left))

    def evolve(self, event: SubscriptionEvent) -> None:
        self.sku = event.sku
        match event:
            case SubscriptionOpened():
                self._wait(event.subscriber)
            case SubscriptionCancelled():
                self.waiting.pop((event.channel, event.customer), None)
            case SubscribersNotified():
                for subscriber in event.subscribers:
                    self.waiting.pop(_key(subscriber), None)
            case _:
                assert_never(event)

    def _wait(self, subscriber: Subscriber) -> None:
        """Who was erased can't be written to, and waits no more."""
        if subscriber.email == ERASED:
            self.waiting.pop(_key(subscriber), None)
        else:
            self.waiting[_key(subscriber)] = subscriber

    def view(self) -> SubscribersView:
        """Show who waits now."""
        return SubscribersView(self.id, self.version, self.sku, tuple(self.waiting.values()))


def _key(subscriber: Subscriber) -> tuple[str, str]:
    return subscriber.channel, subscriber.customer
