"""Returners: they send some of it back, in parts, for a refund or for something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.simulation.people.merchants import LOCATIONS, PRICES
from tests.simulation.people.person import Person

from oms_core.kernel.money import Money, smallest
from oms_core.orders.events import LinesDelivered
from oms_core.orders.placing import WantedLine
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
from oms_core.returns.events import Condition, ReturnItemsReceived, ReturnRequested
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


class Returners(Person):
    """Announce a return after some days; the warehouse takes it in, once or twice."""

    def listen(self) -> None:
        self.on(LinesDelivered, lambda id, _: self._delivered(id))
        self.on(ReturnRequested, lambda id, _: self._requested(id))
        self.on(ReturnItemsReceived, lambda id, _: self._received(id))

    def _delivered(self, id: UUID) -> None:
        if self.chance(0.2):
            self.world.soon(100, lambda: self._send_back(id))

    def _send_back(self, id: UUID) -> None:
        lines = self.some(self.order(id), lambda line: line.returnable)
        if lines:
            why = [LineReason(line_id=ln.line_id, reason=self._reason()) for ln in lines]
            self.ask(
                RequestReturn(
                    return_id=self.world.new_id(),
                    order_id=id,
                    lines=lines,
                    reason="too small",
                    reasons=tuple(why) if self.chance(0.5) else (),
                )
            )

    def _reason(self) -> ReturnReason:
        return self.one_of(list(ReturnReason))

    def _requested(self, id: UUID) -> None:
        for hours, likely, act in (
            (5, 0.8, self._approve),
            (20, 0.3, self._prepare),
            (60, 0.4, self._arrive_in_parts),
            (80, 0.7, self._arrive),
            (90, 0.3, self._compensate),
            (150, 0.3, self._close),
        ):
            for _ in range(self.one_of([1, 1, 1, 2])):
                if self.chance(likely):
                    self.world.soon(hours, lambda act=act: act(id))

    def _approve(self, id: UUID) -> None:
        if self.chance(0.92):
            self.ask(ApproveReturn(return_id=id))
        else:
            self.ask(RejectReturn(return_id=id, reason="worn"))

    def _prepare(self, id: UUID) -> None:
        self.ask(RecordReturnLabel(return_id=id, carrier="DHL", label_reference="L-1"))
        if self.chance(0.7):
            self.ask(RecordReturnSent(return_id=id))
        elif self.chance(0.5):
            self.ask(CancelReturn(return_id=id, reason="likes it now"))

    def _arrive(self, id: UUID) -> None:
        self.ask(ReceiveReturn(return_id=id, restock=self.chance(0.7)))

    def _arrive_in_parts(self, id: UUID) -> None:
        goods = self.world.one(Return, id)
        lines = tuple(
            ReceivedLine(
                line_id=line_id,
                quantity=self.rng.randint(1, units + self.chance(0.05)),
                condition=self.one_of(list(Condition)),
                location=self.one_of([None, *LOCATIONS]),
            )
            for line_id, units in goods.outstanding.items()
            if units and self.chance(0.7)
        )
        if lines:
            self.ask(ReceiveReturnItems(return_id=id, lines=lines))

    def _received(self, id: UUID) -> None:
        if self.chance(0.5):
            self.world.soon(5, lambda: self._inspect(id))
        self.world.soon(10, lambda: self._compensate(id))

    def _inspect(self, id: UUID) -> None:
        goods = self.world.one(Return, id)
        if goods.places:
            line_id, _, were = self.one_of(list(goods.places))
            others = [condition for condition in Condition if condition is not were]
            line = InspectedLine(
                line_id=line_id, quantity=1, condition=self.one_of(others), were=were
            )
            self.ask(InspectReturn(return_id=id, lines=(line,)))

    def _compensate(self, id: UUID) -> None:
        goods = self.world.one(Return, id)
        currency = self.order(goods.order_id).terms.currency
        fee = Money(smallest(currency) * self.rng.randint(0, 500), currency)
        asked: dict[str, Any] = {
            "return_id": id,
            "credit_id": self.world.new_id(),
            "outstanding": self.one_of(list(OutstandingUnits)),
            "fee": fee if self.chance(0.3) else None,
            "refund_shipping": self.chance(0.3),
        }
        ways: list[Callable[[], Any]] = [
            lambda: RefundReturn(**asked),
            lambda: RefundReturn(**asked),
            lambda: self._exchange(asked, currency),
        ]
        self.ask(self.one_of(ways)())

    def _exchange(self, asked: dict[str, Any], currency: str) -> ExchangeReturn:
        price = Money(smallest(currency) * self.rng.randint(0, 3000), currency)
        line = WantedLine(
            line_id=self.world.new_id(),
            sku=self.one_of(list(PRICES)),
            quantity=self.rng.randint(1, 2),
            unit_price=price if currency != "EUR" or self.chance(0.2) else None,
        )
        replacement = Replacement(lines=(line,), allow_backorder=self.chance(0.5))
        number = f"X-{self.rng.getrandbits(48)}"
        return ExchangeReturn(**asked, number=number, placed_at=self.now, replacement=replacement)

    def _close(self, id: UUID) -> None:
        self.ask(CloseReturn(return_id=id))
