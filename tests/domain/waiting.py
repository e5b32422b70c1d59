"""The shop of the random histories, with all that waits in it: holds, and whatever has a timer."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from tests.domain.histories import Shop

from oms_core.orders.commands import EscalateHold, ExpireUnpaidOrder, ReleaseHold
from oms_core.timers.process import timers
from oms_core.timers.timer import SetTimer


class PatientShop(Shop):
    """Timers may go off at any moment: late, outdated, or twice after a crash."""

    @precondition(lambda self: any(order.holds for order in self.orders()))
    @rule(data=st.data(), too_late=st.booleans())
    def release_a_hold(self, data: st.DataObject, too_late: bool) -> None:
        order = data.draw(st.sampled_from([order for order in self.orders() if order.holds]))
        hold_id = data.draw(st.sampled_from(list(order.holds)), "hold")
        if too_late:
            self.do(EscalateHold(order_id=order.id, hold_id=hold_id))
        self.do(ReleaseHold(order_id=order.id, hold_id=hold_id, reason="checked"))

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
        facts = [(id, fact) for id, events in self.history.streams.items() for fact in events]
        set_or_not = [timer for id, fact in facts for timer in timers(id, fact)]
        return [timer for timer in set_or_not if isinstance(timer, SetTimer)]
