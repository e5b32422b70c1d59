"""Imports a file of the retailer through a running server, and tells what became of every row."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from oms_api.retail import model
from oms_api.retail.client import Client, Refused
from oms_api.retail.opening import Command, opening
from oms_api.retail.plan import Plan, PlannedOrder, plan
from oms_api.retail.rows import read
from oms_api.retail.story import OrderStory, Stage

T = TypeVar("T")

AT_ONCE = 16
"""Requests on their way at the same time; orders begin in the order in which they were placed."""

ALREADY_THERE = {"PRODUCT_ALREADY_REGISTERED", "LOCATION_ALREADY_REGISTERED"}
"""Not worth a word: a file that was imported earlier had them too."""


@dataclass(slots=True)
class ImportReport:
    """What was done, what was left out, and how long it took."""

    plan: Plan
    seed: int
    commands: Counter[str] = field(default_factory=Counter)
    placed: list[PlannedOrder] = field(default_factory=list)
    stages: Counter[Stage] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    catalogue_seconds: float = 0.0
    orders_seconds: float = 0.0


async def import_orders(
    path: Path | None, *, url: str, token: str, seed: int, console: Console
) -> ImportReport:
    """Import a file, or the packaged one when `path` is None.

    Each command has a key made from the file, so an import that was interrupted is simply run
    again. A refusal ends only its own order's story; it is listed in the report. Raises
    `NotOurFile`, and what ends everything, as `Client.query` says.
    """
    rows, broken = read(path)
    planned = plan(rows)
    for row in broken:
        planned.count_broken(row)
    report = ImportReport(planned, seed)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )
    with progress:
        async with Client(url, token) as client:
            await _catalogue(client, report, progress)
            await _orders(client, report, progress)
    return report


async def _catalogue(client: Client, report: ImportReport, progress: Progress) -> None:
    """Register places and products, receive the opening stock, and put the stock right."""
    began = time.perf_counter()

    async def execute(command: Command) -> None:
        report.commands[command.mutation] += 1
        try:
            await client.command(command.mutation, f"retail:{command.key}", command.facts)
        except Refused as refusal:
            if refusal.reason not in ALREADY_THERE:
                raise

    for title, commands in opening(report.plan, report.seed):
        task = progress.add_task(title, total=len(commands))
        await _each(commands, execute, report, partial(progress.advance, task))
    report.catalogue_seconds = time.perf_counter() - began


async def _orders(client: Client, report: ImportReport, progress: Progress) -> None:
    task = progress.add_task("orders", total=len(report.plan.orders))
    began = time.perf_counter()
    stories = _stories(client, report)
    await _each(stories, OrderStory.play, report, partial(progress.advance, task))
    report.orders_seconds = time.perf_counter() - began
    for story in stories:
        report.commands.update(story.done)
        report.stages[story.stage] += 1
    report.placed = [story.order for story in stories if story.stage is not Stage.NOT_PLACED]


def _stories(client: Client, report: ImportReport) -> list[OrderStory]:
    if not report.plan.orders:
        return []
    ends = report.plan.ends
    return [
        OrderStory(client, order, model.times(order, report.seed), ends)
        for order in report.plan.orders
    ]


async def _each(
    things: Iterable[T],
    work: Callable[[T], Awaitable[None]],
    report: ImportReport,
    advance: Callable[[], None],
) -> None:
    """Work on things in their order, a few at the same time; one fault ends all."""
    queue = iter(list(things))

    async def worker() -> None:
        for thing in queue:
            try:
                await work(thing)
            except Refused as refusal:
                report.refusals.append(str(refusal))
            advance()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(worker())
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from faults
