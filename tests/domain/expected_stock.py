"""One event of every topic of stock and transfers, in full; part of expected_events.py."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.orders.quantities import LineQuantity
from oms_core.stock import events as stock
from oms_core.stock.events import StockCondition
from oms_core.transfers import events as transfers

LINE = UUID("0192f0c1-0000-7000-8000-000000000001")
ORDER = UUID("0192f0c1-0000-7000-8000-000000000002")
SHIPMENT = UUID("0192f0c1-0000-7000-8000-000000000003")
RETURN = UUID("0192f0c1-0000-7000-8000-000000000004")
TRANSFER = UUID("0192f0c1-0000-7000-8000-00000000000a")
UNITS = (LineQuantity(line_id=LINE, quantity=2),)
MAY_DAY = date(2026, 5, 1)
LOTS = (stock.LotUnits(lot="L-7", quantity=1, best_before=MAY_DAY),)
MOVED = (transfers.SkuUnits(sku="CAP", quantity=2),)

STOCK_EVENTS: tuple[Event, ...] = (
    stock.StockReceived(
        sku="CAP",
        location="HAM",
        quantity=5,
        reference="delivery note 7",
        return_id=RETURN,
        condition=StockCondition.QUALITY_HOLD,
        supply="PO-7",
        supply_complete=True,
        transfer_id=TRANSFER,
        lots=LOTS,
        serial_numbered=True,
    ),
    stock.StockAdjusted(
        sku="CAP",
        location="HAM",
        delta=-1,
        reason="count",
        reference="report 8",
        lots=LOTS,
        serial_numbered=True,
    ),
    stock.StockCounted(
        sku="CAP",
        location="HAM",
        expected=5,
        counted=4,
        delta=-1,
        reason="cycle count",
        reference="list 3",
        lots=LOTS,
        serial_numbered=True,
    ),
    stock.StockConditionChanged(
        sku="CAP",
        location="HAM",
        quantity=2,
        before=StockCondition.AVAILABLE,
        after=StockCondition.DAMAGED,
        reason="wet",
        reference="report 9",
        lots=LOTS,
    ),
    stock.StockScrapped(
        sku="CAP",
        location="HAM",
        quantity=2,
        condition=StockCondition.DAMAGED,
        reason="wet",
        reference="report 9",
        lots=LOTS,
    ),
    stock.StockReserved(
        sku="CAP",
        location="HAM",
        order_id=ORDER,
        lines=UNITS,
        channel="web",
        from_share=1,
        made_to_order=True,
    ),
    stock.ReservationReleased(
        sku="CAP",
        location="HAM",
        order_id=ORDER,
        lines=UNITS,
        channel="web",
        to_share=1,
        made_to_order=True,
    ),
    stock.LotsPicked(sku="CAP", location="HAM", order_id=ORDER, shipment_id=SHIPMENT, lots=LOTS),
    stock.StockShipped(
        sku="CAP",
        location="HAM",
        order_id=ORDER,
        shipment_id=SHIPMENT,
        lines=UNITS,
        made_to_order=True,
        lots=LOTS,
    ),
    stock.StockTransferredOut(
        sku="CAP", location="HAM", transfer_id=TRANSFER, quantity=2, lots=LOTS
    ),
    stock.StockPolicySet(sku="CAP", location="HAM", safety_stock=2, unlimited=True),
    stock.ChannelShareSet(sku="CAP", location="HAM", channel="web", quantity=2),
    stock.ChannelSafetyStockSet(sku="CAP", location="HAM", channel="web", quantity=2),
    stock.SupplyExpected(
        sku="CAP", location="HAM", supply="PO-7", quantity=20, expected_on=MAY_DAY
    ),
    stock.SupplyRevised(sku="CAP", location="HAM", supply="PO-7", quantity=10, expected_on=MAY_DAY),
    stock.SupplyCancelled(sku="CAP", location="HAM", supply="PO-7", reason="sold out"),
    transfers.TransferPlanned(
        source="HAM",
        destination="MUC",
        lines=MOVED,
        expected_on=MAY_DAY,
        reason="balance",
        number="T-1",
    ),
    transfers.TransferDispatched(
        lots=(transfers.SkuLot(sku="CAP", quantity=1, lot="L-7", best_before=MAY_DAY),),
        serials=(transfers.SkuSerials(sku="CAP", serials=("356938035643809",)),),
    ),
    transfers.TransferReceived(lines=MOVED),
    transfers.TransferDiscrepancyRecorded(lines=MOVED, reason="fell from the van"),
    transfers.TransferCancelled(reason="not needed"),
)
