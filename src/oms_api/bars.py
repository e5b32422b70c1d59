"""Progress bars of the command line that show only when there is something to wait for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import Progress, TextColumn


@contextlib.contextmanager
def bar(console: Console, what: str, unit: str = "events") -> Iterator[Callable[[int, int], None]]:
    """Give a function that takes what is done and what there is to do, and shows both."""
    columns = (*Progress.get_default_columns(), TextColumn("{task.completed:,} " + unit))
    progress = Progress(*columns, console=console)
    task = progress.add_task(what)

    def tell(done: int, total: int) -> None:
        progress.start()
        progress.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        if progress.live.is_started:
            progress.stop()
