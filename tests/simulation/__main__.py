"""The command line: many worlds, a progress bar, and a summary of what happened in them."""

from __future__ import annotations

import time
import traceback
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from tests.simulation.run import ORDERS_IN_A_WORLD, Broken, Tally, digest, play, told

console = Console()


def main(
    orders: Annotated[
        int, typer.Option(help="Play worlds until so many orders were placed.")
    ] = 5_000,
    seed: Annotated[int, typer.Option(help="The same seed has the same outcome.")] = 1,
    world: Annotated[int, typer.Option(help="Play only this world, and tell all of it.")] = -1,
) -> None:
    """Simulate thousands of orders with random faults; stop at the first broken invariant."""
    began, tally, number = time.monotonic(), Tally(), max(world, 0)
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=orders if world < 0 else None)
        while tally.orders < (orders if world < 0 else 1):
            try:
                played = play(f"{seed}/{number}")
            except Broken as broken:
                progress.stop()
                _tell(broken, f"--seed {seed} --world {number}")
                raise typer.Exit(1) from None
            tally.add(played)
            number += 1
            progress.update(task, completed=tally.orders)
    _summarize(tally, time.monotonic() - began, f"seed {seed}, {number} worlds")
    if world >= 0:
        console.print(f"digest {digest(played)}")


def _tell(broken: Broken, again: str) -> None:
    console.print(told(broken), highlight=False, markup=False)
    if broken.__cause__ is not None:
        traceback.print_exception(broken.__cause__)
    console.print(f"[red]An invariant is broken.[/red] Again: python -m tests.simulation {again}")


def _summarize(tally: Tally, seconds: float, what: str) -> None:
    table = Table("command", "outcome", "times", title=f"{what}, {ORDERS_IN_A_WORLD} buyers each")
    for (command, outcome), times in sorted(tally.results.items()):
        table.add_row(command, outcome, f"{times:,}")
    console.print(table)
    for title, counts in (("fault", tally.faults), ("after the last fault", tally.endings)):
        table = Table(title, "times")
        for name, times in counts.most_common():
            table.add_row(str(name), f"{times:,}")
        console.print(table)
    console.print(
        f"{tally.orders:,} orders, {sum(tally.results.values()):,} commands,"
        f" {tally.events:,} events, {sum(tally.faults.values()):,} faults,"
        f" {seconds:,.0f} s: no broken invariant."
    )


if __name__ == "__main__":
    typer.run(main)
