"""One history that is known by heart: what random ones reach too rarely happens here, once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tests.domain.crashes import FragileShop
from tests.domain.history_places import RULES
from tests.domain.shop import NOW, authorize, capture, place, refund, wanted
from tests.domain.tour_of_shipments import ShipmentTour
from tests.domain.tour_of_stock import StockTour

from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.assignments.relieving import RelieveLocation
from oms_core.assignments.waves import SourceWave
from oms_core.backorders.commands import CancelBackorder, FillBackorders, RevisePromise
from oms_core.catalogue.product import product_id
from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimProblem, ClaimResolution
from oms_core.coupons.commands import GiveCouponBack
from oms_core.kernel.message import Command
from oms_core.locations.commands import BeginRelief, CloseLocation, ReopenLocation
from oms_core.orders.commands import (
    CancelOrder,
    EscalateHold,
    ExpireUnpaidOrder,
    HoldOrder,
    ReleaseHold,
    ReleaseOrder,
)
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.payments.asking import (
    RequestAuthorization,
    RequestCapture,
    RequestRefund,
    RequestVoid,
)
from oms_core.payments.commands import VoidPayment
from oms_core.payments.events import PaymentReportKind
from oms_core.payments.outcomes import (
    DecideContestedRefund,
    ExpireAuthorization,
    RecordPaymentOutcome,
    ReportPaymentEvent,
    Result,
)
from oms_core.payments.payment import payment_id
from oms_core.payments.settling import (
    CaptureBeforeLapse,
    CaptureForShipment,
    VoidUnneededAuthorizations,
)
from oms_core.payments.terms import PaymentTerms
from oms_core.persons.commands import EndRetention, EraseCustomer
from oms_core.persons.events import HeldKey
from oms_core.returns.commands import (
    ApproveReturn,
    CancelReturn,
    CloseReturn,
    RecordReturnLabel,
    RecordReturnSent,
    RejectReturn,
    RequestReturn,
)
from oms_core.returns.events import Condition
from oms_core.returns.exchanging import ExchangeReturn, Replacement
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturn,
    ReceiveReturnItems,
)
from oms_core.returns.refunding import RefundReturn
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse
from oms_core.shortages.commands import Changed, FollowShortage, ReviewShortages
from oms_core.sourcing.commands import WithdrawSourcingRules
from oms_core.sourcing.policy import POLICY
from oms_core.stock.commands import (
    ReceiveStock,
)
from oms_core.subscriptions.commands import NotifySubscribers, SubscribeToStock
from oms_core.transfers.merging import MoveReserved


class Tour(StockTour, ShipmentTour, FragileShop):
    """Goes everywhere once, with the same checks, crashes and repetitions as a random history."""

    def tell(self, command: Command) -> None:
        """Hypothesis has no part in this one."""

    def take(self) -> None:
        """Go the whole way."""
        self.open_shop()
        for sku in ("CAP", "MUG", "PEN"):
            self.must(ReceiveStock(sku=sku, location="HAM", quantity=100))
        for part in (
            self.stock,
            self.lots,
            self.numbered,
            self.transfers,
            self.closing,
            self.holds,
            self.money,
            self.pickups,
            self.parcels,
            self.losses,
            self.waiting_for_stock,
            self.returns,
            self.exchanges,
            self.claims,
            self.forgetting,
            self.machines,
        ):
            part()
        self.teardown()

    def must(self, *commands: Command) -> None:
        """Do what nothing is in the way of."""
        for command in commands:
            assert self.do(command), command

    def ordered(self, sku: str = "MUG", units: int = 2, **terms: Any) -> Order:
        number = str(self.new_id().int)
        line = WantedLine(line_id=self.new_id(), sku=sku, quantity=units)
        self.must(place(number=number, lines=(line,), **terms))
        return self.there.orders[order_id(number)]

    def released(self, **terms: Any) -> tuple[Order, UUID]:
        """Give a paid order, and the shipment that a warehouse is asked for."""
        order = self.ordered(**terms)
        for pay in (authorize, capture):
            self.must(pay(str(order.total), **self.paying(order), request_id=self.new_id()))
        self.must(ReleaseToWarehouse(order_id=order.id))
        [shipment_id] = order.releases
        return order, shipment_id

    def paying(self, order: Order) -> dict[str, Any]:
        return {"order_id": order.id, "reference": str(order.id)}

    def delivered(self, **terms: Any) -> Order:
        order, id = self.released(**terms)
        self.must(
            DispatchShipment(shipment_id=id, carrier="DHL", dispatched_at=NOW),
            DeliverShipment(shipment_id=id, delivered_at=NOW),
        )
        return order

    def closing(self) -> None:
        order, here = self.ordered(sku="CAP"), {"code": "HAM", "reason": "flooded"}
        away = {"order_id": order.id, "location": "HAM", "reason": "flooded"}
        self.must(
            CloseLocation(**here),
            BeginRelief(**here, order_ids=(order.id,)),
            RelieveLocation(**away, relieved_at=NOW),
            ReopenLocation(**here),
            CancelOrder(order_id=order.id, reason="changed my mind"),
        )
        moved, move = self.ordered(), {"transfer_id": self.new_id(), "moved_at": NOW}
        way = {"source": "HAM", "destination": "MUC", "reason": "merged"}
        self.must(MoveReserved(order_id=moved.id, **way, **move))

    def holds(self) -> None:
        order, hold_id = self.ordered(coupon_code="SPRING"), self.new_id()
        hold = {"order_id": order.id, "reason": "fraud?", "placed_at": NOW}
        self.must(
            HoldOrder(**hold, hold_id=hold_id),
            EscalateHold(order_id=order.id, hold_id=hold_id),
            ReleaseHold(order_id=order.id, hold_id=hold_id, reason="checked"),
            HoldOrder(**hold, hold_id=self.new_id()),
            ReleaseOrder(order_id=order.id, reason="checked"),
            CancelOrder(order_id=order.id, reason="changed my mind"),
            GiveCouponBack(order_id=order.id),
            ExpireUnpaidOrder(order_id=self.ordered().id),
        )

    def asked(self, order: Order, terms: PaymentTerms = PaymentTerms.PREPAID) -> UUID:
        """Set aside what an order comes to."""
        request_id = self.new_id()
        asking = {"order_id": order.id, "request_id": request_id, "reference": str(request_id)}
        self.must(
            RequestAuthorization(**asking, method="card", provider="sandbox", terms=terms),
            self.answered(id := payment_id("sandbox", str(request_id)), request_id),
        )
        return id

    def answered(self, payment: UUID, request: UUID) -> RecordPaymentOutcome:
        return RecordPaymentOutcome(
            payment_id=payment, request_id=request, result=Result.SUCCEEDED, expires_at=NOW
        )

    def money(self) -> None:
        payment = self.asked(self.ordered())
        for kind in (RequestCapture, RequestRefund):
            request_id = self.new_id()
            self.must(kind(payment_id=payment, request_id=request_id))
            self.must(self.answered(payment, request_id))
        paid = self.there.payments[payment]
        again = ReportPaymentEvent(
            provider=paid.provider,
            reference=paid.reference,
            event_id=str(self.new_id()),
            kind=PaymentReportKind.REFUNDED,
            amount=paid.captured + paid.captured,  # the same would be an echo
            transaction="again",
        )
        self.must(again)
        [told] = paid.contested
        self.must(DecideContestedRefund(payment_id=payment, request_id=told, accept=False))
        self.must(RequestVoid(payment_id=self.asked(self.ordered()), request_id=self.new_id()))
        lapsed = self.asked(self.ordered())
        self.must(ExpireAuthorization(payment_id=lapsed, at=NOW))
        saved = self.asked(self.ordered(channel="counter"), PaymentTerms.PAY_LATER)
        self.must(CaptureBeforeLapse(payment_id=saved, at=NOW - timedelta(days=1)))
        order = self.ordered()
        total, paying = str(order.total), self.paying(order)
        self.must(authorize(total, **paying, request_id=self.new_id()))
        [id] = order.payment_ids
        self.must(VoidPayment(payment_id=id, request_id=self.new_id()))
        again, _ = self.released()
        self.must(refund("0.01", **self.paying(again), request_id=self.new_id()))
        let_go = self.ordered()
        self.asked(let_go, PaymentTerms.CAPTURE_ON_DISPATCH)
        self.must(CancelOrder(order_id=let_go.id, reason="changed my mind"))
        self.must(VoidUnneededAuthorizations(order_id=let_go.id))
        order = self.ordered()
        self.asked(order, PaymentTerms.CAPTURE_ON_DISPATCH)
        self.must(ReleaseToWarehouse(order_id=order.id))
        [shipment_id] = order.releases
        self.must(
            DispatchShipment(shipment_id=shipment_id, carrier="DHL", dispatched_at=NOW),
            CaptureForShipment(order_id=order.id, shipment_id=shipment_id),
        )

    def waiting_for_stock(self) -> None:
        order = self.ordered(sku="PEN", units=500, allow_backorder=True)
        [line_id] = order.lines
        waits = {"order_id": order.id, "line_id": line_id}
        self.must(
            RevisePromise(**waits, promised_by=NOW + timedelta(days=3), reason="storm"),
            ReceiveStock(sku="PEN", location="HAM", quantity=1),
            FillBackorders(sku="PEN"),
            FollowShortage(product_id=product_id("PEN")),
            RULES,
            ReviewShortages(changed=Changed.RULES, stream_id=POLICY),
            ReceiveStock(sku="PEN", location="HAM", quantity=1),
            SourceWave(order_ids=(order.id,), asked_at=NOW),
            WithdrawSourcingRules(reason="too clever"),
        )
        self.must(
            SubscribeToStock(sku="MUG", channel="web", customer="C-1"), NotifySubscribers(sku="MUG")
        )
        until = order.lines[line_id].waits_until
        assert until is not None
        self.must(CancelBackorder(**waits, waits_until=until))

    def returning(self, **terms: Any) -> tuple[Order, UUID, UUID]:
        """Give an order that arrived, its line, and a return of all of it."""
        order, return_id = self.delivered(**terms), self.new_id()
        [line_id] = order.lines
        self.must(
            RequestReturn(
                return_id=return_id,
                order_id=order.id,
                lines=wanted({line_id: order.lines[line_id].delivered}),
                reason="small",
            )
        )
        return order, line_id, return_id

    def returns(self) -> None:
        _, line_id, id = self.returning(channel="counter")
        came = ReceivedLine(line_id=line_id, quantity=1, condition=Condition.QUARANTINED)
        seen = InspectedLine(
            line_id=line_id, quantity=1, were=Condition.QUARANTINED, condition=Condition.RESTOCKED
        )
        self.must(
            ApproveReturn(return_id=id),
            RecordReturnLabel(return_id=id, carrier="DHL", label_reference="L-1"),
            RecordReturnSent(return_id=id),
            ReceiveReturnItems(return_id=id, lines=(came,)),
            InspectReturn(return_id=id, lines=(seen,)),
            RefundReturn(return_id=id, credit_id=self.new_id()),
            CloseReturn(return_id=id),
        )
        _, _, rejected = self.returning(channel="counter")
        _, _, cancelled = self.returning()
        self.must(
            RejectReturn(return_id=rejected, reason="worn"),
            CancelReturn(return_id=cancelled, reason="likes it now"),
        )

    def exchanges(self) -> None:
        _, _, id = self.returning(sku="CAP", units=3)
        self.must(ReceiveReturn(return_id=id, restock=True))
        number = str(self.new_id().int)
        line = WantedLine(line_id=self.new_id(), sku="CAP", quantity=1)
        self.must(
            ExchangeReturn(
                return_id=id,
                credit_id=self.new_id(),
                number=number,
                placed_at=NOW,
                replacement=Replacement(lines=(line,)),
            ),
            CancelOrder(order_id=order_id(number), reason="changed my mind"),
            GiveExchangeCreditBack(order_id=order_id(number)),
        )

    def claims(self) -> None:
        order, claim_id = self.delivered(), self.new_id()
        [line_id] = order.lines
        broken = ClaimedLine(line_id=line_id, quantity=1, problem=ClaimProblem.DAMAGED)
        self.must(
            OpenClaim(claim_id=claim_id, order_id=order.id, lines=(broken,)),
            ResolveClaim(
                claim_id=claim_id,
                credit_id=self.new_id(),
                resolution=ClaimResolution.REFUND,
                number=str(self.new_id().int),
                placed_at=NOW,
                return_id=self.new_id(),
            ),
        )

    def forgetting(self) -> None:
        held = HeldKey(key=self.new_id(), year=2026, until=date(2037, 1, 1))
        self.must(
            EraseCustomer(customer="C-1", reason="asked", orders=1, held=(held,)),
            EndRetention(customer="C-1", until=held.until),
        )

    def machines(self) -> None:
        facts = {"name": "erp", "sha256": "0" * 64, "rights": ("READ_STOCK",)}
        self.must(
            IssueApiKey(issued_at=NOW, expires_at=NOW + timedelta(days=1), **facts),
            RevokeApiKey(name="erp", reason="it is not needed", revoked_at=NOW),
        )
