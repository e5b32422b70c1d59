"""A shop where real commands happen at random; after each one, every invariant is checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from tests.domain.history_aftercare import Aftercare
from tests.domain.history_places import Places
from tests.domain.machine import Machine
from tests.domain.payment_histories import ALL, CENTS, THIRD, PaymentRules, euros
from tests.domain.price_list import PRICED, open_for_pricing
from tests.domain.shop import NOW, place, stocked, wanted
from tests.domain.stock_histories import (
    CODES,
    MEANT_TWICE,
    PHONE,
    PRICES,
    SKUS,
    TEA,
    StockRules,
)

from oms_core.assignments.commands import RejectAssignment
from oms_core.coupons.commands import GiveCouponBack
from oms_core.fulfillment.process import next_steps
from oms_core.locations.commands import BeginRelief
from oms_core.orders.commands import CancelOrder, HoldOrder, ReleaseOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.payments.commands import CapturePayment, RefundPayment
from oms_core.returns.receiving import InspectReturn, ReceiveReturnItems
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse
from oms_core.transfers.commands import ReceiveTransfer

FEW = st.integers(1, 8)
RATES = st.sampled_from([None, None, Decimal(0), Decimal("0.07")])
KEYED_ONLY = (
    *(*MEANT_TWICE, CapturePayment, RefundPayment, ReceiveReturnItems, InspectReturn),
    BeginRelief,
)
"""Commands that may be meant twice: only an idempotency key tells a repetition."""


class Shop(Machine, Places, StockRules, Aftercare, PaymentRules):
    """Buyers, payers, warehouses and the fulfillment process at once, in any order."""

    @initialize()
    def open_shop(self) -> None:
        stock = {(sku, code): 6 for sku in PRICES for code in ("HAM", "MUC")}
        for command in stocked(stock | {("CAP", "LEJ"): 0}, **PRICES):
            self.do(command)
        self.do(TEA)
        self.do(PHONE)
        for command in open_for_pricing("CAP"):
            self.do(command)

    @precondition(lambda self: len(self.orders()) < 4)  # a few, for more to happen to each
    @rule(
        lines=st.lists(st.tuples(SKUS, FEW, st.none() | CENTS), min_size=1, max_size=3),
        discount=st.none() | st.integers(0, 400),
        shipping=st.none() | CENTS,
        backorder=st.booleans(),
        further=st.sampled_from([5, 5, 0, 1, 2, 3, 4]),
        collected=st.none() | CODES,
        priced=PRICED,
    )
    def order(
        self,
        lines: list[tuple[str, int, int | None]],
        discount: int | None,
        shipping: int | None,
        backorder: bool,
        further: int,
        collected: str | None,
        priced: Mapping[str, Any],
    ) -> None:
        wanted_lines = tuple(
            WantedLine(
                line_id=self.new_id(),
                sku=sku,
                quantity=quantity,
                unit_price=None if price is None else euros(price),
            )
            for sku, quantity, price in lines
        )
        number = str(self.new_id().int)
        placed = self.do(
            place(
                number=number,
                lines=wanted_lines,
                discount=None if discount is None else euros(discount),
                shipping_price=None if shipping is None else euros(shipping),
                allow_backorder=backorder,
                pickup_location=collected,
                **priced,
            )
        )
        if placed:
            self.go_on(order_id(number), further)

    def go_on(self, id: UUID, steps: int, part: Decimal = ALL) -> None:
        """Take the usual way for some steps, so that histories get far beyond placing."""
        usual_way = (
            lambda order: self.authorize(order, part),
            lambda order: self.capture(order, part),
            self.to_warehouse,
            self.dispatch_all,
            self.deliver_all,
        )
        for step in usual_way[:steps]:
            step(self.there.orders[id])

    def to_warehouse(self, order: Order) -> None:
        self.do(ReleaseToWarehouse(order_id=order.id))

    def dispatch_all(self, order: Order) -> None:
        for id in list(order.releases):
            self.do(DispatchShipment(shipment_id=id, carrier="DHL", dispatched_at=NOW))

    def deliver_all(self, order: Order) -> None:
        for id in list(order.releases):
            self.do(DeliverShipment(shipment_id=id, delivered_at=NOW))

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), again=st.booleans(), go_on=st.booleans())
    def hold(self, data: st.DataObject, again: bool, go_on: bool) -> None:
        order = self.an_order(data)
        hold_id = next(iter(order.holds)) if again and order.holds else self.new_id()
        self.do(HoldOrder(order_id=order.id, hold_id=hold_id, reason="fraud?", placed_at=NOW))
        if go_on:
            self.dispatch_all(order)

    @precondition(lambda self: self.orders())
    @rule(data=st.data())
    def release_holds(self, data: st.DataObject) -> None:
        self.do(ReleaseOrder(order_id=self.an_order(data).id, reason="checked"))

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), whole=st.booleans())
    def cancel(self, data: st.DataObject, whole: bool) -> None:
        order = self.an_order(data)
        some = None if whole else wanted(self.some_units(data, order))
        self.do(CancelOrder(order_id=order.id, reason="changed my mind", lines=some))

    @precondition(lambda self: self.orders())
    @rule(
        data=st.data(),
        add=st.none() | st.tuples(SKUS, FEW),
        change=st.none() | st.tuples(st.integers(0, 9), st.none() | CENTS, RATES),
        shipping=st.none() | CENTS,
        backorder=st.booleans(),
    )
    def edit(
        self,
        data: st.DataObject,
        add: tuple[str, int] | None,
        change: tuple[int, int | None, Decimal | None] | None,
        shipping: int | None,
        backorder: bool,
    ) -> None:
        order = self.an_order(data)
        lines, new = [], []
        if change is not None:
            quantity, cents, rate = change
            price = None if cents is None else euros(cents)
            line_id = data.draw(st.sampled_from(list(order.lines)), "line")
            lines = [
                LineChange(line_id=line_id, quantity=quantity, unit_price=price, tax_rate=rate)
            ]
        if add is not None:
            new = [WantedLine(line_id=self.new_id(), sku=add[0], quantity=add[1])]
        self.do(
            EditOrder(
                order_id=order.id,
                lines=tuple(lines),
                add_lines=tuple(new),
                shipping_price=None if shipping is None else euros(shipping),
                allow_backorder=backorder,
            )
        )

    @precondition(lambda self: self.orders())
    @rule(data=st.data(), cancelled=st.booleans())
    def give_coupon_back(self, data: st.DataObject, cancelled: bool) -> None:
        order = self.an_order(data)
        if cancelled and any(discount.code for discount in order.terms.discounts):
            self.do(CancelOrder(order_id=order.id, reason="changed my mind"))
        self.do(GiveCouponBack(order_id=order.id))

    @precondition(lambda self: self.orders())
    @rule(
        data=st.data(),
        steps=st.integers(1, 5),
        part=st.sampled_from([THIRD, ALL]),
        times=st.integers(1, 3),
    )
    def carry_on(self, data: st.DataObject, steps: int, part: Decimal, times: int) -> None:
        order = self.an_order(data)
        for _ in range(times):
            self.go_on(order.id, steps, part)

    @precondition(lambda self: self.waiting)
    @rule(steps=st.integers(1, 5), twice=st.booleans())
    def run_process(self, steps: int, twice: bool) -> None:
        """The process comes later, and may ask for the same thing again after a crash."""
        seen, self.waiting = self.waiting[:steps], self.waiting[steps:]
        for stream_id, fact in seen * (2 if twice else 1):
            for command in next_steps(stream_id, fact):
                self.do(command)

    @precondition(lambda self: self.there.shipments)
    @rule(data=st.data(), arrive=st.booleans())
    def move(self, data: st.DataObject, arrive: bool) -> None:
        shipment = data.draw(st.sampled_from(list(self.there.shipments.values())), "shipment")
        if arrive:
            self.do(DeliverShipment(shipment_id=shipment.id, delivered_at=NOW))
        else:
            self.do(DispatchShipment(shipment_id=shipment.id, carrier="DHL", dispatched_at=NOW))

    @precondition(lambda self: self.last is not None)
    @rule()
    def send_again(self) -> None:
        """What carries an id of its own, or states an aim, takes effect once."""
        command = self.last
        assert command is not None
        parts = CancelOrder | RejectAssignment | ReceiveTransfer
        partial = isinstance(command, parts) and command.lines is not None
        again = self.do(command)
        assert not again or partial or isinstance(command, KEYED_ONLY)

    def some_units(self, data: st.DataObject, order: Order) -> dict[UUID, int]:
        lines = st.sampled_from(list(order.lines))
        return data.draw(st.dictionaries(lines, st.integers(1, 4), min_size=1), "units")
