"""What a person can do next with an order: everything that its own handler would accept."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.simulation.people.merchants import lot_of
from tests.simulation.world import World

from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import CancelOrder, ReleaseHold, WantedQuantity
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus
from oms_core.payments.commands import AuthorizePayment, CapturePayment, RefundPayment
from oms_core.payments.outcomes import DecideContestedRefund, RecordPaymentOutcome, Result
from oms_core.payments.payment import Payment
from oms_core.payments.view import ContestState
from oms_core.returns.commands import ApproveReturn, CloseReturn
from oms_core.returns.goods_return import Return
from oms_core.returns.receiving import ReceiveReturn
from oms_core.returns.view import ReturnStatus
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.shipments.picking import PickedLine, RecordPick
from oms_core.shipments.pickup import HandOver, MarkReadyForPickup
from oms_core.shipments.policy import Rerouting
from oms_core.shipments.shipment import Shipment
from oms_core.shipments.status import BEING_PREPARED, ShipmentStatus
from oms_core.shipments.tracking import DeclareLost
from oms_core.stock.commands import ReceiveStock

ENDED = (OrderStatus.COMPLETED, OrderStatus.CANCELLED)
EXPECTED = (
    ReturnStatus.REQUESTED,
    ReturnStatus.APPROVED,
    ReturnStatus.IN_TRANSIT,
    ReturnStatus.PARTIALLY_RECEIVED,
)
NOTHING = Decimal(0)


def finished(world: World, order: Order) -> bool:
    """Everything arrived or was cancelled, came back or will not, and nobody owes anything."""
    returns = [world.one(Return, id) for id in order.returns]
    expected = any(goods.status in EXPECTED for goods in returns)
    return order.status in ENDED and not expected and not to_refund(order)


def to_refund(order: Order) -> Decimal:
    """What was collected beyond what is owed, and may be given back; less than that is here
    when a provider takes back a capture after a refund.
    """
    return max(min(order.refund_due, order.refundable), NOTHING)


def next_actions(world: World, order: Order) -> Iterator[Command]:
    """Give the commands that bring an order nearer to its end and would be accepted now.

    They come in any order, and each is tried only when it is asked for.
    """
    candidates = [
        *_release(order),
        *_pay(world, order),
        *_send(world, order),
        *_take_back(world, order),
        *_cancel(order),
    ]
    world.rng.shuffle(candidates)
    return (command for command in candidates if accepted(world, command))


def accepted(world: World, command: Command) -> bool:
    """Ask the handler itself, on copies."""
    try:
        return world.rehearsals.rehearse(command)
    except Refusal:
        return False


def _release(order: Order) -> Iterator[Command]:
    for hold in order.holds.values():
        by = next(iter(hold.only_by), None)
        yield ReleaseHold(
            order_id=order.id, hold_id=hold.hold_id, reason="at the end", released_by=by
        )


def _pay(world: World, order: Order) -> Iterator[Command]:
    payments = [world.one(Payment, id) for id in order.payment_ids]
    owed, open_status = order.account.balance_due(order.to_pay), order.status not in ENDED
    missing = owed - sum((p.open_authorization.amount for p in payments), NOTHING)
    if open_status and missing > 0:
        yield AuthorizePayment(
            **_payment(world, order, missing, f"end {order.id} {world.new_id()}")
        )
    for payment in payments:
        yield from _answers(payment)
        for told in payment.contested.values():
            if told.state is ContestState.OPEN:
                yield DecideContestedRefund(
                    payment_id=payment.id, request_id=told.request_id, accept=False
                )
        amount = min(payment.open_authorization.amount, owed)
        if open_status and amount > 0:
            yield CapturePayment(**_of(world, payment, amount))
        back = min(payment.refundable.amount, to_refund(order))
        if back > 0:
            yield RefundPayment(**_of(world, payment, back))


def _answers(payment: Payment) -> Iterator[Command]:
    """What a provider was asked for and did not answer yet."""
    for request in payment.requests.values():
        if request.asked and request.is_open:
            yield RecordPaymentOutcome(
                payment_id=payment.id, request_id=request.id, result=Result.SUCCEEDED
            )


def _payment(world: World, order: Order, amount: Decimal, reference: str) -> dict[str, object]:
    return {
        "order_id": order.id,
        "request_id": world.new_id(),
        "amount": Money(amount, order.terms.currency),
        "method": "card",
        "provider": "psp",
        "reference": reference,
    }


def _of(world: World, payment: Payment, amount: Decimal) -> dict[str, object]:
    order = world.one(Order, payment.order_id)
    named = {"method": payment.method, "provider": payment.provider}
    return _payment(world, order, amount, payment.reference) | named


def _send(world: World, order: Order) -> Iterator[Command]:
    for id in order.releases:
        shipment = world.one(Shipment, id)
        yield DispatchShipment(shipment_id=id, carrier="DHL", dispatched_at=world.now)
        yield DeliverShipment(shipment_id=id, delivered_at=world.now)
        lines = tuple(PickedLine(line_id=i, quantity=n) for i, n in shipment.quantities.items())
        if lines:
            yield RecordPick(shipment_id=id, lines=lines)
        if not shipment.ready_at:
            yield MarkReadyForPickup(shipment_id=id, ready_at=world.now)
        yield HandOver(shipment_id=id, handed_over_at=world.now)
        if shipment.status is ShipmentStatus.FAILED:
            yield DeclareLost(shipment_id=id, reason="at the end", then=Rerouting.CANCEL)
        yield from _search(shipment)


def _search(shipment: Shipment) -> Iterator[Command]:
    """Find what a count found missing, so that it can be sent."""
    if shipment.status in BEING_PREPARED:
        for line in shipment.lines.values():
            place = {"sku": line.sku, "location": shipment.location}
            yield ReceiveStock(**place, quantity=line.quantity, **lot_of(line.sku))


def _take_back(world: World, order: Order) -> Iterator[Command]:
    for id in order.returns:
        yield ApproveReturn(return_id=id)
        yield ReceiveReturn(return_id=id, restock=True)
        yield CloseReturn(return_id=id)


def _cancel(order: Order) -> Iterator[Command]:
    units = {id: line.cancellable for id, line in order.lines.items() if line.cancellable}
    if units:
        lines = tuple(WantedQuantity(line_id=id, quantity=n) for id, n in units.items())
        yield CancelOrder(order_id=order.id, reason="at the end", lines=lines)
