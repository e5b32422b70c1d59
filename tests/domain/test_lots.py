"""Lots and best-before dates: first expired, first out; what has expired is not sold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    LINE_2,
    ORDER,
    authorize,
    capture,
    eur,
    paid,
    place,
    shipment_id,
    uid,
)

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.message import Command
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.shipments.commands import DispatchShipment, ReleaseToWarehouse
from oms_core.shipments.picking import PickedLine, PickedLot, RecordPick
from oms_core.shipments.policy import Rerouting
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import (
    LotsPicked,
    LotUnits,
    StockCondition,
    StockConditionChanged,
    StockReceived,
    StockShipped,
)
from oms_core.stock.inbound_commands import ArrivedUnits, ExpectSupplies, ReceiveSupplies
from oms_core.stock.lot_commands import ExpireLot
from oms_core.stock.refusals import (
    AnotherLotFirst,
    LotExpired,
    LotHasAnotherDate,
    LotNeeded,
    NoLotsKept,
    TooFewInLot,
    UnitsExpired,
)
from oms_core.stock.stock_item import StockItem, stock_item_id
from oms_core.timers.process import timers
from oms_core.transfers.commands import (
    DispatchTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)

AVAILABLE, HOLD, DAMAGED = StockCondition
WET_A = {"reason": "wet", "lot": "A"}
HAMBURG, MUNICH = stock_item_id("TEA", "HAM"), stock_item_id("TEA", "MUC")
PLACE = {"sku": "TEA", "location": "HAM"}
APRIL, MAY, JUNE = date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)
MOVE = uid(95)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def receive(lot: str | None, units: int, best_before: date | None = None, **given: Any) -> Command:
    return ReceiveStock(**PLACE, lot=lot, quantity=units, best_before=best_before, **given)


def story(*commands: Command) -> Story:
    """Tea comes in lots; mugs do not."""
    tea = {"price": eur("10"), "tax_rate": Decimal("0.19")}
    return Story().after(
        RegisterProduct(sku="TEA", name="Tea", **tea, keeps_lots=True),
        RegisterProduct(sku="MUG", name="Mug", price=eur("4")),
        RegisterLocation(code="HAM", name="Hamburg", country="DE"),
        RegisterLocation(code="MUC", name="Munich", country="DE"),
        *commands,
    )


THREE = (receive("B", 3, MAY), receive("A", 2, APRIL), receive("Z", 4))


def lots(begun: Story, condition: StockCondition = StockCondition.AVAILABLE) -> dict[str, int]:
    found = begun.history.fold(StockItem, HAMBURG).lots.items()
    return {lot: known.units[condition] for lot, known in found if condition in known.units}


def send(day: date, shipment: int = 1) -> DispatchShipment:
    return DispatchShipment(
        shipment_id=shipment_id(shipment), carrier="DHL", dispatched_at=noon(day)
    )


def test_a_receipt_names_its_lot() -> None:
    begun = story()
    begun.when(receive(None, 3)).refused(LotNeeded, "TEA is kept by lots", field="lot")
    done = begun.history.execute(receive("A", 2, APRIL))
    part = LotUnits(lot="A", quantity=2, best_before=APRIL)
    assert done.events[HAMBURG] == [StockReceived(**PLACE, quantity=2, lots=(part,))]
    begun.when(receive("A", 1, MAY)).refused(
        LotHasAnotherDate, "best before 2026-04-30, not 2026-05-31", field="best_before"
    )
    mugs = ReceiveStock(sku="MUG", location="HAM", quantity=1, lot="A")
    begun.when(mugs).refused(NoLotsKept, "MUG is not kept by lots", field="lot")
    assert lots(begun) == {"A": 2}


def test_what_has_expired_is_not_taken_in_for_sale() -> None:
    begun, late = story(), {"received_at": noon(MAY)}
    begun.after(receive("M", 1, MAY, **late))
    begun.when(receive("A", 2, APRIL, **late)).refused(
        LotExpired, "Lot A of TEA was best before 2026-04-30", field="best_before"
    )
    begun.after(receive("A", 2, APRIL, **late, condition=DAMAGED))
    assert (lots(begun), lots(begun, DAMAGED)) == ({"M": 1}, {"A": 2})


def test_what_expires_first_leaves_first() -> None:
    begun = story(*THREE, place(("TEA", 8)), *paid("95.20"))
    [shipped] = begun.history.execute(send(APRIL)).events[HAMBURG]
    assert isinstance(shipped, StockShipped)
    assert shipped.lots == (
        LotUnits(lot="A", quantity=2, best_before=APRIL),
        LotUnits(lot="B", quantity=3, best_before=MAY),
        LotUnits(lot="Z", quantity=3),
    )
    assert lots(begun) == {"Z": 1}


def test_what_has_expired_does_not_leave() -> None:
    begun = story(*THREE[:2], place(("TEA", 3)), *paid("35.70"))
    [shipped] = begun.history.execute(send(MAY)).events[HAMBURG]
    assert isinstance(shipped, StockShipped)
    assert [part.lot for part in shipped.lots] == ["B"]
    begun.after(receive("C", 1, MAY), place(("TEA", 3), number="1002"))
    assert lots(begun) == {"A": 2, "C": 1}
    short = story(*THREE[:2], place(("TEA", 4)), *paid("47.60"))
    short.when(send(MAY)).refused(UnitsExpired, "4 units are wanted for sale, but 3 are not past")
    short.when(send(JUNE)).refused(UnitsExpired, "but 0 are not past")


def test_a_lot_that_expires_is_not_promised_any_more() -> None:
    begun = story()
    [received] = begun.history.execute(receive("A", 2, APRIL)).events[HAMBURG]
    [timer] = timers(HAMBURG, received)
    assert timer.due_at == datetime(2026, 5, 1, tzinfo=UTC)  # type: ignore[union-attr]
    expire = timer.command  # type: ignore[union-attr]
    assert isinstance(expire, ExpireLot)
    begun.when(expire.model_copy(update={"at": noon(APRIL)})).then({})
    changed = StockConditionChanged(
        **PLACE,
        quantity=2,
        before=StockCondition.AVAILABLE,
        after=HOLD,
        reason="past its best-before date",
        reference="A",
        lots=(LotUnits(lot="A", quantity=2, best_before=APRIL),),
    )
    begun.when(expire).then({HAMBURG: [changed]})
    begun.when(expire).then({})
    assert begun.history.fold(StockItem, HAMBURG).available == 0
    back = {"before": HOLD, "after": StockCondition.AVAILABLE, "reason": "looks fine"}
    release = ChangeStockCondition(**PLACE, quantity=2, **back, changed_at=noon(MAY))
    begun.when(release).refused(UnitsExpired, "2 units are wanted for sale, but 0")
    begun.when(release.model_copy(update={"lot": "A"})).refused(UnitsExpired, "but 0")
    begun.after(ScrapStock(**PLACE, quantity=2, condition=HOLD, reason="old", lot="A"))
    assert begun.history.fold(StockItem, HAMBURG).lots == {}


def test_a_lot_keeps_its_conditions_apart() -> None:
    hold = {"before": StockCondition.AVAILABLE, "after": HOLD, "reason": "recall", "lot": "B"}
    begun = story(*THREE, ChangeStockCondition(**PLACE, quantity=2, **hold))
    assert lots(begun) == {"B": 1, "A": 2, "Z": 4}
    assert lots(begun, HOLD) == {"B": 2}
    begun.when(ChangeStockCondition(**PLACE, quantity=2, **hold)).refused(
        TooFewInLot, "1 units of lot B are AVAILABLE, so not 2", field="lot"
    )
    unknown = ScrapStock(**PLACE, quantity=1, lot="X", reason="?")
    begun.when(unknown).refused(TooFewInLot, "0 units of lot X are DAMAGED", field="lot")


@pytest.mark.parametrize(
    ("command", "left"),
    [
        (AdjustStock(**PLACE, delta=-3, reason="gone"), {"B": 2, "Z": 4}),
        (AdjustStock(**PLACE, delta=-3, reason="gone", lot="Z"), {"A": 2, "B": 3, "Z": 1}),
        (AdjustStock(**PLACE, delta=2, reason="found", lot="A"), {"A": 4, "B": 3, "Z": 4}),
        (AdjustStock(**PLACE, delta=2, reason="found"), {"A": 2, "B": 3, "Z": 4}),
        (CountStock(**PLACE, counted=5, reason="count"), {"B": 1, "Z": 4}),
        (CountStock(**PLACE, counted=11, reason="count"), {"A": 2, "B": 3, "Z": 4}),
    ],
)
def test_corrections_are_of_the_lot_named_or_of_those_that_expire_first(
    command: Command, left: dict[str, int]
) -> None:
    assert lots(story(*THREE, command)) == left


def test_a_short_pick_takes_off_what_was_looked_for() -> None:
    begun = story(*THREE, place(("TEA", 3)), *paid("35.70"))
    pick = {"lines": (PickedLine(line_id=LINE_1, quantity=1),), "if_short": Rerouting.BACKORDER}
    begun.after(RecordPick(shipment_id=shipment_id(1), **pick))
    assert lots(begun) == {"B": 3, "Z": 4}
    assert begun.history.fold(Order, ORDER).lines[LINE_1].backordered == 2


def test_lots_travel_with_a_transfer() -> None:
    plan = PlanTransfer(
        transfer_id=MOVE,
        source="HAM",
        destination="MUC",
        lines=(WantedUnits(sku="TEA", quantity=4),),
        expected_on=MAY,
        reason="balance",
    )
    begun = story(*THREE, plan, DispatchTransfer(transfer_id=MOVE))
    assert lots(begun) == {"B": 1, "Z": 4}
    three = (WantedUnits(sku="TEA", quantity=3),)
    begun.after(ReceiveTransfer(transfer_id=MOVE, lines=three))
    begun.after(ReceiveTransfer(transfer_id=MOVE))
    there = begun.history.fold(StockItem, MUNICH).lots
    assert {lot: known.best_before for lot, known in there.items()} == {"A": APRIL, "B": MAY}
    assert {lot: sum(known.units.values()) for lot, known in there.items()} == {"A": 2, "B": 2}


def test_a_transfer_does_not_mix_lots_of_one_name() -> None:
    other = ReceiveStock(sku="TEA", location="MUC", quantity=1, lot="A", best_before=JUNE)
    plan = PlanTransfer(
        transfer_id=MOVE,
        source="HAM",
        destination="MUC",
        lines=(WantedUnits(sku="TEA", quantity=1),),
        expected_on=MAY,
        reason="balance",
    )
    begun = story(*THREE, other, plan, DispatchTransfer(transfer_id=MOVE))
    begun.when(ReceiveTransfer(transfer_id=MOVE)).refused(
        LotHasAnotherDate, "Lot A of TEA at MUC is best before 2026-06-30", field="lines"
    )


def test_a_delivery_of_many_products_names_lots_where_they_are_kept() -> None:
    supply = {"location": "HAM", "supply": "PO-1"}
    announced = ({"sku": "MUG", "quantity": 5}, {"sku": "TEA", "quantity": 5})
    expect = ExpectSupplies.model_validate({**supply, "lines": announced, "expected_on": APRIL})
    begun = story(expect)
    mugs = ArrivedUnits(sku="MUG", quantity=5)
    bare = ReceiveSupplies(**supply, lines=(mugs, ArrivedUnits(sku="TEA", quantity=5)))
    begun.when(bare).refused(LotNeeded, field="lines.1.lot")
    tea = ArrivedUnits(sku="TEA", quantity=5, lot="A", best_before=APRIL)
    late = ReceiveSupplies(**supply, lines=(mugs, tea), received_at=noon(MAY))
    begun.when(late).refused(LotExpired, field="lines.1.best_before")
    begun.after(late.model_copy(update={"received_at": noon(APRIL)}))
    assert lots(begun) == {"A": 5}


def pick(line: PickedLine, shipment: int = 1, order: UUID = ORDER) -> RecordPick:
    id = shipment_id(shipment, order)
    return RecordPick(shipment_id=id, lines=(line,), picked_at=noon(APRIL))


def of_lots(**lots: int) -> PickedLine:
    parts = tuple(PickedLot(lot=lot, quantity=count) for lot, count in lots.items())
    return PickedLine(line_id=LINE_1, quantity=sum(lots.values()), lots=parts)


def test_a_pick_tells_which_lots_are_in_hand() -> None:
    begun = story(*THREE, place(("TEA", 3)), *paid("35.70"))
    done = begun.history.execute(pick(of_lots(A=2, B=1)))
    in_hand = (
        LotUnits(lot="A", quantity=2, best_before=APRIL),
        LotUnits(lot="B", quantity=1, best_before=MAY),
    )
    facts = {**PLACE, "order_id": ORDER, "shipment_id": shipment_id(1)}
    assert done.events[HAMBURG] == [LotsPicked(**facts, lots=in_hand)]
    begun.when(pick(of_lots(A=2, B=1))).then({})
    [shipped] = begun.history.execute(send(APRIL)).events[HAMBURG]
    assert isinstance(shipped, StockShipped)
    assert shipped.lots == in_hand
    assert begun.history.fold(StockItem, HAMBURG).in_hand == {}


def test_what_expires_first_is_picked_first_unless_others_have_it_in_hand() -> None:
    other = order_id("1002")
    pay = {"order_id": other, "reference": "pi_2"}
    begun = story(
        *THREE,
        *(place(("TEA", 2)), *paid("23.80")),
        place(number="1002", lines=(WantedLine(line_id=LINE_2, sku="TEA", quantity=2),)),
        *(authorize("23.80", **pay), capture("23.80", **pay), ReleaseToWarehouse(order_id=other)),
    )
    begun.when(pick(of_lots(B=2))).refused(
        AnotherLotFirst, "lot A expires before lot B, and there is more of it", field="lines"
    )
    begun.after(pick(of_lots(A=2)))
    late = PickedLine(line_id=LINE_2, quantity=2, lots=(PickedLot(lot="A", quantity=2),))
    begun.when(pick(late, order=other)).refused(TooFewInLot, "0 units of lot A", field="lot")
    unnamed = DispatchShipment(
        shipment_id=shipment_id(1, other), carrier="DHL", dispatched_at=noon(APRIL)
    )
    [shipped] = begun.history.execute(unnamed).events[HAMBURG]
    assert isinstance(shipped, StockShipped)
    assert [(part.lot, part.quantity) for part in shipped.lots] == [("B", 2)]
    begun.after(send(APRIL))
    assert lots(begun) == {"B": 1, "Z": 4}


def test_other_lots_than_those_told_first_may_be_in_hand() -> None:
    begun = story(*THREE, place(("TEA", 1)), *paid("11.90"))
    begun.after(pick(of_lots(A=1)), ScrapStock(**PLACE, quantity=2, condition=AVAILABLE, **WET_A))
    begun.when(send(APRIL)).refused(TooFewInLot, "0 units of lot A", field="lot")
    begun.after(pick(of_lots(B=1)), send(APRIL))
    assert lots(begun) == {"B": 2, "Z": 4}


def test_what_a_picker_does_not_find_is_not_what_is_in_hand() -> None:
    begun = story(*THREE, place(("TEA", 3)), *paid("35.70"))
    short = pick(of_lots(A=1)).model_copy(update={"if_short": Rerouting.CANCEL})
    begun.after(short)
    assert lots(begun) == {"A": 1, "B": 2, "Z": 4}
    begun.after(send(APRIL))
    assert lots(begun) == {"B": 2, "Z": 4}


def test_lots_are_told_of_all_units_or_of_none() -> None:
    with pytest.raises(ValidationError, match="must name the lots of all units, or of none"):
        pick(of_lots(A=1).model_copy(update={"quantity": 2}))
