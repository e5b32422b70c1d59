"""The part of the tour that goes through warehouses: what happens to stock alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

from oms_core.kernel.message import Command
from oms_core.serials.commands import MoveSerials, RecordSerials, WriteOffSerials
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition
from oms_core.stock.lot_commands import ExpireLot
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply
from oms_core.transfers.commands import (
    CancelTransfer,
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)

SHELF = {"sku": "MUG", "location": "HAM"}


class StockTour:
    """Stock comes, moves and goes."""

    must: Callable[..., None]
    do: Callable[[Command], bool]
    new_id: Callable[[], UUID]

    def stock(self) -> None:
        wet = {**SHELF, "quantity": 1, "reason": "wet"}
        good, damaged = StockCondition.AVAILABLE, StockCondition.DAMAGED
        po = {**SHELF, "supply": "PO-1"}
        self.must(
            ChangeStockCondition(**wet, before=good, after=damaged),
            ScrapStock(**wet, condition=damaged),
            AdjustStock(**SHELF, delta=-1, reason="count"),
            CountStock(**SHELF, counted=100, reason="count"),
            SetStockPolicy(**SHELF, safety_stock=1),
            SetChannelShare(**SHELF, channel="web", quantity=1),
            SetChannelSafetyStock(**SHELF, channel="counter", quantity=2),
            ExpectSupply(**po, quantity=9, expected_on=date(2026, 3, 9)),
            ReviseSupply(**po, quantity=8),
            CancelSupply(**po, reason="sold out"),
        )
        self.do(AdjustStock(sku="CAP", location="LEJ", delta=-1, reason="count"))

    def lots(self) -> None:
        here, over = {"sku": "TEA", "location": "HAM"}, datetime(2026, 3, 10, tzinfo=UTC)
        self.must(
            ReceiveStock(**here, lot="NEXT", best_before=date(2026, 3, 9), quantity=1),
            ExpireLot(**here, lot="NEXT", at=over),
        )

    def numbered(self) -> None:
        here, away = ({"sku": "PHONE", "location": at} for at in ("HAM", "MUC"))
        move = {"transfer_id": self.new_id(), "destination": "MUC", "reason": "merged"}
        self.must(
            RecordSerials(**here, serials=("S-2",), reason="count"),
            ReceiveStock(**here, quantity=1, serials=("S-3",)),
            ChangeStockCondition(
                **here,
                quantity=1,
                before=StockCondition.AVAILABLE,
                after=StockCondition.DAMAGED,
                reason="wet",
                serials=("S-3",),
            ),
            ScrapStock(**here, quantity=1, reason="wet", serials=("S-3",)),
            MoveSerials(**here, **move, serials=("S-2",)),
            WriteOffSerials(**away, serials=("S-2",), reason="count"),
        )

    def transfers(self) -> None:
        for cancelled in (True, False):
            move = {"transfer_id": self.new_id()}
            units = {"source": "HAM", "destination": "MUC", "expected_on": date(2026, 3, 9)}
            two, one = (WantedUnits(sku="MUG", quantity=n) for n in (2, 1))
            self.must(PlanTransfer(**move, **units, lines=(two,), reason="balance"))
            if cancelled:
                self.must(CancelTransfer(**move, reason="not needed"))
            else:
                self.must(
                    DispatchTransfer(**move),
                    ReceiveTransfer(**move, lines=(one,)),
                    MissTransfer(**move, reason="fell"),
                )
