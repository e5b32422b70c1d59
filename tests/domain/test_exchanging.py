"""Exchanges: a replacement order that is paid with what the returned goods were sold for."""

from __future__ import annotations

from decimal import Decimal

from tests.domain.aftercare import (
    RESTOCK,
    SECOND,
    delivered,
    exchange,
    order,
    receive,
    refund_return,
    sent_back,
)
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    LINE_2,
    MUG_AT_HAMBURG,
    NOW,
    ORDER,
    RETURN,
    authorize,
    capture,
    eur,
    refund,
    send_back,
    shipment_id,
    uid,
)

from oms_core.channels.commands import ConfigureChannel, ReturnRules
from oms_core.fulfillment.process import next_steps
from oms_core.kernel.message import Command
from oms_core.orders.commands import CancelOrder, WantedQuantity
from oms_core.orders.events import (
    CreditGranted,
    ExchangeCreditPosted,
    LinesReserved,
    OrderLinked,
    OrderPlaced,
)
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
from oms_core.orders.links import LinkKind
from oms_core.orders.order import order_id
from oms_core.orders.refusals import CreditWasCarriedOver, OrderNumberTaken, PaymentExceedsTotal
from oms_core.orders.status import PaymentStatus
from oms_core.payments.asking import RequestCapture
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.outcomes import DecideContestedRefund, ReportPaymentEvent
from oms_core.payments.payment import Payment, payment_id
from oms_core.returns.events import Condition, ReturnResolved
from oms_core.returns.receiving import ReceiveReturn
from oms_core.returns.refunding import OutstandingUnits
from oms_core.returns.refusals import (
    NoSuchReturnLine,
    NothingToRefund,
    ReturnNotApproved,
    TooFewUnitsToRefund,
)
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.stock.events import StockReserved
from oms_core.stock.stock_item import InsufficientStock, StockItem

CANCEL_SECOND = CancelOrder(order_id=SECOND, reason="changed my mind")
ADVANCE = OutstandingUnits.ADVANCE


def play(story: Story) -> Story:
    """Let the process do what the events so far ask for, and what that leads to."""
    seen = 0
    while True:
        events = [(id, e) for id, events in story.history.streams.items() for e in events]
        steps: list[Command] = [step for id, event in events for step in next_steps(id, event)]
        if len(events) == seen:
            return story
        seen = len(events)
        story.after(*steps)


def react(story: Story, command: Command) -> None:
    """Do something, and let the process react to what is new, once."""
    streams = story.history.streams
    seen = {id: len(events) for id, events in streams.items()}
    story.after(command)
    while new := [(id, e) for id, told in streams.items() for e in told[seen.get(id, 0) :]]:
        seen = {id: len(events) for id, events in streams.items()}
        story.after(*(step for id, event in new for step in next_steps(id, event)))


def test_the_replacement_is_placed_paid_and_reserved_at_once() -> None:
    """A mug at 29.75 for two caps at 23.80: both sides are linked, and 5.95 are to be paid."""
    begun = sent_back().after(RESTOCK)
    done = begun.history.execute(exchange(("MUG", 1)).model_copy(update={"lines": None}))
    assert set(done.events) == {ORDER, RETURN, SECOND, MUG_AT_HAMBURG}
    credit, sent, link = done.events[ORDER]
    assert isinstance(credit, CreditGranted)
    assert sent == ExchangeCreditPosted(
        credit_id=uid(95), amount=Decimal("-29.75"), replacement_id=SECOND
    )
    assert link == OrderLinked(kind=LinkKind.EXCHANGED_FOR, order_id=SECOND, number="1001-X")
    assert [type(event) for event in done.events[SECOND]] == [
        OrderPlaced,
        LinesReserved,
        ExchangeCreditPosted,
        OrderLinked,
    ]
    assert [type(event) for event in done.events[MUG_AT_HAMBURG]] == [StockReserved]
    [resolved] = done.events[RETURN]
    assert isinstance(resolved, ReturnResolved)
    assert (resolved.replacement_id, resolved.carried_over) == (SECOND, Decimal("29.75"))
    second = order(begun, SECOND)
    assert second.terms.customer == order(begun).terms.customer
    assert second.view().payment_status is PaymentStatus.PAID
    assert order(begun).refund_due == Decimal("5.95")  # 35.70 came back, 29.75 went over


def test_what_the_replacement_costs_more_is_to_be_paid() -> None:
    begun = sent_back().after(receive((1, Condition.RESTOCKED)), exchange(("MUG", 1)))
    assert order(begun).refund_due == 0
    assert not play(begun).history.streams.get(shipment_id(1, SECOND))
    pay = {"order_id": SECOND, "reference": "pi_2"}
    begun.when(authorize("17.86", **pay)).refused(
        PaymentExceedsTotal, "comes to 17.85", field="amount"
    )
    begun.after(authorize("17.85", **pay), capture("17.85", **pay))
    assert order(begun, SECOND).view().payment_status is PaymentStatus.PAID
    assert play(begun).history.streams[shipment_id(1, SECOND)]


