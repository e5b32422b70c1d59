"""Stock between two locations: it leaves one, is in transit, and arrives at the other, or not."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    place,
    stocked,
    uid,
)

from oms_core.catalogue.events import ProductStocked
from oms_core.catalogue.product import NoSuchProduct, product_id
from oms_core.kernel.message import Command
from oms_core.locations.commands import CloseLocation
from oms_core.locations.location import NoSuchLocation
from oms_core.stock.events import (
    StockReceived,
    StockTransferredOut,
    SupplyCancelled,
    SupplyExpected,
)
from oms_core.stock.policy_commands import SetStockPolicy
from oms_core.stock.stock_item import InsufficientStock, StockItem
from oms_core.transfers.commands import (
    CancelTransfer,
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)
from oms_core.transfers.events import (
    SkuUnits,
    TransferCancelled,
    TransferDiscrepancyRecorded,
    TransferDispatched,
    TransferPlanned,
    TransferReceived,
)
from oms_core.transfers.transfer import (
    MoreThanInTransit,
    NothingToTransfer,
    Transfer,
    TransferNotInTransit,
    TransferNotPlanned,
    TransferStatus,
    TransferToItself,
)

MOVE = uid(95)
SUPPLY = f"transfer {MOVE}"
DAY = date(2026, 3, 9)
DISPATCH, MISS = DispatchTransfer(transfer_id=MOVE), MissTransfer(transfer_id=MOVE, reason="fell")
FROM_HAM, TO_MUC = {"sku": "CAP", "location": "HAM"}, {"sku": "CAP", "location": "MUC"}


def plan(quantity: int = 4, source: str = "HAM", destination: str = "MUC") -> PlanTransfer:
    return PlanTransfer(
        transfer_id=MOVE,
        source=source,
        destination=destination,
        lines=(WantedUnits(sku="CAP", quantity=quantity),),
        expected_on=DAY,
        reason="balance",
    )


def receive(quantity: int | None = None) -> ReceiveTransfer:
    lines = None if quantity is None else (WantedUnits(sku="CAP", quantity=quantity),)
    return ReceiveTransfer(transfer_id=MOVE, lines=lines)


def story(*commands: Command) -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 0}), *commands)


def figures(story: Story) -> tuple[int, int, int]:
    """What is at the source, at the destination, and announced there."""
    here = story.history.fold(StockItem, CAP_AT_HAMBURG)
    there = story.history.fold(StockItem, CAP_AT_MUNICH)
    return here.on_hand, there.on_hand, sum(s.incoming for s in there.supplies.values())


def test_what_is_planned_stays_where_it_is() -> None:
    begun = story()
    begun.when(plan()).then(
        {
            MOVE: [
                TransferPlanned(
                    source="HAM",
                    destination="MUC",
                    lines=(SkuUnits(sku="CAP", quantity=4),),
                    expected_on=DAY,
                    reason="balance",
                )
            ]
        }
    )
    assert figures(begun) == (5, 0, 0)


def test_what_left_is_in_transit_and_announced_until_it_arrives() -> None:
    begun = story(plan())
    begun.when(DISPATCH).then(
        {
            MOVE: [TransferDispatched()],
            CAP_AT_HAMBURG: [StockTransferredOut(**FROM_HAM, transfer_id=MOVE, quantity=4)],
            CAP_AT_MUNICH: [SupplyExpected(**TO_MUC, supply=SUPPLY, quantity=4, expected_on=DAY)],
            product_id("CAP"): [ProductStocked(location="MUC")],
        }
    )
    assert figures(begun) == (1, 0, 4)
    begun.when(receive(3)).then(
        {
            MOVE: [TransferReceived(lines=(SkuUnits(sku="CAP", quantity=3),))],
            CAP_AT_MUNICH: [
                StockReceived(
                    **TO_MUC,
                    quantity=3,
                    reference=str(MOVE),
                    supply=SUPPLY,
                    transfer_id=MOVE,
                )
            ],
        }
    )
    assert figures(begun) == (1, 3, 1)
    begun.after(receive())
    assert figures(begun) == (1, 4, 0)
    assert begun.history.fold(Transfer, MOVE).status is TransferStatus.RECEIVED


def test_what_does_not_arrive_is_recorded_and_not_expected_any_more() -> None:
    begun = story(plan(), DISPATCH, receive(3))
    begun.when(MISS).then(
        {
            MOVE: [
                TransferDiscrepancyRecorded(lines=(SkuUnits(sku="CAP", quantity=1),), reason="fell")
            ],
            CAP_AT_MUNICH: [SupplyCancelled(**TO_MUC, supply=SUPPLY, reason="fell")],
        }
    )
    [line] = begun.history.fold(Transfer, MOVE).view().lines
    assert (line.quantity, line.received, line.in_transit, line.missing) == (4, 3, 0, 1)
    begun.when(receive()).refused(TransferNotInTransit, "is RECEIVED")


def test_a_transfer_to_itself_is_refused() -> None:
    story().when(plan(destination="HAM")).refused(
        TransferToItself, "both are HAM", field="destination"
    )


def test_what_is_unknown_is_refused() -> None:
    story().when(plan(destination="LEJ")).refused(NoSuchLocation, "LEJ", field="destination")
    story().when(plan(source="LEJ")).refused(NoSuchLocation, "LEJ", field="source")
    lines = (WantedUnits(sku="HAT", quantity=1),)
    unknown = plan().model_copy(update={"lines": lines})
    story().when(unknown).refused(NoSuchProduct, "HAT", field="lines.0.sku")
    nothing = plan().model_copy(update={"lines": ()})
    story().when(nothing).refused(NothingToTransfer, "from HAM", field="lines")


def test_no_more_leaves_than_is_free() -> None:
    begun = story(place(("CAP", 3)), plan(3))
    begun.when(DISPATCH).refused(InsufficientStock, "3 wanted, 2 available")


def test_the_safety_stock_stays_unless_the_location_is_closed() -> None:
    begun = story(SetStockPolicy(**FROM_HAM, safety_stock=2), plan(4))
    begun.when(DISPATCH).refused(InsufficientStock, "4 wanted, 3 available")
    begun.after(CloseLocation(code="HAM", reason="moving"), DISPATCH)
    assert figures(begun) == (1, 0, 4)


def test_no_more_arrives_than_is_in_transit() -> None:
    begun = story(plan(), DISPATCH)
    begun.when(receive(5)).refused(MoreThanInTransit, "4 are in transit", field="lines")
    story(plan()).when(receive()).refused(TransferNotInTransit, "is PLANNED")
    story(plan()).when(MISS).refused(TransferNotInTransit, "is PLANNED")


def test_it_leaves_once_or_never() -> None:
    cancel = CancelTransfer(transfer_id=MOVE, reason="not needed")
    story(plan(), DISPATCH).when(DISPATCH).refused(TransferNotPlanned, "is IN_TRANSIT")
    story(plan(), DISPATCH).when(cancel).refused(TransferNotPlanned, "is IN_TRANSIT")
    begun = story(plan())
    begun.when(cancel).then({MOVE: [TransferCancelled(reason="not needed")]})
    begun.when(DISPATCH).refused(TransferNotPlanned, "is CANCELLED")


def test_a_sku_is_named_once() -> None:
    twice = [{"sku": "CAP", "quantity": 1}] * 2
    with pytest.raises(ValidationError, match="another SKU"):
        PlanTransfer.model_validate(plan().model_dump() | {"lines": twice})
