"""The shop of the random histories, with all that waits in it: holds, and whatever has a timer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.domain.histories import CODES, Shop
from tests.domain.shop import NOW

from oms_core.backorders.commands import CancelBackorder, FillBackorders, RevisePromise
from oms_core.backorders.queue import queue_id
from oms_core.locations.location import Location
from oms_core.orders.commands import EscalateHold, ExpireUnpaidOrder, ReleaseHold
from oms_core.orders.order import Order
from oms_core.stock.commands import ReceiveStock
from oms_core.timers.process import timers
from oms_core.timers.timer import SetTimer


class PatientShop(Shop):
    """Timers may go off at any moment: late, outdated, or twice after a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[SetTimer] = []
        self.heard = 0

    @precondition(lambda self: any(order.holds for order in self.orders()))
    @rule(data=st.data(), too_late=st.booleans())
    def release_a_hold(self, data: st.DataObject, too_late: bool) -> None:
        order = data.draw(st.sampled_from([order for order in self.orders() if order.holds]))
        hold_id = data.draw(st.sampled_from(list(order.holds)), "hold")
        if too_late:
            self.do(EscalateHold(order_id=order.id, hold_id=hold_id))
        self.do(ReleaseHold(order_id=order.id, hold_id=hold_id, reason="checked"))

    @precondition(lambda self: self.there.queues)
    @rule(data=st.data(), units=st.integers(0, 9), code=CODES)
    def fill(self, data: st.DataObject, units: int, code: str) -> None:
        """Stock arrives, or not, and the process asks at its own time, as often as it likes."""
        queues = self.there.queues
        sku = data.draw(st.sampled_from([queue.sku for queue in queues.values()]), "sku")
        if units:
            self.do(ReceiveStock(sku=sku, location=code, quantity=units))
        more = True
        while more:
            before = queues[queue_id(sku)].units
            more = self.do(FillBackorders(sku=sku))
            left = queues[queue_id(sku)].units
            assert more or left == before  # who waits for room may be noted, with nothing filled
        if not self.there.by_rules:
            self._nothing_is_left(sku)

    def _nothing_is_left(self, sku: str) -> None:
        open_ = {place.facts.code for place in self.history.all(Location) if place.is_open}
        stock = [i for i in self.there.items.values() if i.sku == sku and i.location in open_]
        for line in self.there.queues[queue_id(sku)].waiting.values():
            order = self.history.fold(Order, line.order_id)
            usable = (item for item in stock if order.may_come_from(item.location))
            assert all(item.available_to(line.channel) <= 0 for item in usable)

    @precondition(lambda self: self.waiting_lines())
    @rule(data=st.data(), days=st.integers(1, 9), too_late=st.booleans())
    def promise(self, data: st.DataObject, days: int, too_late: bool) -> None:
        order, line_id = data.draw(st.sampled_from(self.waiting_lines()), "line")
        day = NOW + timedelta(days=days)
        revise = RevisePromise(order_id=order.id, line_id=line_id, promised_by=day, reason="storm")
        self.do(revise)
        until = order.lines[line_id].waits_until
        if too_late and until is not None:
            self.do(CancelBackorder(order_id=order.id, line_id=line_id, waits_until=until))

    def waiting_lines(self) -> list[tuple[Order, UUID]]:
        """Every line that waits for stock."""
        lines = ((order, id, line) for order in self.orders() for id, line in order.lines.items())
        return [(order, id) for order, id, line in lines if line.backordered]

    @precondition(lambda self: any(order.expires_unpaid for order in self.orders()))
    @rule(data=st.data())
    def nobody_pays(self, data: st.DataObject) -> None:
        unpaid = [order for order in self.orders() if order.expires_unpaid]
        self.do(ExpireUnpaidOrder(order_id=data.draw(st.sampled_from(unpaid), "order").id))

    @precondition(lambda self: self.timers())
    @rule(data=st.data(), twice=st.booleans())
    def let_a_timer_go_off(self, data: st.DataObject, twice: bool) -> None:
        timer = data.draw(st.sampled_from(self.timers()), "timer")
        for _ in range(2 if twice else 1):
            self.do(timer.command)

    def timers(self) -> list[SetTimer]:
        """Every timer that was ever set, its order whatever it may be by now."""
        while self.heard < len(self.log):
            told = timers(*self.log[self.heard])
            self.known += (timer for timer in told if isinstance(timer, SetTimer))
            self.heard += 1
        return self.known
