"""A customer as far as they were forgotten: which keys are gone, and which the books still need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, NotAllowedInState, NotFound
from oms_core.persons.events import CustomerErased, HeldKey, PersonEvent, RetentionEnded


class NoSuchCustomer(NotFound):
    """Nothing is held about a customer {customer}. Check the reference."""


class CustomerHasOpenOrders(NotAllowedInState):
    """The orders {numbers} of this customer are not done yet: they need the address. Cancel them,
    or wait until they are delivered.
    """


class CustomerAlreadyErased(AlreadyExists):
    """All about the customer {customer} is erased already. What the books need goes when its term
    ends.
    """


def person_id(customer: str) -> UUID:
    """Give the stream of a customer's reference."""
    return natural_id("person", customer)


@dataclass(frozen=True, slots=True)
class PersonView:
    """What became of a person: `held_until` is when the last of what the books need goes.

    `still_readable` events are sealed with another person's key, as somebody found who looked.
    """

    id: UUID
    version: int
    customer: str
    orders: int
    held_until: date | None
    still_readable: int = 0


class Person(Aggregate[PersonEvent]):
    """Remembers what was destroyed, so that nothing is erased twice."""

    MISSING = NoSuchCustomer

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.customer = ""
        self.orders = 0
        self.streams: dict[UUID, None] = {}
        self.destroyed: set[UUID] = set()
        self.held: dict[UUID, HeldKey] = {}

    @property
    def held_until(self) -> date | None:
        """The day on which the last of what the books need goes."""
        return max((each.until for each in self.held.values()), default=None)

    def erase(self, erasure: CustomerErased) -> None:
        """Forget the person as far as that has not happened. Refused when nothing is left."""
        destroyed = tuple(key for key in erasure.destroyed if key not in self.destroyed)
        held = tuple(each for each in erasure.held if each.key not in self.held)
        if not destroyed and not held and self.streams.keys() >= set(erasure.streams):
            if not self.exists:
                raise NoSuchCustomer(customer=erasure.customer, field=("customer",))
            raise CustomerAlreadyErased(customer=erasure.customer, field=("customer",))
        until = max((each.until for each in (*self.held.values(), *held)), default=None)
        left = {"destroyed": destroyed, "held": held, "held_until": until}
        self.record(erasure.model_copy(update=left))

    def end_retention(self, until: date) -> None:
        """Forget what the books needed until a day; nothing when that has happened."""
        due = tuple(each.key for each in self.held.values() if each.until <= until)
        if due:
            self.record(
                RetentionEnded(
                    customer=self.customer,
                    until=until,
                    streams=tuple(self.streams),
                    destroyed=due,
                )
            )

    def evolve(self, event: PersonEvent) -> None:
        match event:
            case CustomerErased():
                self.customer, self.orders = event.customer, event.orders
                self.streams |= dict.fromkeys(event.streams)
                self.held |= {each.key: each for each in event.held}
            case RetentionEnded():
                for key in event.destroyed:
                    self.held.pop(key, None)
            case _:
                assert_never(event)
        self.destroyed.update(event.destroyed)

    def view(self) -> PersonView:
        """Show what is left."""
        return PersonView(self.id, self.version, self.customer, self.orders, self.held_until)
