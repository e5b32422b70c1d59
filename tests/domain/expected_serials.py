"""One event of every topic of serial numbers, in full; part of expected_events.py."""

from __future__ import annotations

from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.serials import events as serials
from oms_core.stock.events import StockCondition

ORDER = UUID("0192f0c1-0000-7000-8000-000000000002")
SHIPMENT = UUID("0192f0c1-0000-7000-8000-000000000003")
RETURN = UUID("0192f0c1-0000-7000-8000-000000000004")
TRANSFER = UUID("0192f0c1-0000-7000-8000-00000000000a")
UNIT = {"sku": "CAP", "serial": "356938035643809"}

SERIAL_EVENTS: tuple[Event, ...] = (
    serials.SerialReceived(
        **UNIT, location="HAM", reference="delivery note 7", condition=StockCondition.DAMAGED
    ),
    serials.SerialShipped(**UNIT, location="HAM", order_id=ORDER, shipment_id=SHIPMENT),
    serials.SerialCameBack(**UNIT, location="HAM", for_sale=True, return_id=RETURN),
    serials.SerialConditionChanged(
        **UNIT, location="HAM", condition=StockCondition.QUALITY_HOLD, reason="wet"
    ),
    serials.SerialTransferred(**UNIT, location="HAM", destination="MUC", transfer_id=TRANSFER),
    serials.SerialArrived(**UNIT, location="MUC", transfer_id=TRANSFER),
    serials.SerialWrittenOff(**UNIT, reason="fell from the van"),
)
