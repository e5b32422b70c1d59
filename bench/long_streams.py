"""What a command costs on a stock item with many events, compared with one that has few."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from decimal import Decimal
from uuid import uuid4

from bench.commands import NOW
from bench.measure import Rate
from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.request import Outcome, Request
from oms_core.stock.commands import AdjustStock, ReceiveStock

SHORT, LONG, OTHER = "SHORT", "LONG", "OTHER"
AT_ONCE = 1_000
STARTS = 40


def _adjust(bus: CommandBus, sku: str, delta: int) -> Future[Outcome]:
    command: Command = AdjustStock(sku=sku, location="L", delta=delta, reason="count")
    return bus.submit(Request(command, Cause("bench", uuid4()), NOW))


def lengthen(bus: CommandBus, sku: str, events: int, advance: Callable[[float], object]) -> None:
    """Give a stock item that many more events, one command each."""
    for start in range(0, events, AT_ONCE):
        count = min(AT_ONCE, events - start)
        for future in [_adjust(bus, sku, (-1) ** i) for i in range(count)]:
            future.result()
        advance(count)


def begin(bus: CommandBus) -> None:
    """Put a unit of each on the shelf, so that it may be counted down."""
    for sku in (SHORT, LONG, OTHER):
        product = RegisterProduct(sku=sku, name=sku, price=Money(Decimal(1), "EUR"))
        for command in (product, ReceiveStock(sku=sku, location="L", quantity=10)):
            bus.submit(Request(command, Cause("bench", uuid4()), NOW)).result()


def warm(bus: CommandBus, requests: int) -> tuple[Rate, Rate]:
    """Send commands on both in turn to a process that has them in its cache."""
    rates = _rates("command on a stock item, {}")
    for i in range(requests):
        for sku, rate in rates.items():
            _timed(bus, sku, i, rate)
    return rates[SHORT], rates[LONG]


def cold(database_url: str) -> tuple[Rate, Rate]:
    """Send the first command on each after a start; connecting is not counted."""
    rates = _rates("the same right after a start, {}")
    for i in range(STARTS):
        for sku, rate in rates.items():
            with CommandBus(database_url) as bus:
                _adjust(bus, OTHER, (-1) ** i).result()
                _timed(bus, sku, i, rate)
    return rates[SHORT], rates[LONG]


def _rates(name: str) -> dict[str, Rate]:
    return {
        SHORT: Rate(name.format("100 events"), 1, 0),
        LONG: Rate(name.format("many events"), 1, 0),
    }


def _timed(bus: CommandBus, sku: str, i: int, rate: Rate) -> None:
    began = time.perf_counter()
    _adjust(bus, sku, (-1) ** i).result()
    rate.took(time.perf_counter() - began)
