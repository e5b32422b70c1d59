"""What the command line prints can be copied whole, however narrow the terminal is."""

from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from oms_api.places import out, table_of

STREAM = "019ab1f0-5c1e-7c3a-9d54-6f0e4b1f2a77"


def test_a_narrow_terminal_folds_what_it_has_no_room_for() -> None:
    table = table_of("due at", "stream")
    table.add_row("2026-11-25T23:00:00+00:00", STREAM)
    narrow = Console(width=40, file=StringIO())
    narrow.print(table)
    assert isinstance(narrow.file, StringIO)
    cells = [line.split("│")[2].strip() for line in narrow.file.getvalue().splitlines()[3:-1]]
    assert "".join(cells) == STREAM


def test_a_pipe_gets_every_row_in_one_line() -> None:
    table = table_of("stream", "failed because")
    table.add_row(STREAM, "the payment provider refused " * 10)
    with out.capture() as printed:
        out.print(table)
    assert re.search(f"{STREAM} .*refused ", printed.get())
    assert len(printed.get().splitlines()) == 5
