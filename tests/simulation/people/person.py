"""What everybody has in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from tests.simulation.world import World

from oms_core.kernel.message import Command, Event
from oms_core.kernel.money import Money, smallest
from oms_core.kernel.refusal import Refusal
from oms_core.orders.commands import WantedQuantity
from oms_core.orders.line import OrderLine
from oms_core.orders.order import Order
from oms_core.orders.status import OrderStatus

T = TypeVar("T")
E = TypeVar("E", bound=Event)


class Person:
    """Acts in a world, by chance. The class's name is the actor of its requests."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listen()

    def listen(self) -> None:
        """Say which events are of interest, with `on`."""

    def begin(self, orders: int) -> None:
        """Start to act, in a world that will see so many orders."""

    def on(self, event: type[E], reaction: Callable[[UUID, E], None]) -> None:
        """React whenever such an event was stored."""
        self.world.listeners.setdefault(event, []).append(reaction)

    @property
    def rng(self) -> Random:
        return self.world.rng

    @property
    def now(self) -> datetime:
        return self.world.now

    def chance(self, probability: float) -> bool:
        return self.world.chance(probability)

    def one_of(self, several: Sequence[T]) -> T:
        return self.rng.choice(several)

    def ask(
        self, command: Command, *, refused: Callable[[Refusal], None] | None = None, **more: Any
    ) -> None:
        self.world.ask(command, type(self).__name__.lower(), refused=refused, **more)

    def order(self, id: UUID) -> Order:
        return self.world.one(Order, id)

    def open_order(self) -> Order | None:
        """Pick an order that is under way, mostly a young one."""
        latest = self.world.orders()[-60:]
        found = [o for o in latest if o.status in (OrderStatus.OPEN, OrderStatus.ON_HOLD)]
        return self.one_of(found) if found else None

    def part_of(self, amount: Decimal, currency: str) -> Money:
        """All of an amount, or a part of it, in whole cents."""
        part = self.one_of((*[Decimal(1)] * 8, Decimal("0.5"), Decimal("0.33")))
        return Money((amount * part).quantize(smallest(currency), ROUND_DOWN), currency)

    def some(self, order: Order, most: Callable[[OrderLine], int]) -> tuple[WantedQuantity, ...]:
        """Pick some units of some lines, at times one too many."""
        picked = {}
        for id, line in order.lines.items():
            available = most(line) + self.chance(0.03)
            if available and self.chance(0.7):
                picked[id] = self.rng.randint(1, available)
        return tuple(WantedQuantity(line_id=id, quantity=units) for id, units in picked.items())
