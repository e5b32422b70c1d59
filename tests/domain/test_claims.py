"""Claims: what arrived damaged or never, refunded or sent again to the cent, decided once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.domain.aftercare import delivered, order
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    LINE_2,
    NOW,
    ORDER,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    refund,
    send_back,
    shipment_id,
    stocked,
    uid,
    units,
)

from oms_core.channels.commands import ConfigureChannel, ReturnRules
from oms_core.claims.claim import (
    Claim,
    ClaimAlreadyResolved,
    ClaimStatus,
    MissingGoodsStayAway,
    NoSuchClaim,
)
from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import (
    ClaimedQuantity,
    ClaimOpened,
    ClaimProblem,
    ClaimResolution,
    ClaimResolved,
)
from oms_core.orders.events import (
    ClaimEnded,
    CreditGranted,
    LinesClaimed,
    LinesReturnRequested,
    OrderPlaced,
)
from oms_core.orders.order import order_id
from oms_core.orders.refusals import (
    ClaimAlreadyOpened,
    CreditWasCarriedOver,
    NoSuchOrderLine,
    ReturnAlreadyRequested,
    TooFewUnitsToReturn,
)
from oms_core.orders.status import PaymentStatus
from oms_core.returns.commands import CancelReturn
from oms_core.returns.events import ReturnRequested
from oms_core.returns.policy import ReturnReason
from oms_core.returns.receiving import ReceiveReturn
from oms_core.returns.refunding import OutstandingUnits, RefundReturn
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.stock.stock_item import InsufficientStock, StockItem

CLAIM, BACK, SECOND = uid(88), uid(81), order_id("1001-R")
REFUND, REPLACE, REJECT = ClaimResolution.REFUND, ClaimResolution.REPLACE, ClaimResolution.REJECT
TAKE_BACK = ClaimResolution.TAKE_BACK
MISSING = ClaimProblem.MISSING


def claim(
    count: int, number: int = 88, line: Any = LINE_1, problem: ClaimProblem = MISSING
) -> OpenClaim:
    lines = (ClaimedLine(line_id=line, quantity=count, problem=problem, comment="empty box"),)
    return OpenClaim(claim_id=uid(number), order_id=ORDER, lines=lines)


def resolve(resolution: ClaimResolution, **more: Any) -> ResolveClaim:
    usual = {"claim_id": CLAIM, "credit_id": uid(95), "number": "1001-R", "placed_at": NOW}
    usual |= {"return_id": BACK}
    return ResolveClaim(**(usual | more), resolution=resolution)


def status(story: Story) -> ClaimStatus:
    return story.history.fold(Claim, CLAIM).view().status


def test_claimed_units_are_in_no_return() -> None:
    begun = delivered()
    begun.when(claim(2)).then(
        {
            ORDER: [LinesClaimed(claim_id=CLAIM, lines=(units(LINE_1, 2),))],
            CLAIM: [
                ClaimOpened(
                    order_id=ORDER,
                    lines=(
                        ClaimedQuantity(
                            **units(LINE_1, 2).model_dump(),
                            sku="CAP",
                            problem=MISSING,
                            comment="empty box",
                        ),
                    ),
                )
            ],
        }
    )
    begun.when(claim(1)).refused(ClaimAlreadyOpened)
    begun.when(send_back({LINE_1: 2})).refused(TooFewUnitsToReturn, "only 1 arrived", field="lines")
    begun.after(send_back({LINE_1: 1}))
    begun.when(claim(1, 89)).refused(TooFewUnitsToReturn, "only 0 arrived", field="lines")
    begun.when(claim(1, 89, LINE_2)).refused(NoSuchOrderLine, field="lines")


def test_a_missing_item_is_refunded_without_any_goods_back() -> None:
    begun = delivered().after(claim(1))
    done = begun.history.execute(resolve(REFUND, reason="lost by the carrier"))
    assert set(done.events) == {ORDER, CLAIM}
    credit, ended = done.events[ORDER]
    assert isinstance(credit, CreditGranted)
    assert (credit.claim_id, credit.amount) == (CLAIM, Decimal("11.90"))
    assert ended == ClaimEnded(claim_id=CLAIM, settled=True)
    [resolved] = done.events[CLAIM]
    assert isinstance(resolved, ClaimResolved)
    assert (resolved.amount, resolved.reason) == (Decimal("11.90"), "lost by the carrier")
    assert (status(begun), order(begun).refund_due) == (ClaimStatus.REFUNDED, Decimal("11.90"))
    begun.when(send_back({LINE_1: 3})).refused(TooFewUnitsToReturn, "only 2", field="lines")


def test_a_rejected_claim_leaves_everything_as_it_was() -> None:
    begun = delivered().after(claim(1))
    begun.when(resolve(REJECT, reason="worn")).then(
        {
            CLAIM: [ClaimResolved(resolution=REJECT, currency="EUR", reason="worn")],
            ORDER: [ClaimEnded(claim_id=CLAIM, settled=False)],
        }
    )
    begun.after(send_back({LINE_1: 3}))


def test_a_claim_is_decided_once() -> None:
    begun = delivered().after(claim(1), resolve(REFUND))
    for resolution in ClaimResolution:
        begun.when(resolve(resolution, credit_id=uid(96))).refused(ClaimAlreadyResolved, "refund")
    begun.when(resolve(REFUND, claim_id=uid(89))).refused(NoSuchClaim)


def test_goods_are_sent_again_for_exactly_what_they_were_sold_for() -> None:
    """At today's price and rounding the customer would owe or get some cents for a broken cap."""
    begun = delivered(discount=eur("0.10")).after(claim(2))
    done = begun.history.execute(resolve(REPLACE))
    [placed, *_] = done.events[SECOND]
    assert isinstance(placed, OrderPlaced)
    assert placed.total == Decimal("23.72")  # 19.93, and 3.79 of the tax
    second = order(begun, SECOND)
    assert (second.view().payment_status, second.owed - second.paid) == (PaymentStatus.PAID, 0)
    assert order(begun).refund_due == order(begun, SECOND).refund_due == 0
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).reserved == 2
    begun.after(ReleaseToWarehouse(order_id=SECOND))
    assert shipment_id(1, SECOND) in begun.history.streams
    kinds = [link.kind.value for link in (*order(begun).links, *second.links)]
    assert kinds == ["REPLACED_BY", "REPLACEMENT_FOR"]