def test_an_even_exchange_is_sent_without_any_payment() -> None:
    begun = play(sent_back().after(RESTOCK, exchange(("CAP", 3))))
    assert order(begun).refund_due == 0
    assert begun.history.streams[shipment_id(1, SECOND)]
    begun.when(refund("0.01")).refused(CreditWasCarriedOver, "only 0.00 are left", field="amount")


def test_the_fee_is_kept_of_an_exchange_too() -> None:
    begun = sent_back().after(RESTOCK, exchange(("CAP", 3), fee=eur("5")))
    second = order(begun, SECOND)
    assert second.paid == Decimal("30.70")
    assert second.owed - second.paid == 5
    assert order(begun).refund_due == 0


def test_a_replacement_may_be_sent_before_the_goods_come_back() -> None:
    begun = sent_back().after(exchange(("MUG", 1), outstanding=ADVANCE))
    assert order(begun).refund_due == Decimal("5.95")
    begun.when(exchange(("MUG", 1), number="1001-Y", credit_id=uid(96))).refused(NothingToRefund)
    begun.after(RESTOCK)
    begun.when(refund_return(number=97)).refused(NothingToRefund)


def test_without_stock_for_the_replacement_nothing_happens() -> None:
    """Credit, order and stock are one transaction: there is no half exchange to clean up."""
    begun = sent_back().after(RESTOCK)
    begun.when(exchange(("CAP", 1), ("MUG", 6))).refused(
        InsufficientStock, "MUG: 6 wanted, 5 available", field="replacement.lines.1.quantity"
    )
    begun.when(exchange(("MUG", 1), number="1001")).refused(OrderNumberTaken, field="number")
    begun.when(exchange(("MUG", 1), lines=send_back({LINE_1: 4}).lines)).refused(
        TooFewUnitsToRefund, field="lines"
    )
    assert begun.history.fold(StockItem, MUG_AT_HAMBURG).reserved == 0


def test_a_replacement_may_wait_for_stock_and_is_paid_all_the_same() -> None:
    begun = sent_back().after(RESTOCK, exchange(("MUG", 6), allow_backorder=True))
    units = order(begun, SECOND).units
    assert (units.reserved, units.backordered) == (5, 1)
    assert order(begun, SECOND).view().exchange_credit == order(begun).view().credited


def test_only_what_is_in_an_approved_return_is_exchanged() -> None:
    begun = sent_back().after(RESTOCK)
    begun.when(exchange(("MUG", 1), lines=send_back({LINE_2: 1}).lines)).refused(
        NoSuchReturnLine, field="lines"
    )
    strict = ConfigureChannel(code="web", returns=ReturnRules(needs_approval=True))
    unapproved = delivered().after(strict, send_back({LINE_1: 1}))
    unapproved.when(exchange(("MUG", 1), outstanding=ADVANCE)).refused(ReturnNotApproved)


def test_units_that_were_returned_can_be_what_is_sent_instead() -> None:
    """Five were there, three were sent and are restocked: five again, for the same transaction."""
    begun = sent_back().after(RESTOCK)
    begun.when(exchange(("CAP", 6))).refused(
        InsufficientStock, field="replacement.lines.0.quantity"
    )
    begun.after(exchange(("CAP", 5)))


def test_nothing_is_carried_over_that_was_never_paid() -> None:
    """The first order was never paid for: its goods come back, and the new ones have to be paid."""
    begun = delivered()
    begun.history.streams[ORDER] = [
        event for event in begun.history.streams[ORDER] if type(event).__name__ != "PaymentPosted"
    ]
    begun.after(send_back({LINE_1: 3}), RESTOCK, exchange(("MUG", 1)))
    assert order(begun, SECOND).paid == 0
    assert order(begun).owed == 0


def test_a_cancelled_replacement_gives_its_credit_back_once() -> None:
    begun = sent_back().after(RESTOCK, exchange(("MUG", 1)), CANCEL_SECOND)
    assert order(begun, SECOND).refund_due == Decimal("29.75")
    begun.when(GiveExchangeCreditBack(order_id=SECOND)).then(
        {
            ORDER: [
                ExchangeCreditPosted(
                    credit_id=uid(95), amount=Decimal("29.75"), replacement_id=SECOND
                )
            ],
            SECOND: [
                ExchangeCreditPosted(credit_id=uid(95), amount=Decimal("-29.75"), origin_id=ORDER)
            ],
        }
    )
    begun.when(GiveExchangeCreditBack(order_id=SECOND)).then({})
    begun.when(GiveExchangeCreditBack(order_id=ORDER)).then({})
    assert (order(begun).refund_due, order(begun, SECOND).refund_due) == (Decimal("35.70"), 0)
    begun.after(refund("35.70"))


