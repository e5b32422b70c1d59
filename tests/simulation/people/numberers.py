"""Numberers: they note by serial number which unit of a product is where. Nobody orders it."""

from __future__ import annotations

from decimal import Decimal

from tests.simulation.people.merchants import LOCATIONS
from tests.simulation.people.person import Person

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.money import Money
from oms_core.serials.commands import MoveSerials, RecordSerials, WriteOffSerials

WATCH = "WATCH"
UNITS = 12


class Numberers(Person):
    """Find units, lose them, and bring them elsewhere, at times from where they are not."""

    def begin(self, orders: int) -> None:
        price = Money(Decimal(99), "EUR")
        self.ask(RegisterProduct(sku=WATCH, name="Watch", price=price, serial_numbered=True))
        for _ in range(orders // 25 + 2):
            self.world.after(self.rng.uniform(0, orders / 4), self._act)

    def _act(self) -> None:
        here, there = self.rng.sample(LOCATIONS, 2)
        numbers = self.rng.sample(range(UNITS), self.rng.randint(1, 3))
        named = {
            "sku": WATCH,
            "location": here,
            "serials": tuple(f"W-{number}" for number in numbers),
            "reason": "looked",
        }
        self.ask(RecordSerials.model_validate(named))
        move = {**named, "destination": there, "transfer_id": self.world.new_id()}
        if self.chance(0.6):
            self.world.soon(3, lambda: self.ask(MoveSerials.model_validate(move)))
        lost = {**named, "location": self.one_of([here, there])}
        self.world.soon(8, lambda: self.ask(WriteOffSerials.model_validate(lost)))
