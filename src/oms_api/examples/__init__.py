"""Examples of what to ask, each a document with its variables: for GraphiQL, collections and docs.

They are run one after the other as a test, against a server. `{{name}}` in variables stands for
`run`, any text that makes names and keys new, or for what an answer before gave.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_KEEPS = re.compile(r"# keeps (\w+): ([\w.]+)")


@dataclass(frozen=True, slots=True)
class Example:
    """One operation. `keeps` are paths in its data, by the names that later variables have."""

    name: str
    title: str
    about: str
    document: str
    variables: str
    keeps: dict[str, str]


@cache
def examples() -> tuple[Example, ...]:
    """Read all of them, in their order."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.graphql")))


def _read(path: Path) -> Example:
    lines = path.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    about = [line.removeprefix("#").strip() for line in head[1:] if not _KEEPS.match(line)]
    return Example(
        name=path.stem,
        title=head[0].removeprefix("# "),
        about=" ".join(about).strip(),
        document="\n".join(lines[len(head) :]) + "\n",
        variables=path.with_suffix(".json").read_text().strip(),
        keeps={found[1]: found[2] for line in head if (found := _KEEPS.match(line))},
    )
