"""Planners: by which rules orders are sourced and sent, who is asked instead, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from tests.simulation.people.merchants import LOCATIONS
from tests.simulation.people.person import Person

from oms_core.assignments.commands import RejectAssignment
from oms_core.assignments.relieving import RelieveLocation
from oms_core.assignments.waves import SourceWave
from oms_core.backorders.commands import RevisePromise
from oms_core.delivery.commands import ConfigureShippingMethod, WithdrawShippingMethod
from oms_core.locations.commands import BeginRelief
from oms_core.locations.events import LocationClosed
from oms_core.locations.location import location_id
from oms_core.locations.traits import LocationKind
from oms_core.orders.commands import WantedQuantity
from oms_core.orders.events import LinesReserved, PromiseMade
from oms_core.sourcing.commands import PublishSourcingRules, WithdrawSourcingRules

STANDARD, EXPRESS = "STANDARD", "EXPRESS"
WAVE = 6
"""Orders that are sourced anew together."""


class Planners(Person):
    """Change their mind every few days; a location says now and then that it can't send."""

    def listen(self) -> None:
        self.on(LinesReserved, lambda id, _: self._reserved(id))
        self.on(PromiseMade, self._promised)
        self.on(LocationClosed, lambda id, _: self.world.soon(2, lambda: self._relieve(id)))

    def begin(self, orders: int) -> None:
        for code in (STANDARD, EXPRESS):
            self.ask(self._method(code))
        if self.chance(0.5):
            self.ask(self._rules())
        for _ in range(orders // 30 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._wave)
        for _ in range(orders // 60 + 1):
            self.world.after(self.rng.uniform(0, orders / 4), self._change)

    def _change(self) -> None:
        if self.chance(0.6):
            self.ask(self._rules())
        else:
            self.ask(WithdrawSourcingRules(reason="too clever"))
        if self.chance(0.5):
            code = self.one_of([STANDARD, EXPRESS])
            self.ask(WithdrawShippingMethod(code=code, reason="too slow"))
            self.world.soon(10, lambda: self.ask(self._method(code)))

    def _wave(self) -> None:
        young = self.world.orders()[-30:]
        if young:
            channel = self.one_of(young).terms.channel
            ids = [order.id for order in young if order.terms.channel == channel]
            some = self.rng.sample(ids, min(len(ids), WAVE))
            self.ask(SourceWave(order_ids=tuple(some), asked_at=self.now))

    def _relieve(self, id: UUID) -> None:
        code = next(code for code in LOCATIONS if location_id(code) == id)
        recent = self.world.orders()[-30:]
        held = [o for o in recent if any(line.reserved.get(code, 0) for line in o.lines.values())]
        ids = tuple(order.id for order in held)
        self.ask(BeginRelief(code=code, reason="flooded", order_ids=ids))
        for order in held:
            if self.chance(0.7):
                self.ask(
                    RelieveLocation(
                        order_id=order.id,
                        location=code,
                        reason="flooded",
                        relieved_at=self.now,
                    )
                )

    def _rules(self) -> PublishSourcingRules:
        eligibility = [
            {"name": "no sets by mail", "skus": ["SET"], "kinds": ["STORE"], "exclude": True},
            {"name": "tokyo", "channels": ["tokyo"], "locations": [self.one_of(LOCATIONS)]},
        ]
        return PublishSourcingRules.model_validate(
            {
                "currency": "EUR",
                "max_split": self.rng.randint(1, 3),
                "split_cost": Decimal(self.rng.randint(0, 3)),
                "cost_per_day": Decimal("0.10"),
                "low_stock_units": 2,
                "low_stock_cost": Decimal("0.30"),
                "default_weight_grams": 700,
                "handling": [{"kind": kind, "per_parcel": 2} for kind in list(LocationKind)[:2]],
                "tariffs": [{"name": "any", "steps": [{"up_to_grams": 2000, "price": 4}]}],
                "eligibility": [rule for rule in eligibility if self.chance(0.3)],
            }
        )

    def _method(self, code: str) -> ConfigureShippingMethod:
        zone = {
            "name": "home",
            "countries": ["DE"],
            "prices": [{"up_to_grams": 20_000, "price": Decimal(self.rng.randint(0, 9))}],
            "fewest_days": 1,
            "most_days": 2,
        }
        return ConfigureShippingMethod.model_validate(
            {"code": code, "name": code.title(), "currency": "EUR", "zones": [zone]}
        )

    # ---------------------------------------------------------------------- orders that are placed

    def _reserved(self, id: UUID) -> None:
        if self.chance(0.04):
            self.world.soon(4, lambda: self._reject(id))

    def _reject(self, id: UUID) -> None:
        order = self.order(id)
        places = sorted({code for line in order.lines.values() for code in line.reserved})
        location = self.one_of(places or LOCATIONS)
        lines: Sequence[WantedQuantity] = ()
        if self.chance(0.4):
            lines = self.some(order, lambda line: line.reserved.get(location, 0))
        self.ask(
            RejectAssignment(
                order_id=id,
                location=location,
                reason="overrun",
                lines=tuple(lines) or None,
                rejected_at=self.now,
            )
        )

    def _promised(self, id: UUID, made: PromiseMade) -> None:
        for promise in made.promises:
            if self.chance(0.2):
                day = self.now + timedelta(days=self.rng.randint(1, 20))
                revise = RevisePromise(
                    order_id=id, line_id=promise.line_id, promised_by=day, reason="storm"
                )
                self.world.soon(20, lambda revise=revise: self.ask(revise))
