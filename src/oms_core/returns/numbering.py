"""The serial numbers of goods that come back: each unit that has one is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from oms_core.catalogue.product import Product
from oms_core.kernel.aggregate import Streams
from oms_core.returns.events import Condition, ReturnedQuantity
from oms_core.returns.goods_return import Return
from oms_core.serials.naming import (
    NamedSerials,
    named_by_line,
    refuse_unless_one_each,
)

SCRAPPED = "scrapped after it came back"


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """What a command says of units of a line: how many there are, and which if they have numbers.

    `field` is where it stands in the command.
    """

    line_id: UUID
    quantity: int
    serials: tuple[str, ...]
    field: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SerialsBack:
    """Parts of a return whose units have serial numbers, with the units of each."""

    parts: Sequence[tuple[ReturnedQuantity, NamedSerials]]

    def note(self, goods: Return) -> None:
        """Note where each unit is, and whether it is for sale."""
        for part, units in self.parts:
            for_sale = part.condition is Condition.RESTOCKED
            units.come_back(part.location, goods.id, for_sale=for_sale)
            if part.condition is Condition.SCRAPPED:
                units.write_off(SCRAPPED)


async def serials_back(
    goods: Return,
    told: Sequence[NamedUnits],
    lines: Sequence[ReturnedQuantity],
    products: Mapping[str, Product],
    streams: Streams,
    *,
    inspected: bool = False,
) -> SerialsBack:
    """Load the units that are named, and refuse what this order's customer did not get.

    `inspected` ones are back already. `lines` are the parts that `told` was divided into.
    """
    numbered = {sku for sku, product in products.items() if product.facts.serial_numbered}
    skus = {line.line_id: line.sku for line in lines}
    names: dict[UUID, tuple[str, ...]] = {}
    for each in told:
        sku = skus[each.line_id]
        given, wanted = len(each.serials), each.quantity
        refuse_unless_one_each(sku, given, wanted, *each.field, numbered=sku in numbered)
        names[each.line_id] = names.get(each.line_id, ()) + each.serials
    units = await named_by_line(names, skus, streams)
    for of_line in units.values():
        if inspected:
            of_line.refuse_unless_back(goods.order_id, "lines")
        else:
            of_line.refuse_unless_out(goods.order_id, "lines")
    return SerialsBack(_divided(lines, numbered, units))


def _divided(
    lines: Sequence[ReturnedQuantity], numbered: set[str], units: Mapping[UUID, NamedSerials]
) -> list[tuple[ReturnedQuantity, NamedSerials]]:
    """Give each part as many of its line's units as it has, in the order in which they stand."""
    left = {id: iter(of_line.units.items()) for id, of_line in units.items()}
    return [
        (line, NamedSerials(line.sku, dict(islice(left[line.line_id], line.quantity))))
        for line in lines
        if line.sku in numbered
    ]
