"""What happens at random to orders that arrived: returns, refunds and exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from tests.domain.invariants import Installation
from tests.domain.price_list import PRICED
from tests.domain.shop import NOW, place, wanted

from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.claims.commands import ClaimedLine, OpenClaim, ResolveClaim
from oms_core.claims.events import ClaimProblem, ClaimResolution
from oms_core.conversations.commands import AddAttachment, AddNote, RecordMessage
from oms_core.conversations.events import Direction
from oms_core.corrections.commands import RecordCorrection
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.commands import CancelOrder
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
from oms_core.orders.labeling import LinkOrders, TagOrder, UnlinkOrders
from oms_core.orders.links import LinkKind
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.persons.commands import EndRetention, EraseCustomer
from oms_core.persons.events import HeldKey
from oms_core.returns.commands import (
    ApproveReturn,
    CancelReturn,
    CloseReturn,
    LineReason,
    RecordReturnLabel,
    RecordReturnSent,
    RejectReturn,
    RequestReturn,
)
from oms_core.returns.events import Condition
from oms_core.returns.exchanging import ExchangeReturn, Replacement
from oms_core.returns.goods_return import Return
from oms_core.returns.policy import ReturnReason
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturn,
    ReceiveReturnItems,
)
from oms_core.returns.refunding import OutstandingUnits, RefundReturn
from oms_core.stock.commands import ReceiveStock

SKUS, CODES = st.sampled_from(["CAP", "MUG", "PEN"]), st.sampled_from([None, None, "HAM", "LEJ"])
CONDITIONS, REASONS = st.sampled_from(Condition), st.none() | st.sampled_from(ReturnReason)
FEES = st.none() | st.integers(0, 500).map(lambda cents: Money(Decimal(cents).scaleb(-2), "EUR"))
STEPS: list[Callable[[UUID], Command]] = [
    lambda id: ApproveReturn(return_id=id),
    lambda id: ApproveReturn(return_id=id, note="fine"),
    lambda id: RecordReturnLabel(return_id=id, carrier="DHL", label_reference="L-1"),
    lambda id: RecordReturnSent(return_id=id),
    lambda id: ApproveReturn(return_id=id),
    lambda id: RejectReturn(return_id=id, reason="worn"),
    lambda id: CancelReturn(return_id=id, reason="likes it now"),
    lambda id: CloseReturn(return_id=id),
]


class Aftercare(RuleBasedStateMachine):
    """The part of a shop that customers send things back to."""

    there: Installation
    do: Callable[[Command], bool]
    new_id: Callable[[], UUID]
    orders: Callable[[], list[Order]]
    some_units: Callable[[st.DataObject, Order], dict[UUID, int]]
    go_on: Callable[[UUID, int], None]

    @precondition(lambda self: len(self.orders()) < 6)
    @rule(data=st.data(), sku=SKUS, units=st.integers(1, 4), priced=PRICED)
    def buy_and_send_back(
        self, data: st.DataObject, sku: str, units: int, priced: Mapping[str, Any]
    ) -> None:
        self.do(ReceiveStock(sku=sku, location="HAM", quantity=9))
        number = str(self.new_id().int)
        line = WantedLine(line_id=self.new_id(), sku=sku, quantity=units)
        if self.do(place(number=number, lines=(line,), **priced)):
            self.go_on(order_id(number), 5)
            order = self.there.orders[order_id(number)]
            if order.arrivals:
                self._send_back(data, order)

    @precondition(lambda self: any(order.arrivals for order in self.orders()))
    @rule(data=st.data())
    def send_back(self, data: st.DataObject) -> None:
        orders = [order for order in self.orders() if order.arrivals]
        self._send_back(data, data.draw(st.sampled_from(orders), "order"))

    def _send_back(self, data: st.DataObject, order: Order) -> None:
        reason, restock = data.draw(st.tuples(REASONS, st.booleans()), "reason, restock")
        lines = wanted(self.some_units(data, order))
        reasons = [LineReason(line_id=ln.line_id, reason=reason) for ln in lines if reason]
        return_id = self.new_id()
        requested = self.do(
            RequestReturn(
                return_id=return_id,
                order_id=order.id,
                lines=lines,
                reason="small",
                reasons=tuple(reasons),
            )
        )
        if requested:
            for step in data.draw(st.lists(st.sampled_from(STEPS), max_size=3), "steps"):
                self.do(step(return_id))
            self.take_care(data, return_id)
            self.do(ReceiveReturn(return_id=return_id, restock=restock))

    @precondition(lambda self: any(order.arrivals for order in self.orders()))
    @rule(data=st.data(), problem=st.sampled_from(ClaimProblem))
    def complain(self, data: st.DataObject, problem: ClaimProblem) -> None:
        orders = [order for order in self.orders() if order.arrivals]
        order = data.draw(st.sampled_from(orders), "order")
        units, claim_id = self.some_units(data, order), self.new_id()
        lines = tuple(
            ClaimedLine(line_id=id, quantity=count, problem=problem) for id, count in units.items()
        )
        if self.do(OpenClaim(claim_id=claim_id, order_id=order.id, lines=lines)):
            number, resolution = str(self.new_id().int), data.draw(st.sampled_from(ClaimResolution))
            again = ResolveClaim(
                claim_id=claim_id,
                credit_id=self.new_id(),
                resolution=resolution,
                number=number,
                placed_at=NOW,
                allow_backorder=data.draw(st.booleans(), "backorder"),
                return_id=(return_id := self.new_id()),
            )
            decided = self.do(again)
            if decided and resolution is ClaimResolution.REPLACE:
                self.need_less_credit(order_id(number), data.draw(st.booleans(), "cancel"))
            elif decided and resolution is ClaimResolution.TAKE_BACK:
                self.take_care(data, return_id)

    @precondition(lambda self: len(self.orders()) > 1)
    @rule(data=st.data(), kind=st.sampled_from(LinkKind), tag=st.sampled_from(["vip", "late"]))
    def say_something(self, data: st.DataObject, kind: LinkKind, tag: str) -> None:
        order, other = (data.draw(st.sampled_from(self.orders()), "order").id for _ in range(2))
        self.do(TagOrder(order_id=order, add=(tag,), remove=("late",)))
        self.do(LinkOrders(order_id=order, kind=kind, other_order_id=other))
        if tag == "late":
            self.do(UnlinkOrders(order_id=other, kind=kind.inverse, other_order_id=order))
        self.do(RecordCorrection(corrects=f"{order}/1", reason="twice", order_id=order))
        self.forget_somebody(order)
        self.trust_a_machine()
        self.do(AddNote(order_id=order, note_id=self.new_id(), text="call back"))
        self.do(
            RecordMessage(
                order_id=order,
                message_id=self.new_id(),
                direction=Direction.TO_CUSTOMER,
                channel="email",
                text="It is on its way.",
            )
        )
        self.do(
            AddAttachment(
                order_id=order,
                attachment_id=self.new_id(),
                name="scan",
                media_type="image/png",
                reference="scan 7",
            )
        )

    def forget_somebody(self, order: UUID) -> None:
        key, day = self.new_id(), date(2037, 1, 1)
        held = HeldKey(key=self.new_id(), year=2026, until=day)
        terms = {"orders": 1, "streams": (order,), "destroyed": (key,), "held": (held,)}
        self.do(EraseCustomer(customer="C-1", reason="asked", **terms))
        self.do(EndRetention(customer="C-1", until=day))

    def trust_a_machine(self) -> None:
        facts = {"name": "erp", "sha256": "0" * 64, "rights": ("READ_STOCK",)}
        year = NOW + timedelta(days=365)
        self.do(IssueApiKey(issued_at=NOW, expires_at=year, **facts))
        self.do(RevokeApiKey(name="erp", reason="lost", revoked_at=NOW))

    @precondition(lambda self: any(order.returns for order in self.orders()))
    @rule(data=st.data())
    def go_on_with_a_return(self, data: st.DataObject) -> None:
        opened = [return_id for order in self.orders() for return_id in order.returns]
        self.take_care(data, data.draw(st.sampled_from(opened), "return"))

    def need_less_credit(self, id: UUID, cancel: bool) -> None:
        if cancel:
            self.do(CancelOrder(order_id=id, reason="changed my mind"))
        self.do(GiveExchangeCreditBack(order_id=id))

    def take_care(self, data: st.DataObject, return_id: UUID) -> None:
        """Do a few things to a return, sensible or not."""
        actions: list[Callable[[st.DataObject, Return], Command | None]] = [
            lambda data, goods: data.draw(st.sampled_from(STEPS), "step")(goods.id),
            self._some_come,
            self._some_come,
            self._look_again,
            self._compensation,
            self._compensation,
        ]
        for action in data.draw(
            st.lists(st.sampled_from(actions), min_size=2, max_size=6), "actions"
        ):
            command = action(data, self.there.returns[return_id])
            if command and self.do(command) and isinstance(command, ExchangeReturn):
                self.need_less_credit(order_id(command.number), data.draw(st.booleans(), "cancel"))

    def _some_come(self, data: st.DataObject, goods: Return) -> Command:
        line_id = data.draw(st.sampled_from(list(goods.requested)), "line")
        condition, code = data.draw(st.tuples(CONDITIONS, CODES), "condition, location")
        units = data.draw(st.integers(1, max(goods.outstanding[line_id], 1)), "units")
        first = ReceivedLine(line_id=line_id, quantity=units, condition=condition, location=code)
        more = ReceivedLine(line_id=line_id, quantity=1, condition=Condition.SCRAPPED)
        lines = (first, more) if data.draw(st.booleans(), "one more") else (first,)
        return ReceiveReturnItems(return_id=goods.id, lines=lines)

    def _look_again(self, data: st.DataObject, goods: Return) -> Command | None:
        were, condition = data.draw(st.tuples(CONDITIONS, CONDITIONS), "conditions")
        if were is condition or not goods.places:
            return None
        line_id, _, were = data.draw(st.sampled_from(list(goods.places)), "place")
        line = InspectedLine.model_construct(
            line_id=line_id, quantity=1, condition=condition, were=were, location=None
        )
        return InspectReturn(return_id=goods.id, lines=(line,)) if were is not condition else None

    def _compensation(self, data: st.DataObject, goods: Return) -> Command:
        some = data.draw(st.none() | st.sampled_from(list(goods.requested)), "line")
        fee = data.draw(FEES, "fee")
        asked: dict[str, Any] = {
            "return_id": goods.id,
            "credit_id": self.new_id(),
            "lines": None if some is None else wanted({some: 1}),
            "outstanding": data.draw(st.sampled_from(OutstandingUnits), "outstanding"),
            "fee": fee,
            "refund_shipping": data.draw(st.booleans(), "shipping"),
        }
        if data.draw(st.booleans(), "refund"):
            return RefundReturn(**asked)
        sku, units, price = data.draw(st.tuples(SKUS, st.integers(1, 3), FEES), "replacement")
        line = WantedLine(line_id=self.new_id(), sku=sku, quantity=units, unit_price=price)
        replacement = Replacement(lines=(line,), shipping_price=fee)
        number = str(self.new_id().int)
        return ExchangeReturn(**asked, number=number, placed_at=NOW, replacement=replacement)
