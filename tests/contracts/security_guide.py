"""Writes the tables of docs/security.md: what each role may, and what each right opens.

python -m tests.contracts.security_guide     # a part of `make schema`
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oms_api.rights.fields import NEEDED
from oms_api.rights.right import Right
from oms_api.rights.roles import RIGHTS, Role
from oms_api.schema import SCHEMA

GUIDE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- begin: written by make schema -->", "<!-- end: written by make schema -->"


def written(guide: str) -> str:
    """Put fresh tables where the guide has its old ones."""
    before, rest = guide.split(BEGIN)
    _, after = rest.split(END)
    tables = "\n".join([*_roles(), "", *_rights()])
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _roles() -> Iterator[str]:
    yield _row("right", *Role)
    yield _row(*["---"] * (1 + len(Role)))
    for right in Right:
        yield _row(f"`{right}`", *("yes" if right in RIGHTS[role] else "" for role in Role))


def _rights() -> Iterator[str]:
    described = SCHEMA.type_map["Right"].values  # type: ignore[attr-defined]
    yield _row("right", "to", "needed for")
    yield _row(*["---"] * 3)
    for right in Right:
        places = ", ".join(f"`{place}`" for place in NEEDED.get(right, "").split())
        yield _row(f"`{right}`", described[right].description, places)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def read(guide: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Read the tables back: the rights of each role, and the rights that open each place."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in guide.split(BEGIN)[1].split(END, maxsplit=1)[0].splitlines()
        if line.startswith("|")
    ]
    roles = rows[0][1:]
    has: dict[str, set[str]] = {role: set() for role in roles}
    opens: dict[str, set[str]] = {}
    for right, *cells in rows:
        if not right.startswith("`"):
            continue
        if len(cells) == len(roles):
            for role, cell in zip(roles, cells, strict=True):
                has[role] |= {right.strip("`")} if cell == "yes" else set()
        else:
            for place in filter(None, cells[1].replace("`", "").split(", ")):
                opens.setdefault(place, set()).add(right.strip("`"))
    return has, opens


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text()))
