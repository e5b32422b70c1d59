"""Prints one table: every figure beside a floor that was measured in the same run."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench import commands, floors, http
from bench.measure import Rate
from bench.serving import serving
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.embedded import embedded
from oms_core.runtime.migrations import migrate

CLIENTS = (1, 8, 32)
WIDTH = 120


class Report:
    """Rows of the table, printed at the end."""

    def __init__(self, progress: Progress, steps: int) -> None:
        self.floors: dict[int, Rate] = {}
        self._progress = progress
        self._task = progress.add_task("measuring", total=steps)
        self.table = Table("what", "clients", "a second", "ratio", "p50 ms", "p95 ms", "answers")

    def add(self, rate: Rate, floor: Rate | None = None) -> Rate:
        """Add a row, with its ratio to the floor if it has one."""
        ratio = "" if floor is None else f"{rate.per_second / floor.per_second:.2f}"
        self.table.add_row(
            rate.name,
            str(rate.clients),
            f"{rate.per_second:,.0f}",
            ratio,
            f"{rate.percentile(0.5):.1f}",
            f"{rate.percentile(0.95):.1f}",
            ", ".join(f"{count} {kind}" for kind, count in rate.answers.items()),
        )
        self._progress.advance(self._task)
        return rate


def _appending(report: Report, url: str, seconds: int) -> None:
    with CommandBus(url) as one, CommandBus(url) as two:
        for clients in CLIENTS:
            report.add(floors.pgbench_insert(url, clients, seconds))
            bare = report.add(floors.bare_insert(url, clients, 1000 * seconds))
            report.add(commands.appends(url, clients, 1000 * seconds), bare)
            report.add(commands.grouped_appends([one], clients, 1000 * seconds), bare)
            report.add(commands.grouped_appends([one, two], clients, 1000 * seconds), bare)


def _placing(report: Report, url: str, seconds: int) -> None:
    requests = 300 * seconds
    with CommandBus(url) as one, CommandBus(url) as two:
        commands.stock_up(one, hot_units=requests // 10)
        for clients in CLIENTS:
            plain = report.add(
                floors.plain_placement(
                    url, clients, requests, lambda rng: rng.sample(range(floors.SKUS), 3)
                )
            )
            name = "command bus: place order, 3 lines"
            report.floors[clients] = plain
            report.add(
                commands.placements([one], clients, requests, commands.three_skus, name), plain
            )
        name = "two buses: place order, 3 lines"
        report.add(commands.placements([one, two], 32, requests, commands.three_skus, name), plain)
        hot = report.add(floors.plain_placement(url, 64, requests, lambda _: [7]))
        name = "two buses: flash sale of one SKU"
        report.add(commands.placements([one, two], 64, requests, lambda _: ["HOT"], name), hot)


def _over_http(report: Report, url: str, seconds: int) -> None:
    requests = 200 * seconds
    for workers in (1, 2):
        with serving(url, workers) as address:
            for clients in CLIENTS:
                name = f"HTTP, {workers} worker(s): place order, 3 lines"
                report.add(
                    http.placements(name, address, clients, requests, commands.three_skus),
                    report.floors[clients],
                )
    with serving(url, 2) as address, CommandBus(url) as bus:
        commands.restock_hot(bus, requests // 10)
        name = "HTTP, 2 workers: flash sale of one SKU"
        report.add(http.placements(name, address, 64, requests, lambda _: ["HOT"]))


def main(
    seconds: Annotated[int, typer.Option(help="About how long each figure is measured.")] = 5,
) -> None:
    """Measure on an embedded Postgres that is as durable as in production."""
    random.seed(1)
    console = Console(width=WIDTH)
    with (
        Progress(console=console) as progress,
        tempfile.TemporaryDirectory() as folder,
        embedded(Path(folder)) as url,
    ):
        migrate(url)
        floors.prepare(url)
        report = Report(progress, 9 * len(CLIENTS) + 4)
        _appending(report, url, seconds)
        _placing(report, url, seconds)
        _over_http(report, url, seconds)
        with psycopg.connect(url) as conn:
            console.print(conn.execute("SELECT version()").fetchone()[0])  # type: ignore[index]
    console.print(report.table)


if __name__ == "__main__":
    typer.run(main)
