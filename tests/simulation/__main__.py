"""The command line: many worlds, a progress bar, and a summary of what happened in them."""

from __future__ import annotations

import contextlib
import signal
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count, islice
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from tests.simulation.run import ORDERS_IN_A_WORLD, Broken, Tally, digest, never_reached, play, told

LARGE_RUN = 10_000
"""Orders from which on everything that can happen has to have happened."""

console = Console()


def main(
    orders: Annotated[
        int, typer.Option(help="Play worlds until so many orders were placed.")
    ] = 5_000,
    seed: Annotated[int, typer.Option(help="The same seed has the same outcome.")] = 1,
    world: Annotated[int, typer.Option(help="Play only this world, and tell its digest.")] = -1,
    jobs: Annotated[int, typer.Option(help="Worlds that are played at once.")] = 1,
) -> None:
    """Simulate thousands of orders with random faults; stop at the first broken invariant.

    Interrupted, it tells of the orders until then.
    """
    if world >= 0:
        _again(seed, world)
        return
    began, tally, worlds = time.monotonic(), Tally(), 0
    columns = (TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, too
    with Progress(*columns, console=console) as progress, contextlib.suppress(KeyboardInterrupt):
        task = progress.add_task("", total=orders)
        for played in _played(seed, jobs):
            if played is None:
                progress.stop()
                _again(seed, worlds)
            else:
                tally.add(played)
            worlds += 1
            progress.update(task, completed=tally.orders)
            if not console.is_terminal and worlds % 20 == 0:
                console.print(f"{tally.orders:,} orders in {worlds} worlds")
            if tally.orders >= orders:
                break
    _summarize(tally, time.monotonic() - began, f"seed {seed}, {worlds} worlds")
    if tally.orders >= LARGE_RUN and (missed := never_reached(tally)):
        console.print(f"[red]Never reached:[/red] {', '.join(missed)}. Teach people to do it.")
        raise typer.Exit(1)


def _played(seed: int, jobs: int) -> Iterator[Tally | None]:
    """Play one world after the other, some at once; None for one that broke."""
    names = (f"{seed}/{number}" for number in count())
    if jobs == 1:
        yield from map(_tally, names)
        return
    with ProcessPoolExecutor(jobs) as pool:
        while True:  # in slices, because `map` asks for everything at once
            yield from pool.map(_tally, islice(names, 4 * jobs))


def _tally(name: str) -> Tally | None:
    try:
        return Tally.of(play(name))
    except Broken:
        return None


def _again(seed: int, world: int) -> None:
    """Play one world, and tell everything if it breaks."""
    try:
        console.print(f"digest {digest(play(f'{seed}/{world}'))}: no broken invariant.")
    except Broken as broken:
        console.print(told(broken), highlight=False, markup=False)
        traceback.print_exception(broken.__cause__)
        again = f"python -m tests.simulation --seed {seed} --world {world}"
        console.print(f"[red]An invariant is broken.[/red] Again: {again}")
        raise typer.Exit(1) from None


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
