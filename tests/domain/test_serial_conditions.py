"""The condition of a unit on hand, by its serial number."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.domain.phones import (
    AVAILABLE,
    DAMAGED,
    GONE,
    HOLD,
    MOVE,
    ON_HAND,
    PLACE,
    changed,
    condition,
    moving,
    of_phones,
    pick,
    receive,
    released,
    send,
    story,
    where,
)
from tests.domain.shop import (
    NOW,
    eur,
    place,
    shipment_id,
)

from oms_core.catalogue.commands import RegisterProduct
from oms_core.serials.commands import RecordSerials
from oms_core.serials.events import SerialConditionChanged
from oms_core.serials.naming import (
    SerialInOtherCondition,
    SerialsNeeded,
)
from oms_core.serials.serial import serial_id
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.tracking import ReceiveReturnToSender
from oms_core.stock.commands import (
    AdjustStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.lot_commands import ExpireLot
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.transfers.commands import (
    DispatchTransfer,
)


def test_a_unit_has_the_condition_that_was_said_of_it() -> None:
    begun = story(receive("A", "B"), receive("C").model_copy(update={"condition": HOLD}))
    begun.when(changed(AVAILABLE, HOLD)).refused(SerialsNeeded, field="serials")
    begun.when(changed(AVAILABLE, HOLD, "C")).refused(
        SerialInOtherCondition, "C of PHONE is QUALITY_HOLD, not AVAILABLE", field="serials"
    )
    done = begun.history.execute(changed(AVAILABLE, HOLD, "A"))
    assert done.events[serial_id("PHONE", "A")] == [
        SerialConditionChanged(**PLACE, serial="A", condition=HOLD, reason="look")
    ]
    begun.after(changed(HOLD, DAMAGED, "A"), changed(HOLD, AVAILABLE, "C"))
    assert [condition(begun, each) for each in "ABC"] == [DAMAGED, AVAILABLE, AVAILABLE]
    begun.when(ScrapStock(**PLACE, quantity=1, reason="wet", serials=("B",))).refused(
        SerialInOtherCondition, "B of PHONE is AVAILABLE, not DAMAGED", field="serials"
    )
    begun.after(ScrapStock(**PLACE, quantity=1, reason="wet", serials=("A",)))
    assert (where(begun, "A")[0], condition(begun, "A")) == (GONE, None)


def test_what_is_on_hold_is_not_picked_sent_moved_or_missed() -> None:
    begun = released("A", "B", "C").after(changed(AVAILABLE, HOLD, "A"))
    begun.when(pick("A", "B")).refused(SerialInOtherCondition, field="lines")
    begun.when(send("A", "B")).refused(SerialInOtherCondition, field="serials")
    gone = AdjustStock(**PLACE, delta=-1, reason="gone", serials=("A",))
    begun.when(gone).refused(SerialInOtherCondition, field="serials")
    moved = moving().after(changed(AVAILABLE, HOLD, "A"))
    move = DispatchTransfer(**MOVE, serials=of_phones("A", "B"))
    moved.when(move).refused(SerialInOtherCondition, field="serials")
    begun.after(send("B", "C"))


def test_what_a_carrier_brings_back_unfit_is_on_hold_until_it_is_released() -> None:
    begun = released("A", "B").after(
        send("A", "B"),
        ReceiveReturnToSender(
            shipment_id=shipment_id(1), then=Rerouting.CANCEL, restock=False, received_at=NOW
        ),
    )
    assert (where(begun, "A"), condition(begun, "A")) == ((ON_HAND, "HAM"), HOLD)
    begun.after(changed(HOLD, AVAILABLE, "A"), place(("PHONE", 1), number="1002"))


def test_of_a_lot_that_expired_nobody_named_the_units() -> None:
    pill = {"sku": "PILL", "location": "HAM"}
    begun = story(
        RegisterProduct(
            sku="PILL", name="Pill", price=eur("10"), keeps_lots=True, serial_numbered=True
        ),
        ReceiveStock(
            **pill, quantity=2, serials=("A", "B"), lot="L-1", best_before=date(2026, 3, 1)
        ),
        ExpireLot(**pill, lot="L-1", at=datetime(2026, 3, 2, tzinfo=UTC)),
    )
    gone = {"condition": HOLD, "reason": "expired", "serials": ("A", "B")}
    begun.after(ScrapStock(**pill, quantity=2, **gone))
    assert begun.history.fold(StockItem, stock_item_id("PILL", "HAM")).on_hand == 0


def test_a_unit_that_turns_up_may_be_damaged() -> None:
    begun = story(RecordSerials(**PLACE, serials=("A",), reason="count", condition=DAMAGED))
    assert condition(begun, "A") is DAMAGED
