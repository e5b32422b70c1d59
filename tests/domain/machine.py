"""A machine that executes random commands and checks every invariant after each one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from tests.domain.invariants import Installation, check_kept_back
from tests.domain.kit import History, inner
from tests.domain.shop import uid
from tests.domain.stock_histories import FINDS_LESS

from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import CurrencyMismatch, NotFound, Refusal
from oms_core.orders.order import Order
from oms_core.orders.placing import PlaceOrder
from oms_core.shipments.refusals import NoSuchParcel, NoSuchShipmentLine
from oms_core.stock.stock_item import UnitsNotReserved

NEVER = (UnitsNotReserved, NotFound, CurrencyMismatch)
"""Refusals that tell of a broken history here, where every id and amount is in order."""

MAYBE = (NoSuchParcel, NoSuchShipmentLine)
"""A parcel or a line may have gone to another shipment."""

REACHED: Counter[tuple[str, str]] = Counter()


class Machine(RuleBasedStateMachine):
    """Its rules say what happens; here is what is checked."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History()
        self.there = Installation(self.history)
        """What is there now: for rules to look at, never to change."""
        self.last: Command | None = None
        self.log: list[tuple[UUID, Event]] = []
        self.waiting: list[tuple[UUID, Event]] = []
        self.sound = True
        self.count = 0

    def do(self, command: Command) -> bool:
        """Execute a command, whatever comes of it; tell whether it recorded anything."""
        self.tell(command)
        self.sound = False
        recorded: Mapping[UUID, list[Event]] = {}
        try:
            recorded = self.history.execute(command).events
            outcome = "done" if recorded else "nothing to do"
        except Refusal as refusal:
            if isinstance(refusal, NEVER) and not isinstance(refusal, MAYBE):
                raise
            outcome = type(refusal).__name__
            assert str(refusal)
        REACHED[type(command).__name__, outcome] += 1
        self.last = command
        new = [(id, each) for id, events in recorded.items() for each in events]
        self.log += new
        self.waiting += new
        assert sum(map(len, self.history.streams.values())) == len(self.log)
        self.check(command, recorded)
        self.sound = True
        return bool(recorded)

    def tell(self, command: Command) -> None:
        """Name the command when a history fails."""
        note(command)

    def check(self, command: Command, recorded: Mapping[UUID, list[Event]]) -> None:
        """A count may find less than was promised. Nothing else takes what is not there."""
        before = {id: self.there.unpromised(id) for id in recorded}
        self.there.follow(recorded)
        self.there.check_touched(recorded)
        if not isinstance(command, FINDS_LESS):
            for id, units in before.items():
                assert self.there.unpromised(id) >= min(units, 0)
        if isinstance(command, PlaceOrder):
            check_kept_back(self.there, command.channel, recorded)

    def teardown(self) -> None:
        """Fold everything anew; it must say the same, and every invariant must hold."""
        if self.sound:
            anew = Installation(self.history)
            anew.check()
            assert inner(anew.by_id) == inner(self.there.by_id)

    def new_id(self) -> UUID:
        self.count += 1
        return uid(self.count)

    def orders(self) -> list[Order]:
        return list(self.there.orders.values())

    def an_order(self, data: st.DataObject) -> Order:
        return data.draw(st.sampled_from(self.orders()), "order")
