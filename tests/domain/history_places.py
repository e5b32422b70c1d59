"""Locations close, open and change at random, and so do the rules of sourcing."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from tests.domain.invariants import Installation
from tests.domain.shop import NOW, wanted

from oms_core.assignments.commands import RejectAssignment
from oms_core.assignments.relieving import RelieveLocation
from oms_core.assignments.waves import SourceWave
from oms_core.delivery.commands import ConfigureShippingMethod, WithdrawShippingMethod
from oms_core.kernel.message import Command
from oms_core.locations.commands import (
    BeginRelief,
    CloseLocation,
    ConfigureLocation,
    MergeLocation,
    ReopenLocation,
)
from oms_core.locations.traits import LocationKind
from oms_core.orders.order import Order
from oms_core.sourcing.commands import PublishSourcingRules, WithdrawSourcingRules
from oms_core.transfers.merging import MoveReserved, MoveStock

CODES = st.sampled_from(["HAM", "MUC", "LEJ"])
RULES = PublishSourcingRules.model_validate(
    {
        "currency": "EUR",
        "split_cost": Decimal("1.50"),
        "low_stock_units": 2,
        "low_stock_cost": Decimal("0.30"),
        "default_weight_grams": 700,
        "handling": [{"kind": "STORE", "per_parcel": Decimal("2.10")}],
        "tariffs": [
            {
                "name": "any",
                "steps": [
                    {"up_to_grams": 1000, "price": Decimal("3.90")},
                    {"up_to_grams": 5000, "price": Decimal("6.90")},
                ],
            }
        ],
        "eligibility": [
            {"name": "no drop-shipped caps", "skus": ["CAP"], "kinds": ["DROP_SHIP"]}
            | {"exclude": True}
        ],
    }
)
STANDARD = ConfigureShippingMethod.model_validate(
    {
        "code": "standard",
        "name": "Standard",
        "currency": "EUR",
        "zones": [
            {
                "name": "home",
                "countries": ["DE"],
                "prices": [{"up_to_grams": 10_000, "price": Decimal("4.90")}],
                "fewest_days": 1,
                "most_days": 2,
            }
        ],
    }
)


class Places(RuleBasedStateMachine):
    """What happens to locations, and to what is to be sent from them."""

    there: Installation

    def do(self, command: Command) -> bool:
        """Execute a command, whatever comes of it; tell whether it recorded anything."""
        raise NotImplementedError

    def new_id(self) -> UUID:
        """Give an id that nothing has yet."""
        raise NotImplementedError

    def to_be_sent(self) -> list[tuple[UUID, str, dict[UUID, int]]]:
        """Every order with what each location has to send of it."""
        found = []
        for order in self.there.orders.values():
            codes = {code for line in order.lines.values() for code in line.reserved}
            for code in sorted(codes):
                units = {id: n for id, ln in order.lines.items() if (n := ln.reserved.get(code, 0))}
                found.append((order.id, code, units))
        return found

    @rule(
        code=CODES,
        kind=st.sampled_from(LocationKind),
        most=st.none() | st.integers(1, 3),
        split=st.integers(1, 3),
        reopen=st.sampled_from([True, True, False]),
        withdraw=st.sampled_from([True, False]),
    )
    def change_places(
        self,
        code: str,
        kind: LocationKind,
        most: int | None,
        split: int,
        reopen: bool,
        withdraw: bool,
    ) -> None:
        """One rule for all that is seldom, so that orders have their share of the steps."""
        self.do(ConfigureLocation(code=code, kind=kind, capacity_per_day=most))
        self.do(STANDARD.model_copy(update={"name": f"in {split} days"}))
        if withdraw:
            self.do(WithdrawShippingMethod(code="standard", reason="too slow"))
        self.do(CloseLocation(code=code, reason="flooded"))
        for order_id in list(self.there.orders)[:2] if split == 1 else ():
            relieve = {"order_id": order_id, "location": code, "reason": "flooded"}
            self.do(BeginRelief(code=code, reason="flooded", order_ids=(order_id,)))
            self.do(RelieveLocation(**relieve, relieved_at=NOW))
        if split == 3:
            self.merge(code, "MUC" if code == "HAM" else "HAM")
        if reopen:
            self.do(ReopenLocation(code=code, reason="dry again"))
        self.do(RULES.model_copy(update={"max_split": split}))
        if withdraw:
            self.do(WithdrawSourcingRules(reason="too clever"))

    def merge(self, code: str, into: str) -> None:
        """Orders and goods go to another location."""
        self.do(MergeLocation(code=code, into=into, reason="too small"))
        way = {"source": code, "destination": into, "reason": "merged", "moved_at": NOW}
        for order in list(self.history.all(Order)):
            self.do(MoveReserved(**way, order_id=order.id, transfer_id=self.new_id()))
        skus = ("CAP", "MUG", "PEN", "TEA")
        self.do(MoveStock(**way, skus=skus, transfer_id=self.new_id()))

    @precondition(lambda self: self.to_be_sent())
    @rule(data=st.data(), whole=st.booleans())
    def reject(self, data: st.DataObject, whole: bool) -> None:
        order_id, code, units = data.draw(st.sampled_from(self.to_be_sent()), "to be sent")
        some = None if whole else wanted(dict.fromkeys(list(units)[:1], 1))
        self.do(
            RejectAssignment(
                order_id=order_id, location=code, reason="short pick", lines=some, rejected_at=NOW
            )
        )

    @precondition(lambda self: self.there.orders)
    @rule(data=st.data())
    def source_together(self, data: st.DataObject) -> None:
        ids = st.sampled_from(sorted(self.there.orders))
        some = data.draw(st.lists(ids, min_size=1, max_size=3, unique=True), "orders")
        self.do(SourceWave(order_ids=tuple(some), asked_at=NOW))
