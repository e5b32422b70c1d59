"""What must happen when nothing happens: all timers on one page.

    unpaid      OrderPlaced.payment_due_at    -> ExpireUnpaidOrder   its stock is free again
    hold:ID     HoldPlaced.escalates_at       -> EscalateHold        people see what waits too long
    line:ID     PromiseMade.waits_until       -> CancelBackorder     no line waits for ever
    capture     PaymentAuthorized.capture_at  -> CaptureBeforeLapse  what is owed is collected first
    lot:NAME    StockReceived.lots            -> ExpireLot           what expires is not promised
    room        BackordersPostponed.until     -> FillBackorders      a full location has room again
    lapse       PaymentAuthorized.expires_at  -> ExpireAuthorization it is not set aside any more
    books:DAY   CustomerErased.held           -> EndRetention        the rest is forgotten, too

When a time comes is a fact in an event, decided with it; nothing here reads a clock. Each command
looks at what became of the order before it does anything: a timer that is outdated, or that goes
off twice, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from oms_core.backorders import events as backorders
from oms_core.backorders.commands import CancelBackorder, FillBackorders
from oms_core.kernel.message import Event
from oms_core.orders import events as orders
from oms_core.orders.commands import EscalateHold, ExpireUnpaidOrder
from oms_core.payments import events as payments
from oms_core.payments.outcomes import ExpireAuthorization
from oms_core.payments.settling import CaptureBeforeLapse
from oms_core.persons import events as persons
from oms_core.persons.commands import EndRetention
from oms_core.stock import events as stock
from oms_core.stock.lot_commands import ExpireLot
from oms_core.timers.timer import CancelTimer, SetTimer

NAME = "timers"

LISTENS_TO: tuple[type[Event], ...] = (
    backorders.BackordersPostponed,
    backorders.BackordersResumed,
    orders.OrderPlaced,
    orders.HoldPlaced,
    orders.HoldReleased,
    orders.PromiseMade,
    orders.PromiseRevised,
    payments.PaymentAuthorized,
    stock.StockReceived,
    persons.CustomerErased,
)


def timers(stream_id: UUID, event: Event) -> Sequence[SetTimer | CancelTimer]:
    """Tell which timers an event sets or cancels."""
    return list(_timers(stream_id, event))


def _timers(stream_id: UUID, event: Event) -> Iterable[SetTimer | CancelTimer]:
    match event:
        case orders.OrderPlaced(payment_due_at=datetime() as due_at):
            command = ExpireUnpaidOrder(order_id=stream_id)
            return [SetTimer("unpaid", due_at, command, since_known=True)]
        case orders.HoldPlaced() | orders.HoldReleased():
            return _of_hold(stream_id, event)
        case orders.PromiseMade() | orders.PromiseRevised():
            return (_of_line(stream_id, promise) for promise in event.promises)
        case payments.PaymentAuthorized(expires_at=datetime()):
            return _of_authorization(stream_id, event)
        case stock.StockReceived():
            return _of_lots(event)
        case _:
            return _of_others(event)


def _of_authorization(stream_id: UUID, event: payments.PaymentAuthorized) -> Iterator[SetTimer]:
    if (at := event.capture_at) is not None:
        yield SetTimer("capture", at, CaptureBeforeLapse(payment_id=stream_id, at=at))
    if (until := event.expires_at) is not None:
        yield SetTimer("lapse", until, ExpireAuthorization(payment_id=stream_id, at=until))


def _of_others(event: Event) -> Iterator[SetTimer | CancelTimer]:
    match event:
        case backorders.BackordersPostponed():
            yield SetTimer("room", event.until, FillBackorders(sku=event.sku))
        case backorders.BackordersResumed():
            yield CancelTimer("room")
        case persons.CustomerErased():
            yield from _of_books(event)
        case _:
            pass


def _of_lots(event: stock.StockReceived) -> Iterator[SetTimer]:
    for part in event.lots:
        if part.best_before is not None:
            at = datetime.combine(part.best_before + timedelta(days=1), time(), UTC)
            expire = ExpireLot(sku=event.sku, location=event.location, lot=part.lot, at=at)
            yield SetTimer(f"lot:{part.lot}", at, expire)


def _of_books(event: persons.CustomerErased) -> Iterator[SetTimer]:
    for day in sorted({each.until for each in event.held}):
        end = EndRetention(customer=event.customer, until=day)
        yield SetTimer(f"books:{day}", datetime.combine(day, time(), UTC), end)


def _of_line(stream_id: UUID, promise: orders.Promise) -> SetTimer | CancelTimer:
    name, until = f"line:{promise.line_id}", promise.waits_until
    if until is None:
        return CancelTimer(name)
    cancel = CancelBackorder(order_id=stream_id, line_id=promise.line_id, waits_until=until)
    return SetTimer(name, until, cancel, since_known=True)


def _of_hold(
    stream_id: UUID, event: orders.HoldPlaced | orders.HoldReleased
) -> Iterator[SetTimer | CancelTimer]:
    name = f"hold:{event.hold_id}"
    if isinstance(event, orders.HoldReleased):
        yield CancelTimer(name)
    elif event.escalates_at is not None:
        escalate = EscalateHold(order_id=stream_id, hold_id=event.hold_id)
        yield SetTimer(name, event.escalates_at, escalate, since_known=True)
