"""Watchers: customers who want to hear when something can be had again, until they don't."""

from __future__ import annotations

from uuid import UUID

from tests.simulation.people.merchants import CURRENCY, PRICES
from tests.simulation.people.person import Person

from oms_core.subscriptions.commands import CancelSubscription, SubscribeToStock
from oms_core.subscriptions.events import SubscriptionOpened


class Watchers(Person):
    """Subscribe to a product now and then, at times to one that is there."""

    def listen(self) -> None:
        self.on(SubscriptionOpened, self._opened)

    def begin(self, orders: int) -> None:
        for _ in range(orders // 12 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._subscribe)

    def _subscribe(self) -> None:
        self.ask(
            SubscribeToStock(
                sku=self.one_of(list(PRICES)),
                channel=self.one_of(list(CURRENCY)),
                customer=f"C-{self.rng.randint(1, 200)}",
            )
        )

    def _opened(self, _: UUID, opened: SubscriptionOpened) -> None:
        if self.chance(0.3):
            one = opened.subscriber
            cancel = CancelSubscription(sku=opened.sku, channel=one.channel, customer=one.customer)
            self.world.soon(10, lambda: self.ask(cancel))
