"""What a command costs on a stock item with many events, compared with one that has few."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from uuid import uuid4

from bench.commands import NOW
from bench.measure import Rate
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.request import Outcome, Request
from oms_core.stock.commands import AdjustStock

SHORT, LONG = "SHORT", "LONG"
AT_ONCE = 1_000
STARTS = 40


def _adjust(bus: CommandBus, sku: str, delta: int) -> Future[Outcome]:
    command: Command = AdjustStock(sku=sku, location="L", delta=delta, reason="count")
    return bus.submit(Request(command, Cause("bench", uuid4()), NOW))


def lengthen(bus: CommandBus, sku: str, events: int, advance: Callable[[int], None]) -> None:
    """Give a stock item that many more events, one command each."""
    for start in range(0, events, AT_ONCE):
        count = min(AT_ONCE, events - start)
        for future in [_adjust(bus, sku, (-1) ** i) for i in range(count)]:
            future.result()
        advance(count)


def warm(bus: CommandBus, sku: str, requests: int) -> Rate:
    """Send commands one after the other to a process that has the item in its cache."""
    rate = Rate(f"command on a stock item: {sku}", 1, 0)
    for i in range(requests):
        began = time.perf_counter()
        _adjust(bus, sku, (-1) ** i).result()
        rate.took(time.perf_counter() - began)
    return rate


def cold(database_url: str, sku: str) -> Rate:
    """Send the first command on the item after a start; connecting is not counted."""
    rate = Rate(f"the same right after a start: {sku}", 1, 0)
    for i in range(STARTS):
        with CommandBus(database_url) as bus:
            _adjust(bus, "OTHER", 1).result()
            began = time.perf_counter()
            _adjust(bus, sku, (-1) ** i).result()
            rate.took(time.perf_counter() - began)
    return rate