def test_without_stock_a_replacement_waits_only_if_it_may() -> None:
    stock = stocked({("CAP", "HAM"): 3})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"), dispatch(1), deliver(1))
    begun.after(claim(1))
    begun.when(resolve(REPLACE)).refused(
        InsufficientStock, "CAP: 1 wanted, 0 available", field="lines.0.quantity"
    )
    assert status(begun) is ClaimStatus.OPEN
    begun.after(ConfigureChannel(code="web", backorders_cancel_after=timedelta(days=2)))
    begun.after(resolve(REPLACE, allow_backorder=True))
    [line] = order(begun, SECOND).view().lines
    assert (line.backordered, line.waits_until) == (1, NOW + timedelta(days=2))


def test_what_was_sent_again_is_not_paid_back_as_well() -> None:
    begun = delivered().after(claim(2), resolve(REPLACE))
    begun.when(refund("11.91")).refused(CreditWasCarriedOver, "only 11.90 are left", field="amount")


# ------------------------------------------------------------------------- goods that come back

BROKEN = claim(2, problem=ClaimProblem.DAMAGED)
STRICT = ConfigureChannel(
    code="web", returns=ReturnRules(needs_approval=True, fee_percent=Decimal(10))
)


def test_damaged_goods_come_back_before_the_customer_is_refunded() -> None:
    begun = delivered().after(BROKEN)
    done = begun.history.execute(resolve(TAKE_BACK, reason="send it to us"))
    assert done.events[ORDER] == [
        ClaimEnded(claim_id=CLAIM, settled=False),
        LinesReturnRequested(return_id=BACK, lines=(units(LINE_1, 2),)),
    ]
    [requested] = done.events[BACK]
    assert isinstance(requested, ReturnRequested)
    [line] = requested.lines
    assert (requested.claim_id, line.quantity, line.location) == (CLAIM, 2, "HAM")
    assert (line.reason, line.comment) == (ReturnReason.DAMAGED, "empty box")
    assert (status(begun), order(begun).refund_due) == (ClaimStatus.TAKEN_BACK, 0)
    begun.after(ReceiveReturn(return_id=BACK, restock=False))
    credit = begun.history.execute(RefundReturn(return_id=BACK, credit_id=uid(96))).events[ORDER][0]
    assert isinstance(credit, CreditGranted)
    assert (credit.claim_id, credit.return_id, credit.amount) == (CLAIM, BACK, Decimal("23.80"))


def test_a_claim_needs_no_other_approval_and_costs_no_fee() -> None:
    begun = delivered().after(STRICT, BROKEN, resolve(TAKE_BACK))
    advance = {"outstanding": OutstandingUnits.ADVANCE}
    begun.after(RefundReturn(return_id=BACK, credit_id=uid(96), **advance))  # type: ignore[arg-type]
    assert order(begun).refund_due == Decimal("23.80")


def test_what_the_customer_keeps_after_all_may_be_claimed_again() -> None:
    begun = delivered().after(BROKEN, resolve(TAKE_BACK), CancelReturn(return_id=BACK, reason="no"))
    begun.after(claim(3, 89))


def test_what_never_arrived_can_not_come_back() -> None:
    begun = delivered().after(claim(1))
    begun.when(resolve(TAKE_BACK)).refused(MissingGoodsStayAway, "1 claimed", field="resolution")
    begun.when(resolve(TAKE_BACK)).refused(MissingGoodsStayAway, field="resolution")
    assert status(begun) is ClaimStatus.OPEN


def test_a_return_is_not_opened_twice() -> None:
    begun = delivered().after(send_back({LINE_1: 1}), claim(1, problem=ClaimProblem.DEFECTIVE))
    known = next(iter(order(begun).returns))
    begun.when(resolve(TAKE_BACK, return_id=known)).refused(ReturnAlreadyRequested)
