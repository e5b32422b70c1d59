"""The sum of all movements is what is there, for every stock item of random histories."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from tests.projections.history import History
from tests.runtime.shop import execute

from oms_core.runtime.command_bus import CommandBus
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.events import StockCondition

SUMS = """
SELECT level.on_hand, level.quality_hold, level.damaged,
       sum(quantity), sum(entry.quality_hold), sum(entry.damaged),
       (array_agg(balance ORDER BY entry.version DESC))[1], count(*)
FROM read.stock_levels AS level JOIN read.stock_ledger AS entry ON entry.item_id = level.id
GROUP BY level.id
"""
RUNNING = """
SELECT balance, sum(quantity) OVER (PARTITION BY item_id ORDER BY version)
FROM read.stock_ledger
"""


def test_the_sum_of_all_movements_is_what_is_there(
    bus: CommandBus, conn: psycopg.Connection, catch_up: Callable[[], None]
) -> None:
    history = History(bus, 5)
    on_hold = StockCondition.QUALITY_HOLD
    execute(bus, ReceiveStock(sku="A", location="L", quantity=3, condition=on_hold))
    for _ in range(3):
        history.play(60)
        catch_up()
    found = conn.execute(SUMS).fetchall()
    assert len(found) >= 6  # each SKU at each location that got any
    for on_hand, hold, damaged, moved, moved_held, moved_damaged, balance, count in found:
        assert on_hand == moved == balance
        assert (hold, damaged) == (moved_held, moved_damaged)
        assert count > 0
    held = conn.execute("SELECT 1 FROM read.stock_ledger WHERE quality_hold > 0").fetchall()
    assert held
    assert all(balance == so_far for balance, so_far in conn.execute(RUNNING).fetchall())
    levels = conn.execute("SELECT on_hand, reserved FROM read.stock_levels ORDER BY id").fetchall()
    balances = "SELECT on_hand, reserved FROM oms.stock_balances ORDER BY stream_id"
    assert levels == conn.execute(balances).fetchall()