def test_a_returned_replacement_is_refunded_where_it_was_paid() -> None:
    """The mug was paid by card, but for 11.90 of a cap that was paid with the first order."""
    begun = sent_back().after(receive((1, Condition.RESTOCKED)), exchange(("MUG", 1)))
    pay = {"order_id": SECOND, "reference": "pi_2"}
    begun.after(authorize("17.85", **pay), capture("17.85", **pay))
    play(begun)
    shipment = shipment_id(1, SECOND)
    begun.after(
        DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=NOW),
        DeliverShipment(shipment_id=shipment, delivered_at=NOW),
        send_back({uid(21): 1}, uid(81)).model_copy(update={"order_id": SECOND}),
        ReceiveReturn(return_id=uid(81), restock=True),
        refund_return(number=96).model_copy(update={"return_id": uid(81)}),
    )
    play(begun)
    assert order(begun, SECOND).refund_due == Decimal("17.85")
    assert order(begun).refund_due == Decimal("11.90")
    begun.after(refund("17.85", **pay), refund("11.90"))
    assert order(begun, SECOND).refund_due == order(begun).refund_due == 0


def test_money_that_comes_when_less_is_owed_takes_the_place_of_credit() -> None:
    """One of two mugs is cancelled while 47.60 are on their way, besides 11.90 of a cap."""
    begun = sent_back().after(receive((1, Condition.RESTOCKED)), exchange(("MUG", 2)))
    begun.after(authorize("47.60", order_id=SECOND, reference="pi_2"))
    begun.after(RequestCapture(payment_id=payment_id("stripe", "pi_2"), request_id=uid(97)))
    one_mug = WantedQuantity(line_id=uid(21), quantity=1)
    react(begun, CANCEL_SECOND.model_copy(update={"lines": (one_mug,)}))
    assert order(begun, SECOND).refund_due == order(begun).refund_due == 0
    told = {"provider": "stripe", "reference": "pi_2", "kind": PaymentReportKind.CAPTURED}
    react(begun, ReportPaymentEvent(event_id="evt-1", amount=eur("47.60"), **told))
    assert order(begun, SECOND).refund_due == Decimal("17.85")
    assert order(begun).refund_due == Decimal("11.90")


def test_an_exchange_may_be_exchanged_again() -> None:
    begun = play(sent_back().after(RESTOCK, exchange(("MUG", 1))))
    shipment = shipment_id(1, SECOND)
    begun.after(
        DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=NOW),
        DeliverShipment(shipment_id=shipment, delivered_at=NOW),
        send_back({uid(21): 1}, uid(81)).model_copy(update={"order_id": SECOND}),
        ReceiveReturn(return_id=uid(81), restock=True),
        exchange(("CAP", 1), number="1001-Y", credit_id=uid(96), return_id=uid(81)),
    )
    assert order(begun, SECOND).refund_due == Decimal("17.85")
    play(begun)
    assert order(begun, SECOND).refund_due == 0
    assert order(begun).refund_due == Decimal("23.80")  # 5.95 + 17.85: all but one cap


def test_credit_goes_back_along_the_whole_chain_of_replacements() -> None:
    """Each event is told once: what the third order gives back is not left with the second."""
    begun = play(sent_back().after(RESTOCK, exchange(("MUG", 1))))
    shipment, third = shipment_id(1, SECOND), order_id("1001-Y")
    begun.after(
        DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=NOW),
        DeliverShipment(shipment_id=shipment, delivered_at=NOW),
        send_back({uid(21): 1}, uid(81)).model_copy(update={"order_id": SECOND}),
        ReceiveReturn(return_id=uid(81), restock=True),
    )
    react(begun, exchange(("CAP", 1), number="1001-Y", credit_id=uid(96), return_id=uid(81)))
    react(begun, CancelOrder(order_id=third, reason="changed my mind"))
    assert order(begun, third).refund_due == order(begun, SECOND).refund_due == 0
    assert order(begun).refund_due == Decimal("35.70")
    begun.after(refund("35.70"))


def test_what_a_bank_gives_back_of_a_cancelled_replacement_is_not_owed_again() -> None:
    """It was paid with 11.90 more credit than it comes to by now; 20.00 of 17.85 did go back."""
    begun = sent_back().after(receive((1, Condition.RESTOCKED)), exchange(("MUG", 1)))
    pay = {"order_id": SECOND, "reference": "pi_2"}
    begun.after(authorize("17.85", **pay), capture("17.85", **pay), CANCEL_SECOND)
    told = {"provider": "stripe", "reference": "pi_2", "kind": PaymentReportKind.REFUNDED}
    begun.after(ReportPaymentEvent(event_id="evt-1", amount=eur("20"), **told))
    paid = payment_id("stripe", "pi_2")
    [told_beyond] = begun.history.fold(Payment, paid).contested
    begun.after(DecideContestedRefund(payment_id=paid, request_id=told_beyond, accept=True))
    second = order(begun, SECOND)
    assert (second.account.kept, second.to_pay) == (Decimal("-2.15"), Decimal("-11.90"))
    assert second.view().balance_due == 0
    assert second.view().refund_due == Decimal("9.75")
