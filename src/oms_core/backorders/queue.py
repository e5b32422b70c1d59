"""The queue of those who wait for a SKU: first come, first served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from oms_core.backorders.events import (
    BackorderEvent,
    BackordersDropped,
    BackordersFilled,
    BackordersPassedOver,
    BackordersPostponed,
    BackordersQueued,
    BackordersResumed,
    FilledLine,
    Turn,
)
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Message
from oms_core.kernel.snapshot import LongLived, Snapshot
from oms_core.orders.quantities import LineQuantity


def queue_id(sku: str) -> UUID:
    """Give the stream of those who wait for a SKU."""
    return natural_id("backorders", sku)


Group = tuple[str, str | None, tuple[str, ...]]
"""A channel, the location that the units must come from; None: any, and where they can't."""


class WaitingLine(Message):
    """Units of one order line that wait, and what their turn depends on."""

    order_id: UUID
    line_id: UUID
    quantity: int
    placed_at: datetime
    priority: int = 0
    channel: str
    pickup_location: str | None = None
    excluded: tuple[str, ...] = ()

    @property
    def group(self) -> Group:
        """Those who may take the same stock."""
        return self.channel, self.pickup_location, self.excluded

    def may_come_from(self, location: str) -> bool:
        """Tell whether a location may give its units, as far as the order has a say in it."""
        return self.pickup_location in (None, location) and location not in self.excluded

    @property
    def place(self) -> tuple[datetime, int, UUID]:
        """The earlier order first; of one moment the higher priority, then the earlier line id."""
        return self.placed_at, -self.priority, self.line_id

    @property
    def turn(self) -> Turn:
        """The same as events tell it."""
        return Turn(placed_at=self.placed_at, priority=self.priority, line_id=self.line_id)


@dataclass(frozen=True, slots=True)
class Page:
    """Some whose turn it is, and those behind them, all in turn.

    Nobody up to `until` is behind; it is None when nobody is behind at all.
    """

    first: list[WaitingLine]
    behind: list[WaitingLine]
    until: Turn | None


@dataclass(frozen=True, slots=True)
class BackorderQueueView:
    """How much waits for a SKU."""

    id: UUID
    version: int
    sku: str
    lines: int
    units: int


class BackorderQueueSnapshot(Snapshot):
    """Everything that decisions about a queue need."""

    TOPIC = "backorders.BackorderQueueSnapshot.v1"

    sku: str
    waiting: tuple[WaitingLine, ...]
    postponed_until: datetime | None = None
    passed_over: BackordersPassedOver | None = None


