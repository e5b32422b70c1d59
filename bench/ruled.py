"""Placing orders where sourcing rules hold, beside the same orders and warehouses without rules."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import psycopg

from bench import http
from bench.baskets import CITIES
from bench.commands import placements, request
from bench.floors import SKUS
from bench.measure import Rate
from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.locations.commands import RegisterLocation
from oms_core.runtime.command_bus import CommandBus
from oms_core.sourcing.commands import PublishSourcingRules, WithdrawSourcingRules
from oms_core.sourcing.policy import NoSourcingRules
from oms_core.stock.commands import ReceiveStock

WAREHOUSES = 12
PLENTY = 1_000_000
ROUNDS = 5
_BEHIND = """
SELECT count(*) = 0 OR min(position) < (SELECT max(position) - 1000000 FROM oms.events)
FROM oms.bookmarks
"""
Placing = Callable[[str, int, int], Rate]
Address = tuple[str, int, str]
RULES = PublishSourcingRules.model_validate(
    {
        "currency": "EUR",
        "split_cost": Decimal(2),
        "cost_per_km": Decimal("0.01"),
        "handling": [{"kind": "STORE", "per_parcel": Decimal("1.20")}],
        "eligibility": [
            {"name": "no stores", "channels": ["bench"], "kinds": ["STORE"], "exclude": True}
        ],
        "tariffs": [
            {
                "name": "home",
                "destinations": ["DE"],
                "steps": [{"up_to_grams": 31_500, "price": Decimal("4.90")}],
            },
            {
                "name": "abroad",
                "steps": [{"up_to_grams": 31_500, "price": Decimal("11.90")}],
            },
        ],
    }
)


def open_warehouses(bus: CommandBus) -> None:
    """Register twelve warehouses that have everything, so that an order may come from any."""
    codes = [f"W{i}" for i in range(WAREHOUSES)]
    price = Money(Decimal(10), "EUR")
    skus = [f"S-{i}" for i in range(SKUS)]
    _all(
        bus,
        [
            RegisterLocation(code=code, name=code, country="DE", latitude=lat, longitude=lon)
            for code, (lat, lon) in zip(codes, CITIES, strict=False)
        ],
    )
    facts = {"price": price, "weight_grams": 400}
    _all(bus, [RegisterProduct(sku=sku, name=sku, **facts) for sku in skus])
    for code in codes:
        _all(bus, [ReceiveStock(sku=sku, location=code, quantity=PLENTY) for sku in skus])


def by_bus(bus: CommandBus) -> Placing:
    """Place orders through the command bus."""
    return lambda name, clients, requests: placements([bus], clients, requests, three, name)


def by_http(address: Address) -> Placing:
    """Place orders over HTTP, as shops do."""
    return lambda name, clients, requests: http.placements(name, address, clients, requests, three)


def wait_until_all_is_read(database_url: str) -> None:
    """Wait until projections and processes that begin anew have come to the end of the log."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        for _ in range(600):
            [(behind,)] = conn.execute(_BEHIND).fetchall()
            if not behind:
                return
            time.sleep(0.1)


def compared(
    what: str, bus: CommandBus, place: Placing, *, clients: int, requests: int
) -> Iterator[Rate]:
    """Place orders without rules and by rules, in turn, and give what all rounds came to.

    The CPU time is that of this process: the bus and its clients, without Postgres and servers.
    """
    without = Rate(f"{what}, no rules", clients, 0)
    ruled = Rate(f"{what}, by rules", clients, 0)
    cpu = {without.name: 0.0, ruled.name: 0.0}
    for turn in range(ROUNDS + 1):
        for rate in (without, ruled):
            _switch(bus, on=rate is ruled)
            began = time.process_time()
            part = place(rate.name, clients, requests)
            if turn:  # the first round warms up
                cpu[rate.name] += time.process_time() - began
                rate.seconds += part.seconds
                rate.answers.update(part.answers)
                rate.taken += part.taken
    for rate in (without, ruled):
        rate.notes["µs of CPU an order"] = round(cpu[rate.name] * 1e6 / rate.answers.total())
        yield rate


def three(rng: random.Random) -> list[str]:
    """Choose three of the SKUs."""
    return [f"S-{i}" for i in rng.sample(range(SKUS), 3)]


def _switch(bus: CommandBus, *, on: bool) -> None:
    """Publish the rules, or withdraw them."""
    command = RULES if on else WithdrawSourcingRules(reason="bench")
    with contextlib.suppress(NoSourcingRules):  # there are none in the beginning
        bus.submit(request(command)).result()


def _all(bus: CommandBus, commands: Sequence[Command]) -> None:
    for future in [bus.submit(request(command)) for command in commands]:
        future.result()
