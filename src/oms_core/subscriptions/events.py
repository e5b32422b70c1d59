"""What happens to those who want to hear that a SKU is in stock again. One stream per SKU."""

from __future__ import annotations

from typing import ClassVar

from oms_core.kernel.message import Event, Message
from oms_core.kernel.personal import Personal, Subject


class Subscriber(Message):
    """A customer of a channel, by the caller's own reference, and where to reach them."""

    channel: str
    customer: Subject[str]
    email: Personal[str | None] = None


class SubscriptionOpened(Event):
    """A customer wants to hear, once, when the product can be had on the channel again."""

    TOPIC: ClassVar[str] = "subscriptions.SubscriptionOpened.v1"
    sku: str
    subscriber: Subscriber


class SubscriptionCancelled(Event):
    """A customer does not want to hear any more."""

    TOPIC: ClassVar[str] = "subscriptions.SubscriptionCancelled.v1"
    sku: str
    channel: str
    customer: str


class SubscribersNotified(Event):
    """The product can be had again: whoever writes to customers tells these, and their
    subscriptions are over. With `more`, others are still to be told.

    It tells of one, so that it is sealed with the key of this one; of old, it told of many.
    """

    TOPIC: ClassVar[str] = "subscriptions.SubscribersNotified.v1"
    sku: str
    subscribers: tuple[Subscriber, ...]
    more: bool = False


SubscriptionEvent = SubscriptionOpened | SubscriptionCancelled | SubscribersNotified
