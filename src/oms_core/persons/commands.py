"""Commands on what is held about a person."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.persons.events import CustomerErased, HeldKey
from oms_core.persons.person import CustomerHasOpenOrders, Person, person_id


class EraseCustomer(Command):
    """Forget a person. Whoever asks has looked up what is held, up to the position `as_of`."""

    customer: Code
    reason: Text
    orders: int
    open_orders: tuple[Number, ...] = ()
    streams: tuple[UUID, ...] = ()
    destroyed: tuple[UUID, ...] = ()
    held: tuple[HeldKey, ...] = ()
    as_of: Annotated[int, Field(ge=0)] = 0

    def target(self) -> UUID:
        return person_id(self.customer)


class EndRetention(Command):
    """Forget what the books needed until a day, which has come."""

    customer: Code
    until: date

    def target(self) -> UUID:
        return person_id(self.customer)


@handles(EraseCustomer)
async def erase_customer(command: EraseCustomer, streams: Streams) -> Person:
    """Forget them, unless an order still needs the address."""
    [person] = await streams.find(Person, [command.target()])
    if command.open_orders:
        raise CustomerHasOpenOrders(numbers=", ".join(command.open_orders), field=("customer",))
    facts = command.model_dump(exclude={"open_orders", "as_of"})
    person.erase(CustomerErased(**facts, as_of=str(command.as_of)))
    return person


@handles(EndRetention)
async def end_retention(command: EndRetention, streams: Streams) -> Person:
    """Forget the rest."""
    person = await streams.get(Person, command.target())
    person.end_retention(command.until)
    return person
