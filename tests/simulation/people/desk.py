"""The service desk: holds, releases, cancels, edits, refunds, and settles what is left over."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.simulation.people.merchants import PRICES
from tests.simulation.people.person import Person

from oms_core.corrections.commands import RecordCorrection
from oms_core.kernel.money import Money, smallest
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseHold, ReleaseOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import HoldPlaced, LinesCancelled, LinesReturned
from oms_core.orders.holds import HoldKind
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.payments.asking import RequestRefund, RequestVoid
from oms_core.payments.commands import RefundPayment
from oms_core.payments.payment import Payment

PEOPLE = ("ada", "ben")


class ServiceDesk(Person):
    """Picks up orders by chance, some an hour, and reacts to what has to be given back."""

    def listen(self) -> None:
        self.on(HoldPlaced, self._held)
        self.on(LinesCancelled, lambda id, _: self._owing(id))
        self.on(LinesReturned, lambda id, _: self._owing(id))

    def begin(self, orders: int) -> None:
        for _ in range(orders // 2):
            self.world.after(self.rng.uniform(0, orders / 3), self._act)

    def _act(self) -> None:
        order = self.open_order()
        if order is not None:
            acts: tuple[Callable[[Order], None], ...] = (
                self._hold,
                self._hold,
                self._cancel,
                self._edit,
                self._edit,
                self._refund,
                self._release,
                self._void,
                self._correct,
            )
            self.one_of(acts)(order)

    def _hold(self, order: Order) -> None:
        self.ask(
            HoldOrder(
                order_id=order.id,
                hold_id=self.world.new_id(),
                reason="fraud check",
                kind=self.one_of(list(HoldKind)),
                placed_at=self.now,
                only_by=(self.one_of(PEOPLE),) if self.chance(0.1) else (),
            ),
            expected_version=order.version if self.chance(0.5) else None,
        )

    def _held(self, id: UUID, held: HoldPlaced) -> None:
        if self.chance(0.5):
            self.world.soon(8, lambda: self._release(self.order(id)))
        if self.chance(0.6):
            by = self.one_of([None, *PEOPLE])
            one = ReleaseHold(order_id=id, hold_id=held.hold_id, reason="checked", released_by=by)
            self.world.soon(8, lambda: self.ask(one))

    def _release(self, order: Order) -> None:
        by = self.one_of([None, *PEOPLE])
        self.ask(ReleaseOrder(order_id=order.id, reason="checked", released_by=by))

    def _cancel(self, order: Order) -> None:
        some = self.some(order, lambda line: line.cancellable) if self.chance(0.6) else None
        self.ask(CancelOrder(order_id=order.id, reason="out of print", lines=some or None))

    def _void(self, order: Order) -> None:
        for payment_id in order.payment_ids[:1]:
            self.ask(RequestVoid(payment_id=payment_id, request_id=self.world.new_id()))

    def _correct(self, order: Order) -> None:
        wrong = f"{order.id}/{self.rng.randint(1, order.version)}"
        self.ask(RecordCorrection(corrects=wrong, reason="misheard", order_id=order.id))

    def _edit(self, order: Order) -> None:
        currency = order.terms.currency
        changes = tuple(
            LineChange(
                line_id=id,
                quantity=self.one_of([None, 0, 1, 2, 3, line.terms.quantity + 1]),
                unit_price=self._price(currency) if self.chance(0.2) else None,
            )
            for id, line in order.lines.items()
            if self.chance(0.4)
        )
        new = ()
        if self.chance(0.4):
            sku = self.one_of(list(PRICES))
            price = None if currency == "EUR" else self._price(currency)
            new = (WantedLine(line_id=self.world.new_id(), sku=sku, quantity=2, unit_price=price),)
        self.ask(
            EditOrder(
                order_id=order.id,
                reason="asked by phone" if self.chance(0.5) else None,
                lines=changes,
                add_lines=new,
                shipping_price=self._price(currency) if self.chance(0.2) else None,
                shipping_method=self.one_of(["STANDARD", "van"]) if self.chance(0.1) else None,
                edited_at=self.now if self.chance(0.8) else None,
                allow_backorder=self.chance(0.3),
            )
        )

    def _price(self, currency: str) -> Money:
        return Money(smallest(currency) * self.rng.randint(0, 3000), currency)

    def _owing(self, id: UUID) -> None:
        if self.chance(0.9):
            self.world.soon(10, lambda: self._refund(self.order(id)))

    def _refund(self, order: Order) -> None:
        """Give back what is not owed any more, and for goods that came back."""
        for payment_id in order.payment_ids:
            payment = self.world.one(Payment, payment_id)
            amount = self.part_of(payment.refundable.amount, order.terms.currency)
            if amount.amount > 0 and self.chance(0.5):
                self._give_back(order, payment, amount)

    def _give_back(self, order: Order, payment: Payment, amount: Money) -> None:
        request_id = self.world.new_id()
        if payment.asked:
            self.ask(RequestRefund(payment_id=payment.id, request_id=request_id, amount=amount))
            return
        self.ask(
            RefundPayment(
                order_id=order.id,
                request_id=request_id,
                amount=amount,
                method=payment.method,
                provider=payment.provider,
                reference=payment.reference,
            )
        )
