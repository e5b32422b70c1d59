"""The table: every figure beside a floor that was measured in the same run."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.measure import Rate

WIDTH = 132
COLUMNS = ("what", "clients", "a second", "ratio", "p50 ms", "p95 ms", "p99 ms", "answers")


class Report:
    """Rows of the table, printed at the end; a bar tells how far the run has come."""

    def __init__(self, progress: Progress, parts: int) -> None:
        self._progress = progress
        self._task = progress.add_task("all parts", total=parts)
        self.table = Table(
            "what", "clients", "a second", "ratio", "p50 ms", "p95 ms", "p99 ms", "answers"
        )

    def measuring(self, steps: int) -> None:
        """Say how many rows there will be."""
        self._progress.update(self._task, total=steps)

    def doing(self, what: str, total: int) -> Callable[[float], object]:
        """Show a bar for what has to be done before anything is measured; gives its `advance`."""
        task = self._progress.add_task(what, total=total)
        return lambda done: self._progress.advance(task, done)

    def part(self, name: str, measure: Callable[[], None]) -> None:
        """Measure a part of the table."""
        self._progress.update(self._task, description=name)
        self.table.add_section()
        self.table.add_row(f"[bold]{name}")
        measure()
        self._progress.advance(self._task)

    def add(self, rate: Rate, floor: Rate | None = None, *, ratio: float | None = None) -> Rate:
        """Add a row. Its ratio is its speed over that of a floor, if it has one, or as given."""
        if floor is not None:
            ratio = rate.per_second / floor.per_second
        shares = (0.5, 0.95, 0.99)
        times = [f"{rate.percentile(share):.1f}" if rate.taken else "" for share in shares]
        self.table.add_row(
            rate.name,
            str(rate.clients),
            f"{rate.per_second:,.0f}",
            "" if ratio is None else f"{ratio:.2f}",
            *times,
            ", ".join(f"{n:,} {kind}" for kind, n in (*rate.answers.items(), *rate.notes.items())),
        )
        return rate

    def print(self, console: Console) -> None:
        """Print the table."""
        console.print(self.table)
