"""Groups of commands: what they read, and how often they ask the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from tests.runtime.shop import order, request, stock_up

from oms_core.locations.location import location_id
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.command_group import CommandGroup, Execution
from oms_core.runtime.command_store import CommandStore
from oms_core.runtime.working_set import WorkingSet
from oms_core.stock.stock_item import stock_item_id


class Watched(CommandStore):
    """Notes which streams are read in a round trip of their own."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.asked: list[set[UUID]] = []

    def read(self, streams: Mapping[UUID, int]) -> list[Any]:
        self.asked.append(set(streams))
        return super().read(streams)


@pytest.fixture
def store(database_url: str) -> Iterator[Watched]:
    with CommandBus(database_url) as bus:
        stock_up(bus, {("CAP", "A"): 9, ("MUG", "B"): 9})
    watched = Watched(database_url)
    yield watched
    watched.close()


def test_what_several_commands_ask_for_is_read_with_the_next_group(store: Watched) -> None:
    """Unless the group after that has no use for it."""
    working_set = WorkingSet(100)

    def place(*orders: tuple[str, str]) -> list[set[UUID]]:
        store.asked.clear()
        placing = [Execution(request(order(number, (sku, 1)))) for number, sku in orders]
        CommandGroup(placing, working_set, store).run()
        assert all(each.outcome is not None for each in placing)
        return list(store.asked)

    a, b = location_id("A"), location_id("B")
    assert place(("1", "CAP")) == [{a}]
    assert place(("2", "CAP"), ("3", "CAP"), ("4", "MUG")) == [{a, b}]
    assert place(("5", "CAP")) == []
    assert place(("6", "MUG")) == [{b}]
    assert place(("7", "CAP"), ("8", "MUG")) == [{a, b}]
    assert stock_item_id("CAP", "A") not in working_set.usual
