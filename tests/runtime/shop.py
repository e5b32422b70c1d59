"""A tiny shop on a real database: short words for the commands that tests need most."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.placing import Address, Customer, PlaceOrder, WantedLine
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.request import CommandKey, Outcome, Request
from oms_core.stock.commands import ReceiveStock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = Address(name="Ada", street="Deich 1", city="Hamburg", postal_code="20459", country="DE")


def request(
    command: Command,
    *,
    key: str | None = None,
    actor: str = "tester",
    expected_version: int | None = None,
) -> Request:
    """Wrap a command as the API would, its input hashed when it has a key."""
    hashed = sha256(command.model_dump_json().encode()).digest()
    return Request(
        command,
        Cause(actor, uuid4()),
        NOW,
        None if key is None else CommandKey(key, hashed),
        expected_version,
    )


def execute(bus: CommandBus, command: Command, *, key: str | None = None) -> Outcome:
    """Execute one command and wait for its outcome."""
    return bus.submit(request(command, key=key)).result(timeout=20)


def order(number: str, *lines: tuple[str, int], allow_backorder: bool = False) -> PlaceOrder:
    """Say that a customer wants these quantities of these SKUs."""
    return PlaceOrder(
        number=number,
        channel="web",
        currency="EUR",
        placed_at=NOW,
        customer=Customer(reference="C-1"),
        shipping_address=ADDRESS,
        lines=tuple(
            WantedLine(line_id=uuid4(), sku=sku, quantity=quantity) for sku, quantity in lines
        ),
        allow_backorder=allow_backorder,
    )


def stock_up(bus: CommandBus, stock: dict[tuple[str, str], int]) -> None:
    """Register what is named and receive it: quantities by SKU and location."""
    for code in sorted({location for _, location in stock}):
        execute(bus, RegisterLocation(code=code, name=code, country="DE"))
    for sku in sorted({sku for sku, _ in stock}):
        price = Money(Decimal(10), "EUR")
        execute(bus, RegisterProduct(sku=sku, name=sku, price=price))
    for (sku, location), quantity in stock.items():
        execute(bus, ReceiveStock(sku=sku, location=location, quantity=quantity))
