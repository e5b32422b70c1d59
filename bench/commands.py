"""The write side without HTTP: orders through the command bus, and events through the recorder."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from bench.floors import SKUS
from bench.measure import Rate, any_name, by_threads
from oms_core.catalogue.commands import RegisterProduct
from oms_core.catalogue.events import ProductStocked
from oms_core.kernel.envelope import Cause, Envelope
from oms_core.kernel.message import Command, Event
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Refusal
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.placing import Address, Customer, PlaceOrder, WantedLine
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connection_pool
from oms_core.runtime.mapper import EnvelopeMapper
from oms_core.runtime.recorder import PostgresRecorder
from oms_core.runtime.request import CommandKey, Request
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import StockReceived

NOW = datetime.now(UTC)
ADDRESS = Address(name="Ada", street="Deich 1", city="Hamburg", postal_code="20459", country="DE")
PLENTY = 1_000_000
CUSTOMERS = 1_000
"""People who order again and again: each has keys of their own, which their first order makes."""


def request(command: Command) -> Request:
    """Ask for a command, with an idempotency key."""
    key = any_name()
    return Request(
        command, Cause("bench", uuid4()), NOW, CommandKey(key, sha256(key.encode()).digest())
    )


def stock_up(bus: CommandBus, hot_units: int) -> None:
    """Register a location, the SKUs with plenty of stock, and one hot SKU with little."""
    bus.submit(request(RegisterLocation(code="L", name="L", country="DE"))).result()
    skus = {f"S-{i}": PLENTY for i in range(SKUS)} | {"HOT": hot_units}
    price = Money(Decimal(10), "EUR")
    for commands in (
        [RegisterProduct(sku=sku, name=sku, price=price) for sku in skus],
        [ReceiveStock(sku=sku, location="L", quantity=units) for sku, units in skus.items()],
    ):
        for future in [bus.submit(request(command)) for command in commands]:
            future.result()


def anybody(rng: random.Random, customers: int = CUSTOMERS) -> str:
    """Choose one of the customers."""
    return f"C-{rng.randrange(customers)}"


def place(skus: list[str], customer: str = "C-1") -> PlaceOrder:
    """Make a customer's order of one unit of each SKU."""
    return PlaceOrder(
        number=any_name(),
        channel="bench",
        currency="EUR",
        placed_at=NOW,
        customer=Customer(reference=customer),
        shipping_address=ADDRESS,
        lines=tuple(WantedLine(line_id=uuid4(), sku=sku, quantity=1) for sku in skus),
    )


def three_skus(rng: random.Random) -> list[str]:
    """Choose three of the thousand."""
    return [f"S-{i}" for i in rng.sample(range(SKUS), 3)]


def one_sku(rng: random.Random) -> list[str]:
    """Choose one of the thousand."""
    return [f"S-{rng.randrange(SKUS)}"]


def placements(
    buses: list[CommandBus],
    clients: int,
    requests: int,
    skus: Callable[[random.Random], list[str]],
    name: str,
) -> Rate:
    """Place orders through the command bus, each with an idempotency key."""

    def client(i: int) -> Callable[[int], str]:
        rng, bus = random.Random(i), buses[i % len(buses)]

        def send(_: int) -> str:
            try:
                bus.submit(request(place(skus(rng), anybody(rng)))).result()
            except Refusal as refusal:
                return refusal.reason
            return "ok"

        return send

    return by_threads(name, clients, requests, client)


A_ROW = ProductStocked(location="x" * 340)
"""An event that is appended and no more, about as long as the floor's row."""

A_BOOKING = StockReceived(sku="S", location="L", quantity=1, reference="x" * 300)
"""An event as long that also writes the balance of its stock item, which may not go below zero."""


def appends(
    database_url: str,
    clients: int,
    requests: int,
    event: Event = A_ROW,
    name: str = "recorder: one event, one commit",
) -> Rate:
    """Append one event per transaction to a stream of its own, through the recorder."""
    mapper = EnvelopeMapper()
    with connection_pool(database_url, name="bench", size=clients) as pool:
        recorder = PostgresRecorder(pool)

        def client(_: int) -> Callable[[int], str]:
            def send(_: int) -> str:
                fact = Envelope(uuid4(), 1, event, NOW, Cause("bench", uuid4()))
                recorder.insert_events([mapper.to_stored_event(fact)])
                return "ok"

            return send

        return by_threads(name, clients, requests, client)


def grouped_appends(buses: list[CommandBus], clients: int, requests: int) -> Rate:
    """Append one event per command through the command bus, which groups those of one instant."""

    def client(i: int) -> Callable[[int], str]:
        bus = buses[i % len(buses)]

        def send(_: int) -> str:
            code = any_name()
            command = RegisterLocation(code=code, name="x" * 200, country="DE")
            bus.submit(Request(command, Cause("bench", uuid4()), NOW)).result()
            return "ok"

        return send

    return by_threads("command bus: one event a command", clients, requests, client)
