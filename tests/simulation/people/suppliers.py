"""Suppliers and stock keepers: goods are announced, arrive, are counted, wet, held and scrapped."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.people.merchants import BEST_BEFORE, CURRENCY, LOCATIONS, PRICES, lot_of
from tests.simulation.people.person import Person

from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition
from oms_core.stock.inbound_commands import ExpectSupplies, ReceiveSupplies
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply


class Suppliers(Person):
    """Keep the shelves filled, more or less."""

    def begin(self, orders: int) -> None:
        for _ in range(orders // 2 + 5):
            self.world.after(self.rng.uniform(0, orders / 4), self._act)

    def _act(self) -> None:
        place = {"sku": self.one_of(list(PRICES)), "location": self.one_of(LOCATIONS)}
        act = self.one_of(
            [self._receive] * 9 + [self._announce, self._count, self._damage] * 2 + [self._order]
        )
        act(place)
        if self.chance(0.05):
            self._decide(place)

    def _receive(self, place: dict[str, str]) -> None:
        lot = lot_of(place["sku"], self.one_of(list(BEST_BEFORE)))
        self.ask(ReceiveStock(**place, quantity=self.rng.randint(1, 30), **lot))

    def _announce(self, place: dict[str, str]) -> None:
        supply = {**place, "supply": f"PO-{self.rng.randint(1, 20)}"}
        units = self.rng.randint(5, 30)
        day = (self.now + timedelta(days=self.rng.randint(1, 9))).date()
        self.ask(ExpectSupply(**supply, quantity=units, expected_on=day))
        complete = self.chance(0.3)
        arrived = ReceiveStock(
            **supply, quantity=units // 2 + 1, supply_complete=complete, **lot_of(place["sku"])
        )
        for hours, command in (
            (10, ReviseSupply(**supply, quantity=units + 1)),
            (20, arrived),
            (30, arrived),
            (40, CancelSupply(**supply, reason="sold out")),
        ):
            if self.chance(0.6):
                self.world.soon(hours, lambda command=command: self.ask(command))

    def _order(self, place: dict[str, str]) -> None:
        """Buy several products at once: they come together, in parts."""
        supply = {"location": place["location"], "supply": f"PO-{self.rng.randint(1, 20)}"}
        skus = self.rng.sample(list(PRICES), 2)
        units = [{"sku": sku, "quantity": self.rng.randint(1, 9)} for sku in skus]
        came = [line | lot_of(str(line["sku"]), self.one_of(list(BEST_BEFORE))) for line in units]
        day = (self.now + timedelta(days=3)).date()
        self.ask(ExpectSupplies.model_validate({**supply, "lines": units, "expected_on": day}))
        arrive = {**supply, "lines": came, "complete": self.chance(0.5)}
        for _ in range(self.one_of([1, 1, 2])):
            self.world.soon(20, lambda: self.ask(ReceiveSupplies.model_validate(arrive)))

    def _count(self, place: dict[str, str]) -> None:
        if self.chance(0.5):
            delta = self.rng.randint(-4, 2)
            self.ask(AdjustStock(**place, delta=delta, reason="count"))
        else:
            self.ask(CountStock(**place, counted=self.rng.randint(0, 40), reason="count"))

    def _damage(self, place: dict[str, str]) -> None:
        before, after = self.rng.choices(list(StockCondition), k=2)
        units = self.rng.randint(1, 3)
        if self.chance(0.7):
            self.ask(
                ChangeStockCondition(
                    **place, quantity=units, before=before, after=after, reason="wet"
                )
            )
        else:
            self.ask(ScrapStock(**place, quantity=units, condition=before, reason="wet"))

    def _decide(self, place: dict[str, str]) -> None:
        unlimited = self.chance(0.1)
        self.ask(SetStockPolicy(**place, safety_stock=self.rng.randint(0, 3), unlimited=unlimited))
        share, channel = self.rng.randint(0, 4), self.one_of(list(CURRENCY))
        self.ask(SetChannelShare(**place, channel=channel, quantity=share))
        self.ask(SetChannelSafetyStock(**place, channel=channel, quantity=4 - share))
