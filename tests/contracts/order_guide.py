"""Writes the tables of docs/orders.md: every command with its events and its refusals.

python -m tests.contracts.order_guide     # a part of `make schema`
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from tests.contracts.transitions import transitions

from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.message import Command, event_type
from oms_core.kernel.refusal import Refusal
from oms_core.runtime import provider_runner
from oms_core.runtime.processes import PROCESSES
from oms_core.timers import process as timers

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "orders.md"
SCHEMA = ROOT / "src" / "oms_api" / "schema.graphql"
BEGIN, END = "<!-- begin: written by make schema -->", "<!-- end: written by make schema -->"


def written(guide: str) -> str:
    """Put fresh tables where the guide has its old ones."""
    before, rest = guide.split(BEGIN)
    _, after = rest.split(END)
    tables = "\n".join([*_commands(), *_refusals()])
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def _commands() -> Iterator[str]:
    commands = sorted(HANDLERS, key=lambda each: (_capability(each), each.__name__))
    for capability, several in groupby(commands, _capability):
        yield f"\n### {capability.title()}\n"
        yield from _row("command", "what it does", "asked for by", "events", "refusals")
        yield from _row(*["---"] * 5)
        for command in several:
            found = transitions(command)
            yield from _row(
                f"**{command.__name__}**",
                _first_sentence(command),
                ", ".join(_askers(command)),
                _names(event_type(event.TOPIC) for event in found.events),
                _names(refusal.__name__ for refusal in found.refusals),
            )


def _refusals() -> Iterator[str]:
    refusals = {refusal for command in HANDLERS for refusal in transitions(command).refusals}
    yield "\n## Refusals\n"
    yield from _row("refusal", "code", "what the person is told")
    yield from _row(*["---"] * 3)
    for refusal in sorted(refusals, key=lambda each: (each.__name__, each.__module__)):
        yield from _row(refusal.__name__, refusal.CODE, _sentence(refusal))


def _row(*cells: str) -> Iterator[str]:
    yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _capability(command: type[Command]) -> str:
    return command.__module__.split(".")[1]


def _askers(command: type[Command]) -> Iterator[str]:
    """A mutation, if people may ask for it; and the processes, timers and providers that do."""
    mutation = command.__name__[0].lower() + command.__name__[1:]
    if re.search(rf"^  {mutation}\(", SCHEMA.read_text(), re.MULTILINE):
        yield f"`{mutation}`"
    for process in PROCESSES:
        if re.search(rf"\b{command.__name__}\(", inspect.getsource(process)):  # type: ignore[arg-type]
            yield f"process {process.NAME}"
    for asker, module in (("a timer", timers), ("a provider's answer", provider_runner)):
        if re.search(rf"\b{command.__name__}\(", inspect.getsource(module)):
            yield asker


def _first_sentence(command: type[Command]) -> str:
    text = " ".join((command.__doc__ or "").split())
    return text.split(". ")[0].rstrip(".") + "."


def _sentence(refusal: type[Refusal]) -> str:
    return " ".join((refusal.__doc__ or "").split()).replace("{", "*").replace("}", "*")


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "-"


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text()))
