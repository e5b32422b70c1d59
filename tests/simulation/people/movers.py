"""Movers: they bring stock from one location to another, most of it, and in parts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.simulation.people.merchants import LOCATIONS, PRICES
from tests.simulation.people.person import Person

from oms_core.transfers.commands import (
    CancelTransfer,
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)
from oms_core.transfers.events import TransferDispatched, TransferPlanned
from oms_core.transfers.transfer import Transfer


class Movers(Person):
    """Plan a transfer now and then; what is not there when they come stays where it is."""

    def listen(self) -> None:
        self.on(TransferPlanned, lambda id, _: self._planned(id))
        self.on(TransferDispatched, lambda id, _: self._left(id))

    def begin(self, orders: int) -> None:
        for _ in range(orders // 25 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._plan)

    def _plan(self) -> None:
        source, destination = self.rng.choices(LOCATIONS, k=2)
        skus = self.rng.sample(list(PRICES), k=self.rng.randint(1, 2))
        self.ask(
            PlanTransfer(
                transfer_id=self.world.new_id(),
                source=source,
                destination=destination,
                lines=tuple(WantedUnits(sku=sku, quantity=self.rng.randint(1, 6)) for sku in skus),
                expected_on=(self.now + timedelta(days=2)).date(),
                reason="balance",
            )
        )

    def _planned(self, id: UUID) -> None:
        if self.chance(0.15):
            cancel = CancelTransfer(transfer_id=id, reason="no truck")
            self.world.soon(5, lambda: self.ask(cancel))
        for _ in range(self.one_of([1, 1, 1, 2])):
            self.world.soon(5, lambda: self.ask(DispatchTransfer(transfer_id=id)))

    def _left(self, id: UUID) -> None:
        for hours, likely, act in ((10, 0.5, self._receive_some), (40, 0.8, self._receive)):
            if self.chance(likely):
                self.world.soon(hours, lambda act=act: act(id))
        if self.chance(0.5):
            miss = MissTransfer(transfer_id=id, reason="fell off the truck")
            self.world.soon(60, lambda: self.ask(miss))

    def _receive(self, id: UUID) -> None:
        self.ask(ReceiveTransfer(transfer_id=id))

    def _receive_some(self, id: UUID) -> None:
        left = self.world.one(Transfer, id).in_transit
        lines = tuple(
            WantedUnits(sku=sku, quantity=self.rng.randint(1, units + self.chance(0.1)))
            for sku, units in left.items()
            if self.chance(0.7)
        )
        if lines:
            self.ask(ReceiveTransfer(transfer_id=id, lines=lines))
