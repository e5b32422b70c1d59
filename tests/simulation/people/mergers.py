"""Mergers: they give a location up for another one, with all that is there, and think again."""

from __future__ import annotations

from typing import Any

from tests.simulation.people.merchants import LOCATIONS, PRICES
from tests.simulation.people.person import Person

from oms_core.locations.commands import MergeLocation, ReopenLocation
from oms_core.locations.location import Location, location_id
from oms_core.transfers.merging import MoveReserved, MoveStock

ROUNDS = 2


class Mergers(Person):
    """Move what is promised first, then all other stock, a part at a time."""

    def begin(self, orders: int) -> None:
        for _ in range(orders // 80 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._merge)

    def _merge(self) -> None:
        source, into = self.rng.sample(LOCATIONS, 2)
        self.ask(MergeLocation(code=source, into=into, reason="too many"))
        for _ in range(ROUNDS):
            self.world.soon(1, lambda: self._move(source, into))
        reopen = ReopenLocation(code=source, reason="too few")
        self.world.soon(30, lambda: self.ask(reopen))

    def _move(self, source: str, into: str) -> None:
        merged = self.world.one(Location, location_id(source)).merged_into
        if merged != into and self.chance(0.9):
            return
        for order in self.world.orders()[-60:]:
            if any(line.reserved.get(source, 0) for line in order.lines.values()):
                self.ask(MoveReserved(order_id=order.id, **self._way(source, into)))
        skus = tuple(self.rng.sample(list(PRICES), 3))
        self.ask(MoveStock(skus=skus, **self._way(source, into)))

    def _way(self, source: str, into: str) -> dict[str, Any]:
        return {
            "source": source,
            "destination": into,
            "transfer_id": self.world.new_id(),
            "reason": "merged",
            "moved_at": self.now,
        }
