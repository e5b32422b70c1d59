"""The serial numbers that a command names: one for each unit, and each of them where it should be.

Everything is checked before anything is recorded, for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Number
from oms_core.kernel.message import Message
from oms_core.kernel.refusal import Invalid, NotAllowedInState
from oms_core.serials.events import (
    SerialArrived,
    SerialCameBack,
    SerialConditionChanged,
    SerialReceived,
    SerialShipped,
    SerialTransferred,
    SerialWrittenOff,
)
from oms_core.serials.serial import Serial, SerialStatus, serial_id
from oms_core.stock.events import StockCondition

MOST_SERIALS = 1000


class SerialsNeeded(Invalid):
    """{sku} has serial numbers: name one for each of the {wanted} units, not {named}."""


class NoSerialsKept(Invalid):
    """{sku} has no serial numbers, so there are none to name. Leave them out."""


class SerialNamedTwice(Invalid):
    """Serial number {serial} of {sku} is named twice. Name each unit once."""


class SerialNotExpected(Invalid):
    """Serial number {serial} of {sku} is not among those expected here. Check the label."""


class SerialElsewhere(NotAllowedInState):
    """Serial number {serial} of {sku} is {where}, so it {aim}. Check the label."""


class SerialInOtherCondition(NotAllowedInState):
    """Serial number {serial} of {sku} is {known}, not {condition}. Check the label, or change the
    unit's condition first.
    """


def _told_apart(serials: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(serials)) < len(serials):
        raise ValueError("must each name another serial number")
    return serials


SerialNumbers = Annotated[
    tuple[Number, ...], Field(max_length=MOST_SERIALS), AfterValidator(_told_apart)
]


class SerialsOfLine(Message):
    """The serial numbers of units of an order line, as a command names them."""

    line_id: UUID
    serials: SerialNumbers


class SerialsOfSku(Message):
    """The serial numbers of units of a SKU, as a command names them."""

    sku: Number
    serials: SerialNumbers


@dataclass(frozen=True, slots=True)
class NamedSerials:
    """Units of one SKU, and what is known of each."""

    sku: str
    units: Mapping[str, Serial]

    def refuse_unless(self, units: int, *field: str, numbered: bool = True) -> None:
        """Refuse more or fewer names than units; any at all where there are no serial numbers."""
        refuse_unless_one_each(self.sku, len(self.units), units, *field, numbered=numbered)

    def refuse_unless_away(self, *field: str) -> None:
        """Refuse to take in what is somewhere already."""
        self._refuse(lambda one: one.status is SerialStatus.GONE, "can't come in", field)

    def refuse_unless_at(self, location: str, *field: str) -> None:
        """Refuse to let go what is not on hand at a location."""
        here = (SerialStatus.ON_HAND, location)
        aim = f"can't leave {location}"
        self._refuse(lambda one: one.exists and (one.status, one.location) == here, aim, field)

    def refuse_unless_in(
        self, condition: StockCondition, *field: str, may_expire: bool = False
    ) -> None:
        """Refuse what is in another condition. Lots that expire go on hold without names."""
        for serial, one in self.units.items():
            expired = condition is StockCondition.QUALITY_HOLD and may_expire
            fits = {condition, StockCondition.AVAILABLE} if expired else {condition}
            if one.condition not in fits:
                raise SerialInOtherCondition(
                    serial=serial,
                    sku=self.sku,
                    known=one.condition,
                    condition=condition,
                    field=field,
                )

    def refuse_unless_out(self, order_id: UUID, *field: str) -> None:
        """Refuse to take back what this order's customer did not get."""
        out = (SerialStatus.SHIPPED, order_id)
        aim = "can't come back from this order"
        self._refuse(lambda one: (one.status, one.order_id) == out, aim, field)

    def on_hand_at(self, location: str) -> NamedSerials:
        """Leave out what is not on hand at a location."""
        here = (SerialStatus.ON_HAND, location)
        return self._those(lambda one: one.exists and (one.status, one.location) == here)

    def on_the_way(self, transfer_id: UUID) -> NamedSerials:
        """Leave out what did not leave with a transfer, or arrived since."""
        way = (SerialStatus.IN_TRANSIT, transfer_id)
        return self._those(lambda one: (one.status, one.transfer_id) == way)

    def out_with(self, shipment_id: UUID) -> NamedSerials:
        """Leave out what did not leave with a shipment, or came back since."""
        out = (SerialStatus.SHIPPED, shipment_id)
        return self._those(lambda one: (one.status, one.shipment_id) == out)

    def _those(self, fits: Callable[[Serial], bool]) -> NamedSerials:
        return NamedSerials(self.sku, {name: one for name, one in self.units.items() if fits(one)})

    def chosen(self, units: int, names: Sequence[str], *field: str) -> NamedSerials:
        """Choose those that are named; nobody need name them when it is all of them."""
        if not names and len(self.units) == units:
            return self
        for serial in names:
            if serial not in self.units:
                raise SerialNotExpected(serial=serial, sku=self.sku, field=field)
        part = NamedSerials(self.sku, {serial: self.units[serial] for serial in names})
        part.refuse_unless(units, *field)
        return part

    def refuse_unless_back(self, order_id: UUID, *field: str) -> None:
        """Refuse to look at what did not come back from this order, or is for sale again."""
        back = (SerialStatus.SET_APART, SerialStatus.GONE)
        aim = "can't be inspected for this order"
        self._refuse(lambda one: one.order_id == order_id and one.status in back, aim, field)

    def _refuse(self, fits: Callable[[Serial], bool], aim: str, field: Sequence[str]) -> None:
        for serial, one in self.units.items():
            if not fits(one):
                raise SerialElsewhere(
                    serial=serial, sku=self.sku, where=one.where, aim=aim, field=field
                )

    def come_in(
        self,
        location: str,
        reference: str | None,
        condition: StockCondition = StockCondition.AVAILABLE,
    ) -> None:
        """Take all of them in."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            one.come_in(SerialReceived(**facts, reference=reference, condition=condition))

    def change_condition(self, location: str, condition: StockCondition, reason: str) -> None:
        """Note the condition that all of them are in now."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            one.change_condition(
                SerialConditionChanged(**facts, condition=condition, reason=reason)
            )

    def go_out(self, location: str, order_id: UUID, shipment_id: UUID) -> None:
        """Let all of them leave with a shipment."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            one.go_out(SerialShipped(**facts, order_id=order_id, shipment_id=shipment_id))

    def come_back(self, location: str, return_id: UUID | None, *, for_sale: bool) -> None:
        """Take all of them back."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            one.come_back(SerialCameBack(**facts, for_sale=for_sale, return_id=return_id))

    def set_out(self, location: str, destination: str, transfer_id: UUID) -> None:
        """Let all of them leave for another location."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            way = {"destination": destination, "transfer_id": transfer_id}
            one.set_out(SerialTransferred(**facts, **way))

    def arrive(self, location: str, transfer_id: UUID) -> None:
        """Take all of them in from another location."""
        for serial, one in self.units.items():
            facts = {"sku": self.sku, "serial": serial, "location": location}
            one.arrive(SerialArrived(**facts, transfer_id=transfer_id))

    def write_off(self, reason: str) -> None:
        """Give all of them up."""
        for serial, one in self.units.items():
            one.write_off(SerialWrittenOff(sku=self.sku, serial=serial, reason=reason))


def refuse_unless_one_each(sku: str, named: int, units: int, *field: str, numbered: bool) -> None:
    """Refuse more or fewer names than units; any at all where there are no serial numbers."""
    if named and not numbered:
        raise NoSerialsKept(sku=sku, field=field)
    if numbered and named != units:
        raise SerialsNeeded(sku=sku, wanted=units, named=named, field=field)


def refuse_others(lines: Iterable[SerialsOfSku], skus: Collection[str], *field: str) -> None:
    """Refuse serial numbers of SKUs that a command is not about."""
    for line in lines:
        if line.sku not in skus and line.serials:
            raise SerialsNeeded(sku=line.sku, wanted=0, named=len(line.serials), field=field)


async def named(sku: str, serials: Iterable[str], streams: Streams) -> NamedSerials:
    """Load the units that are named. A handler asks for them before it asks for stock."""
    serials = tuple(serials)
    found = await streams.find(Serial, [serial_id(sku, serial) for serial in serials])
    return NamedSerials(sku, dict(zip(serials, found, strict=True)))


async def named_by_sku(lines: Iterable[SerialsOfSku], streams: Streams) -> dict[str, NamedSerials]:
    """Load the units that are named for SKUs, each of which is told once."""
    lines = list(lines)
    names = [(line.sku, serial) for line in lines for serial in line.serials]
    found = await streams.find(Serial, [serial_id(*name) for name in names])
    units = dict(zip(names, found, strict=True))
    return {
        line.sku: NamedSerials(line.sku, {each: units[line.sku, each] for each in line.serials})
        for line in lines
    }


def by_line(lines: Iterable[SerialsOfLine]) -> dict[UUID, tuple[str, ...]]:
    """Put together what is named for each order line."""
    names: dict[UUID, tuple[str, ...]] = {}
    for line in lines:
        names[line.line_id] = names.get(line.line_id, ()) + line.serials
    return names


async def named_by_line(
    names: Mapping[UUID, Sequence[str]], skus: Mapping[UUID, str], streams: Streams
) -> dict[UUID, NamedSerials]:
    """Load the units that are named for order lines. Refuses one that is named twice.

    What is named for a line that has no SKU here is left out.
    """
    wanted = {id: skus[id] for id in names if id in skus}
    told = [(sku, serial) for id, sku in wanted.items() for serial in names[id]]
    for (sku, serial), times in Counter(told).items():
        if times > 1:
            raise SerialNamedTwice(serial=serial, sku=sku, field=("serials",))
    found = await streams.find(Serial, [serial_id(*name) for name in told])
    units = dict(zip(told, found, strict=True))
    return {
        id: NamedSerials(sku, {serial: units[sku, serial] for serial in names[id]})
        for id, sku in wanted.items()
    }