class BackorderQueue(LongLived[BackorderEvent, BackorderQueueSnapshot]):
    """Who waits for one SKU, at whichever location it arrives.

    `wanted` counts the units by who may take the same stock.
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.sku = ""
        self.waiting: dict[UUID, WaitingLine] = {}
        self.wanted: Counter[Group] = Counter()
        self.postponed_until: datetime | None = None
        self.passed_over: BackordersPassedOver | None = None
        """The last one, unless something else has happened since."""

    @property
    def units(self) -> int:
        """Units that wait."""
        return self.wanted.total()

    def wanted_but(self, orders: Collection[UUID]) -> Counter[Group]:
        """Count the units of all but these orders."""
        mine: Counter[Group] = Counter()
        for line in self.waiting.values() if orders else ():
            if line.order_id in orders:
                mine[line.group] += line.quantity
        return self.wanted - mine if mine else self.wanted

    def page(self, count: int, after: Turn | None = None) -> Page:
        """Tell whose turn it is: so many of each group, as others' stock may be there only."""
        first: list[WaitingLine] = []
        behind: list[WaitingLine] = []
        so_far: Counter[Group] = Counter()
        until: Turn | None = None
        for line in sorted(self.waiting.values(), key=lambda line: line.place):
            if after is not None and line.place <= after.place:
                continue
            so_far[line.group] += 1
            if so_far[line.group] > count:
                behind.append(line)
                continue
            first.append(line)
            if until is None and so_far[line.group] == count:
                until = line.turn
        return Page(first, behind, until if behind else None)

    def enter(self, event: BackordersQueued) -> None:
        """Let units wait."""
        self.record(event)

    def drop(self, sku: str, order_id: UUID, lines: Iterable[LineQuantity]) -> None:
        """Take units out that are not wanted any more."""
        self.record(BackordersDropped(sku=sku, order_id=order_id, lines=tuple(lines)))

    def fill(self, lines: Iterable[FilledLine], *, more: bool) -> None:
        """Note who got stock."""
        self.record(BackordersFilled(sku=self.sku, lines=tuple(lines), more=more))

    def pass_over(self, until: Turn, seen: int) -> None:
        """Let those behind a turn be looked at; nothing happens when they were, and all is as it
        was then.
        """
        last = self.passed_over
        if last is None or last.seen != seen or last.until.place < until.place:
            self.record(BackordersPassedOver(sku=self.sku, until=until, seen=seen))

    def postpone(self, until: datetime | None) -> None:
        """Note when a location has room again; nothing happens when that is known."""
        if until is not None and until != self.postponed_until:
            self.record(BackordersPostponed(sku=self.sku, until=until))
        elif until is None and self.postponed_until is not None:
            self.record(BackordersResumed(sku=self.sku))

    def evolve(self, event: BackorderEvent) -> None:
        self.sku = event.sku
        self.passed_over = event if isinstance(event, BackordersPassedOver) else None
        match event:
            case BackordersQueued():
                if not self.waiting:
                    self.postponed_until = None  # its timer may have gone off since
                for part in event.lines:
                    self._enter(event, part)
            case BackordersDropped() | BackordersFilled():
                for part in event.lines:
                    self._leave(part)
            case BackordersPassedOver():
                pass  # noted above
            case BackordersPostponed():
                self.postponed_until = event.until
            case BackordersResumed():
                self.postponed_until = None
            case _:
                assert_never(event)

    def _enter(self, event: BackordersQueued, part: LineQuantity) -> None:
        known = self.waiting.get(part.line_id)
        line = WaitingLine(
            order_id=event.order_id,
            line_id=part.line_id,
            quantity=part.quantity + (0 if known is None else known.quantity),
            placed_at=event.placed_at,
            priority=event.priority,
            channel=event.channel,
            pickup_location=event.pickup_location,
            excluded=event.excluded,
        )
        self.waiting[part.line_id] = line
        self.wanted[line.group] += part.quantity

    def _leave(self, part: LineQuantity) -> None:
        line = self.waiting.pop(part.line_id)
        self.wanted[line.group] -= part.quantity
        if not self.wanted[line.group]:
            del self.wanted[line.group]
        if left := line.quantity - part.quantity:
            self.waiting[part.line_id] = line.model_copy(update={"quantity": left})

    @property
    def entries(self) -> int:
        return len(self.waiting)

    def snapshot(self) -> BackorderQueueSnapshot:
        """Show the whole state."""
        waiting = tuple(self.waiting.values())
        return BackorderQueueSnapshot(
            sku=self.sku,
            waiting=waiting,
            postponed_until=self.postponed_until,
            passed_over=self.passed_over,
        )

    def restore(self, snapshot: BackorderQueueSnapshot) -> None:
        """Take over a state that `snapshot` showed."""
        self.sku = snapshot.sku
        self.waiting = {line.line_id: line for line in snapshot.waiting}
        self.wanted = Counter()
        self.postponed_until = snapshot.postponed_until
        self.passed_over = snapshot.passed_over
        for line in snapshot.waiting:
            self.wanted[line.group] += line.quantity

    def view(self) -> BackorderQueueView:
        """Show the queue as it is now."""
        return BackorderQueueView(self.id, self.version, self.sku, len(self.waiting), self.units)
