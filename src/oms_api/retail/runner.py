"""Imports a file of the retailer through a running server, and tells what became of every row."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from oms_api.retail import model
from oms_api.retail.client import Client, Refused
from oms_api.retail.plan import CURRENCY, Category, Plan, plan
from oms_api.retail.rows import BrokenRow, read
from oms_api.retail.story import OrderStory

T = TypeVar("T")

AT_ONCE = 16
"""Requests on their way at the same time; orders begin in the order in which they were placed."""


@dataclass(slots=True)
class ImportReport:
    """What was done, what was left out, and how long it took."""

    plan: Plan
    seed: int
    commands: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    catalogue_seconds: float = 0.0
    orders_seconds: float = 0.0


async def import_orders(
    path: Path | None, *, url: str, token: str, seed: int, console: Console
) -> ImportReport:
    """Import a file, or the packaged one when `path` is None.

    Each command has a key made from the file, so an import that was interrupted is simply run
    again. A refusal ends only its own order's story; it is listed in the report. Raises
    `NotOurFile`.
    """
    rows, broken = read(path)
    planned = plan(rows)
    _count_broken(planned, broken)
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


def _count_broken(planned: Plan, broken: Iterable[BrokenRow]) -> None:
    for row in broken:
        planned.categories[Category.BROKEN] += 1
        planned.left_out.append((row.number, row.reason, Category.BROKEN))


async def _catalogue(client: Client, report: ImportReport, progress: Progress) -> None:
    """Register places and products, and receive the opening stock."""
    began = time.perf_counter()

    async def do(command: str, key: str, /, **facts: object) -> None:
        report.commands[command] += 1
        await client.command(command, f"retail:{key}", facts)

    at = (
        report.plan.orders[0].at.replace(hour=0, minute=0).isoformat()
        if report.plan.orders
        else None
    )
    for place in (model.MAIN, *model.OTHERS):
        await do(
            "registerLocation",
            f"location:{place.code}",
            code=place.code,
            name=place.name,
            country=place.country,
            postalCode=place.postal_code,
            latitude=place.latitude,
            longitude=place.longitude,
            occurredAt=at,
        )
    products = report.plan.products
    task = progress.add_task("products", total=len(products))
    await _each(
        products,
        lambda p: do(
            "registerProduct",
            f"product:{p.sku}",
            sku=p.sku,
            name=p.name,
            price={"amount": str(p.price), "currency": CURRENCY},
            occurredAt=at,
        ),
        report,
        lambda: progress.advance(task),
    )
    stock = model.opening_stock(report.plan, report.seed)
    task = progress.add_task("opening stock", total=len(stock))
    await _each(
        stock,
        lambda s: do(
            "receiveStock",
            f"stock:{s[0]}",
            sku=s[0],
            location=s[1].code,
            quantity=s[2],
            reference="opening stock, made up",
            occurredAt=at,
        ),
        report,
        lambda: progress.advance(task),
    )
    task = progress.add_task("stock corrections", total=len(report.plan.corrections))
    await _each(
        report.plan.corrections,
        lambda row: do(
            "adjustStock",
            f"correction:{row.number}",
            sku=row.sku,
            location=model.MAIN.code,
            delta=row.quantity,
            reason=row.description or "stock correction without a reason in the data",
            occurredAt=row.at.isoformat(),
        ),
        report,
        lambda: progress.advance(task),
    )
    report.catalogue_seconds = time.perf_counter() - began


async def _orders(client: Client, report: ImportReport, progress: Progress) -> None:
    orders = report.plan.orders
    task = progress.add_task("orders", total=len(orders))
    began = time.perf_counter()
    stories = [
        OrderStory(client, order, model.times(order, report.seed), report.plan.ends)
        for order in orders
    ]
    await _each(stories, lambda story: story.play(), report, lambda: progress.advance(task))
    report.orders_seconds = time.perf_counter() - began
    for story in stories:
        report.commands.update(story.done)


async def _each(
    things: Iterable[T],
    work: Callable[[T], Awaitable[None]],
    report: ImportReport,
    advance: Callable[[], None],
) -> None:
    """Work on things in their order, a few at the same time."""
    queue = iter(list(things))

    async def worker() -> None:
        for thing in queue:
            try:
                await work(thing)
            except Refused as refusal:
                report.refusals.append(str(refusal))
            advance()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())
