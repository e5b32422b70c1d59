"""A shop whose phones have serial numbers, and what is done with them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    NOW,
    eur,
    paid,
    place,
    shipment_id,
    uid,
)

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.message import Command
from oms_core.locations.commands import RegisterLocation
from oms_core.serials.naming import (
    SerialsOfLine,
    SerialsOfSku,
)
from oms_core.serials.serial import Serial, SerialStatus, serial_id
from oms_core.shipments.commands import DispatchShipment
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.stock.commands import (
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
)
from oms_core.stock.events import StockCondition
from oms_core.stock.stock_item import stock_item_id
from oms_core.transfers.commands import (
    PlanTransfer,
    WantedUnits,
)

PLACE = {"sku": "PHONE", "location": "HAM"}
HAMBURG = stock_item_id("PHONE", "HAM")
MOVE = {"transfer_id": uid(95)}
SENT = {"carrier": "DHL", "dispatched_at": NOW}


def story(*commands: Command) -> Story:
    """Phones have serial numbers; mugs do not."""
    phone = {"price": eur("10"), "tax_rate": Decimal("0.19"), "serial_numbered": True}
    return Story().after(
        RegisterProduct(sku="PHONE", name="Phone", **phone),
        RegisterProduct(sku="MUG", name="Mug", price=eur("10"), tax_rate=Decimal("0.19")),
        RegisterLocation(code="HAM", name="Hamburg", country="DE"),
        RegisterLocation(code="MUC", name="Munich", country="DE"),
        *commands,
    )


def receive(*serials: str, location: str = "HAM") -> ReceiveStock:
    place = {"sku": "PHONE", "location": location}
    return ReceiveStock(**place, quantity=len(serials), serials=serials, reference="note 7")


def released(*serials: str) -> Story:
    """Those phones are there, and two of them are to be sent."""
    return story(receive(*serials), place(("PHONE", 2)), *paid("23.80"))


def of_line(*serials: str) -> tuple[SerialsOfLine, ...]:
    return (SerialsOfLine(line_id=LINE_1, serials=serials),)


def send(*serials: str, shipment: int = 1, **given: Any) -> DispatchShipment:
    named = of_line(*serials) if serials else ()
    return DispatchShipment(shipment_id=shipment_id(shipment), **SENT, serials=named, **given)


def pick(*serials: str, quantity: int | None = None, **given: Any) -> RecordPick:
    units = len(serials) if quantity is None else quantity
    line = PickedLine(line_id=LINE_1, quantity=units, serials=serials)
    return RecordPick(shipment_id=shipment_id(1), lines=(line,), **given)


def where(begun: Story, serial: str) -> tuple[SerialStatus, str]:
    unit = begun.history.fold(Serial, serial_id("PHONE", serial))
    return unit.status, unit.location


def condition(begun: Story, serial: str) -> StockCondition | None:
    return begun.history.fold(Serial, serial_id("PHONE", serial)).view().condition


def counted(units: int, *serials: str) -> CountStock:
    return CountStock(**PLACE, counted=units, reason="count", serials=serials)


def changed(before: StockCondition, after: StockCondition, *serials: str) -> ChangeStockCondition:
    about = {"before": before, "after": after, "reason": "look", "serials": serials}
    return ChangeStockCondition(**PLACE, quantity=len(serials) or 1, **about)


AVAILABLE, HOLD, DAMAGED = StockCondition
ON_HAND, SHIPPED, APART, TRANSIT, GONE = SerialStatus


def moving(units: int = 2) -> Story:
    plan = PlanTransfer(
        **MOVE,
        source="HAM",
        destination="MUC",
        lines=(WantedUnits(sku="PHONE", quantity=units),),
        expected_on=date(2026, 3, 9),
        reason="balance",
    )
    return story(receive("A", "B", "C"), plan)


def of_phones(*serials: str) -> tuple[SerialsOfSku, ...]:
    return (SerialsOfSku(sku="PHONE", serials=serials),)
