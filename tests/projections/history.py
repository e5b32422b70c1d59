"""Random but valid histories: commands of every kind, executed by the real bus."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from tests.domain.history_places import STANDARD
from tests.domain.price_list import open_for_pricing
from tests.projections.history_aftercare import after_delivery
from tests.projections.stock_history import PHONE, TEA, any_on_stock, with_serials
from tests.runtime.shop import NOW, execute, order, request, stock_up

from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.backorders.commands import FillBackorders
from oms_core.catalogue.commands import RegisterProduct
from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Refusal
from oms_core.locations.commands import CloseLocation, ConfigureLocation
from oms_core.locations.traits import LocationKind
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseOrder, WantedQuantity
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.placing import PlaceOrder, WantedLine
from oms_core.orders.view import OrderView
from oms_core.payments.asking import RequestAuthorization, RequestVoid
from oms_core.payments.commands import AuthorizePayment, CapturePayment, RefundPayment
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.gift_cards import PayWithGiftCard
from oms_core.payments.outcomes import RecordPaymentOutcome, ReportPaymentEvent, Result
from oms_core.payments.terms import PaymentTerms
from oms_core.payments.view import PaymentView
from oms_core.returns.commands import RequestReturn
from oms_core.returns.receiving import ReceiveReturn
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.request import Request
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse

SKUS, LOCATIONS = ("A", "B", "C"), ("L", "M")


class History:
    """Plays random commands. What is refused is refused: only what happened counts."""

    def __init__(self, bus: CommandBus, seed: int) -> None:
        self._bus = bus
        self._rng = random.Random(seed)
        self._orders: dict[UUID, OrderView] = {}
        self._returns: list[UUID] = []
        self._at = NOW
        stock_up(bus, {(sku, place): 8 for sku in SKUS for place in LOCATIONS})
        execute(bus, ConfigureLocation(code="L", kind=LocationKind.STORE, traits=("cold",)))
        execute(bus, CloseLocation(code="M", reason="storm"))
        execute(bus, STANDARD)
        year = {"issued_at": NOW, "expires_at": NOW + timedelta(days=365)}
        for name in ("erp", "till"):
            rights = ("READ_STOCK", "MANAGE_STOCK")
            execute(bus, IssueApiKey(name=name, sha256="0" * 64, rights=rights, **year))
        execute(bus, RevokeApiKey(name="till", reason="lost", revoked_at=NOW))
        tea = RegisterProduct(sku=TEA, name="Tea", price=Money(Decimal(4), "EUR"), keeps_lots=True)
        phone = {"price": Money(Decimal(90), "EUR"), "serial_numbered": True}
        execute(bus, tea)
        execute(bus, RegisterProduct(sku=PHONE, name="Phone", **phone))
        for command in with_serials():
            execute(bus, command)
        for command in open_for_pricing("A"):
            execute(bus, command)

    def play(self, steps: int) -> None:
        """Execute so many random commands, one after the other, hours apart."""
        for _ in range(steps):
            self._at += timedelta(hours=self._rng.randint(1, 30))
            self._execute(self._any_command())

    def _execute(self, command: Command) -> None:
        asked = request(command)
        dated = Request(asked.command, asked.cause, self._at)
        try:
            outcome = self._bus.submit(dated).result(timeout=20)
        except Refusal:
            return
        if isinstance(outcome.view, OrderView):
            self._orders[outcome.stream_id] = outcome.view
        if isinstance(command, DispatchShipment) and self._rng.random() < 0.6:
            shipment = command.shipment_id
            self._execute(DeliverShipment(shipment_id=shipment, delivered_at=self._at))
        if isinstance(command, DeliverShipment):
            for step in after_delivery(self._rng, outcome.view, self._at):
                self._execute(step)
        if isinstance(command, RequestReturn):
            self._returns.append(command.return_id)
        if isinstance(command, AuthorizePayment) and self._rng.random() < 0.8:
            facts = {name: getattr(command, name) for name in CapturePayment.model_fields}
            self._execute(CapturePayment(**facts | {"request_id": uuid4()}))
        if isinstance(command, RequestAuthorization):
            self._hear(outcome.view, self._rng.choice(list(Result)))
        if isinstance(command, CapturePayment):
            self._execute(ReleaseToWarehouse(order_id=command.order_id))
        if not isinstance(command, FillBackorders) and self._rng.random() < 0.5:
            self._execute(FillBackorders(sku=self._rng.choice(SKUS)))

    def _hear(self, payment: PaymentView, result: Result) -> None:
        """The provider answers what it was asked for last, and something happens to it later."""
        request = payment.requests[-1]
        answer = RecordPaymentOutcome(
            payment_id=payment.id,
            request_id=request.id,
            result=result,
            reason="no funds",
            expires_at=self._at + timedelta(days=7),
        )
        self._execute(answer)
        told = ReportPaymentEvent(
            provider=payment.provider,
            reference=payment.reference,
            event_id=uuid4().hex,
            kind=self._rng.choice(list(PaymentReportKind)),
            amount=request.amount,
        )
        self._execute(told)
        self._execute(RequestVoid(payment_id=payment.id, request_id=uuid4()))
        card = f"card-{payment.reference}"
        self._execute(IssueGiftCard(code=card, amount=Money(Decimal(7), "EUR")))
        paid = PayWithGiftCard(
            order_id=payment.order_id, request_id=uuid4(), code=card, at=self._at
        )
        self._execute(paid)

    def _any_command(self) -> Command:
        if not self._orders or self._rng.random() < 0.2:
            return self._place()
        id = self._rng.choice(list(self._orders))
        makers: list[Any] = [
            self._pay,
            self._pay,
            self._ask,
            self._send,
            self._send,
            self._send,
            self._cancel,
            self._edit,
            self._hold,
            self._give_back,
            self._stock,
            self._stock,
        ]
        made: Command = self._rng.choice(makers)(id)
        return made

    def _place(self) -> Command:
        lines = [(sku, self._rng.randint(1, 4)) for sku in self._rng.sample(SKUS, 2)]
        placed = order(uuid4().hex, *lines, allow_backorder=self._rng.random() < 0.3)
        return placed.model_copy(update={"placed_at": self._at, **self._price(placed)})

    def _price(self, placed: PlaceOrder) -> dict[str, Any]:
        taxed = (line.model_copy(update={"tax_rate": Decimal("0.19")}) for line in placed.lines)
        return {
            "lines": tuple(taxed),
            "channel": self._rng.choice(("web", "counter")),
            "shipping_price": Money(Decimal("4.90"), "EUR"),
            "duties": self._rng.choice((None, Money(Decimal("1.20"), "EUR"))),
            "shipping_method": "standard",
            "coupon_code": self._rng.choice((None, "SPRING")),
        }

    def _pay(self, id: UUID) -> Command:
        view = self._orders[id]
        kind = self._rng.choice((AuthorizePayment, AuthorizePayment, CapturePayment, RefundPayment))
        amount = view.total if kind is not RefundPayment else Decimal(1)
        return kind(
            order_id=id,
            request_id=uuid4(),
            amount=Money(max(amount, Decimal(1)), "EUR"),
            method="card",
            provider="p",
            reference=str(id),
        )

    def _ask(self, id: UUID) -> Command:
        return RequestAuthorization(
            order_id=id,
            request_id=uuid4(),
            method="card",
            provider="sandbox",
            reference=uuid4().hex,
            terms=self._rng.choice(list(PaymentTerms)),
        )

    def _send(self, id: UUID) -> Command:
        shipments = self._orders[id].shipment_ids
        if not shipments:
            return self._pay(id)
        shipment = self._rng.choice(shipments)
        if self._rng.random() < 0.5:
            return DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=self._at)
        return DeliverShipment(shipment_id=shipment, delivered_at=self._at)

    def _cancel(self, id: UUID) -> Command:
        line = self._rng.choice(self._orders[id].lines)
        wanted = (WantedQuantity(line_id=line.line_id, quantity=1),)
        return CancelOrder(
            order_id=id, reason="changed", lines=wanted if self._rng.random() < 0.7 else None
        )

    def _edit(self, id: UUID) -> Command:
        line = self._rng.choice(self._orders[id].lines)
        change = LineChange(line_id=line.line_id, quantity=self._rng.randint(0, 5))
        added = WantedLine(line_id=uuid4(), sku=self._rng.choice(SKUS), quantity=1)
        return EditOrder(
            order_id=id,
            lines=(change,),
            add_lines=(added,) if self._rng.random() < 0.3 else (),
            shipping_price=Money(Decimal(self._rng.randint(1, 9)), "EUR"),
            allow_backorder=self._rng.random() < 0.3,
        )

    def _hold(self, id: UUID) -> Command:
        if self._rng.random() < 0.5:
            return HoldOrder(order_id=id, hold_id=uuid4(), reason="check")
        return ReleaseOrder(order_id=id, reason="fine")

    def _give_back(self, id: UUID) -> Command:
        if self._returns and self._rng.random() < 0.5:
            return ReceiveReturn(return_id=self._rng.choice(self._returns), restock=True)
        line = self._rng.choice(self._orders[id].lines)
        wanted = (WantedQuantity(line_id=line.line_id, quantity=1),)
        return RequestReturn(return_id=uuid4(), order_id=id, lines=wanted, reason="small")

    def _stock(self, _: UUID) -> Command:
        return any_on_stock(self._rng, self._rng.choice(SKUS), self._rng.choice(LOCATIONS))


def _collected(command: AuthorizePayment) -> dict[str, Any]:
    return {k: v for k, v in vars(command).items() if k in CapturePayment.model_fields} | {
        "request_id": uuid4()
    }
