"""Which orders somebody may see and act on. What is out of reach is as if it did not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar
from uuid import UUID

from oms_api.failures import Failure


class Forbidden(Failure):
    """A right is missing for what was asked."""

    CODE = "FORBIDDEN"


class ChannelNeeded(Failure):
    """What is asked for is told by channel, and the token does not say for which one."""

    def __init__(self, channels: Sequence[str]) -> None:
        known = ", ".join(channels) or "none"
        super().__init__(f"Name the channel. This token may act for: {known}.")


class OutOfReach(Exception):
    """An order was about to be shown to somebody who may not see it. It should not have been
    looked for.
    """


class Placed(Protocol):
    """An order, as far as it matters who may see it."""

    @property
    def id(self) -> UUID: ...
    @property
    def channel(self) -> str: ...
    @property
    def customer(self) -> Any: ...


class Filter(Protocol):
    """Which orders are looked for."""

    @property
    def customer(self) -> str | None: ...
    @property
    def channel(self) -> Sequence[str] | None: ...


F = TypeVar("F", bound=Filter)


@dataclass(frozen=True, slots=True)
class Reach:
    """Only the orders of one customer, or only those of some channels; None is no limit.

    `shown` are orders for which somebody had the secret, in one request.
    """

    customer: str | None = None
    channels: frozenset[str] | None = None
    shown: set[UUID] = field(default_factory=set, compare=False)

    @property
    def is_limited(self) -> bool:
        """Tell whether there is anything that it leaves out."""
        return self.customer is not None or self.channels is not None

    def has(self, order: Placed) -> bool:
        """Tell whether an order is within it."""
        own = self.customer in (None, order.customer.reference)
        if own and (self.channels is None or order.channel in self.channels):
            return True
        return order.id in self.shown

    def narrowed(self, asked: F) -> F:
        """Look only for what is within it."""
        wanted: dict[str, Any] = {}
        channels = asked.channel
        if self.channels is not None:
            channels = sorted(self.channels.intersection(channels or self.channels))
        if self.customer is not None:
            wanted["customer"] = self.customer
            channels = channels if asked.customer in (None, self.customer) else []
        return replace(asked, **wanted, channel=channels)  # type: ignore[type-var]

    def channel(self, asked: str | None) -> str | None:
        """Tell for which channel a question is: the only one that there is, if none is named.

        Raises `Forbidden` for another one, and `ChannelNeeded` where several may be meant.
        """
        self.check({"channel": asked})
        if asked is not None or self.channels is None:
            return asked
        if len(self.channels) != 1:
            raise ChannelNeeded(sorted(self.channels))
        return next(iter(self.channels))

    def check(self, facts: Mapping[str, Any]) -> None:
        """Raise `Forbidden` when a command is for another customer, or for another channel."""
        channel, customer = facts.get("channel"), facts.get("customer")
        if isinstance(customer, Mapping):
            customer = customer.get("reference")
        if self.channels is not None and channel is not None and channel not in self.channels:
            raise Forbidden(f"This token may not act for the channel {channel!r}.")
        if self.customer is not None and customer not in (None, self.customer):
            raise Forbidden("This token may act for its own customer only.")


EVERYTHING = Reach()

REACH: ContextVar[Reach] = ContextVar("reach", default=EVERYTHING)
"""How far the request that is being answered reaches, in the tasks that it begins, too."""


def begin(reach: Reach) -> None:
    """Let the request that is being answered reach so far, and no further than that."""
    REACH.set(replace(reach, shown=set()) if reach.is_limited else reach)


def show(order_id: UUID) -> None:
    """Let an order be within reach for the rest of the request that is being answered."""
    if REACH.get().is_limited:
        REACH.get().shown.add(order_id)


def within_reach(order: Placed) -> bool:
    """Tell whether whoever asks may see an order, or act on it."""
    return REACH.get().has(order)
