"""One day of real orders: how many can be served within all limits, by waves and at most."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl  # type: ignore[import-untyped]

from oms_core.runtime.highs import Highs
from oms_core.sourcing.search import Problem
from oms_core.sourcing.sharing import Source
from oms_core.sourcing.tariff import FREE
from oms_core.sourcing.wave import Wave, WaveOrder, plan_wave

MICROS = 1_000_000
BY_CUSTOMER = "CRF"
"""The service of customers who fetch the goods: no carrier is needed."""


Lanes = dict[tuple[str, str, str], list[tuple[float, float]]]
"""Bands of weight that are carried, by port of origin, port of destination and service."""


@dataclass(slots=True)
class Day:
    """The orders, and who may serve each of them within its limits but for capacity."""

    capacity: dict[str, int]
    plants: dict[int, list[str]] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)
    history: dict[int, str] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)


def _rows(book: Any, sheet: str) -> Iterator[dict[str, Any]]:
    header, *rows = book[sheet].iter_rows(values_only=True)
    names = [str(name).strip() for name in header if name]
    for row in rows:
        if row[0] is not None:
            yield dict(zip(names, row, strict=False))


def read(path: Path) -> Day:
    """Read the workbook and find for each order the plants that may serve it.

    A plant must make the product, be free to serve the customer, and reach a port from which a
    carrier brings the order's weight to its destination at its level of service.
    """
    book = openpyxl.load_workbook(path, read_only=True)
    makes: dict[int, set[str]] = defaultdict(set)
    ports: dict[str, set[str]] = defaultdict(set)
    theirs: dict[str, set[str]] = defaultdict(set)
    for row in _rows(book, "ProductsPerPlant"):
        makes[row["Product ID"]].add(row["Plant Code"])
    for row in _rows(book, "PlantPorts"):
        ports[row["Plant Code"]].add(row["Port"])
    for row in _rows(book, "VmiCustomers"):
        theirs[row["Plant Code"]].add(row["Customers"])
    lanes: Lanes = defaultdict(list)
    for row in _rows(book, "FreightRates"):
        lane = row["orig_port_cd"], row["dest_port_cd"], row["svc_cd"]
        lanes[lane].append((row["minm_wgh_qty"], row["max_wgh_qty"]))
    day = Day({r["Plant ID"]: int(r["Daily Capacity"]) for r in _rows(book, "WhCapacities")})
    day.cost = {r["WH"]: float(r["Cost/unit"]) for r in _rows(book, "WhCosts")}
    for number, row in enumerate(_rows(book, "OrderList")):
        day.history[number], day.units[number] = row["Plant Code"], int(row["Unit quantity"])
        day.plants[number] = sorted(
            plant
            for plant in makes[row["Product ID"]]
            if plant in day.capacity
            and (not theirs[plant] or row["Customer"] in theirs[plant])
            and (row["Service Level"] == BY_CUSTOMER or any(_carried(row, lanes, ports[plant])))
        )
    return day


def _carried(row: dict[str, Any], lanes: Lanes, ports: set[str]) -> Iterator[bool]:
    for port in sorted(ports):
        for low, high in lanes[port, row["Destination Port"], row["Service Level"]]:
            yield low <= row["Weight"] <= high


def within_history(day: Day) -> tuple[int, int]:
    """Count the orders whose plant may serve them, and those within its capacity as well."""
    allowed = Counter(p for number, p in day.history.items() if p in day.plants[number])
    return allowed.total(), sum(min(n, day.capacity[p]) for p, n in allowed.items())


def most_possible(day: Day) -> int:
    """Bound exactly how many can be served: a largest flow, by shortest augmenting paths."""
    kinds = Counter(tuple(plants) for plants in day.plants.values() if plants)
    flow: Counter[tuple[tuple[str, ...], str]] = Counter()
    left, room = Counter(kinds), Counter(day.capacity)
    while path := _augmenting(kinds, flow, left, room):
        forth = list(zip(path[::2], path[1::2], strict=True))
        back = list(zip(path[2::2], path[1:-1:2], strict=True))
        by = min(left[path[0]], room[path[-1]], *(flow[edge] for edge in back))
        for edge in forth:
            flow[edge] += by
        for edge in back:
            flow[edge] -= by
        left[path[0]] -= by
        room[path[-1]] -= by
    return flow.total()


def _augmenting(kinds: Any, flow: Any, left: Any, room: Any) -> list[Any]:
    before: dict[Any, Any] = {kind: None for kind in kinds if left[kind]}
    queue = deque(before)
    while queue:
        node = queue.popleft()
        if isinstance(node, str):
            if room[node] > 0:
                path = [node]
                while before[path[-1]] is not None:
                    path.append(before[path[-1]])
                return path[::-1]
            following = [kind for kind in kinds if flow[kind, node]]
        else:
            following = list(node)
        for each in following:
            if each not in before:
                before[each] = node
                queue.append(each)
    return []


def by_wave(day: Day, seconds: float) -> tuple[int, int, bool]:
    """Source the whole day as one wave: orders served, the bound on them, whether it is proven."""
    orders = []
    for number, plants in day.plants.items():
        if plants:
            sources = [
                Source(p, round(day.cost[p] * 1e4), (1,), (0,), FREE, round(day.cost[p] * 1e4))
                for p in plants
            ]
            problem = Problem((1,), (1,), sources, 0, 1)
            orders.append(WaveOrder(UUID(int=number), (str(number),), problem))
    stock = {(str(o.id.int), s.code): 1 for o in orders for s in o.problem.sources}
    plan = plan_wave(Wave(orders, stock, day.capacity), Highs(), seconds)
    used = Counter(load.source.code for loads in plan.loads.values() for load in loads)
    assert all(n <= day.capacity[plant] for plant, n in used.items())
    return used.total(), len(orders), plan.proven
