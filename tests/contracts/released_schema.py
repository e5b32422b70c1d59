"""Publishes the schema: what clients rely on from now on, and later schemas are compared with.

python -m tests.contracts.released_schema     # `make publish`, with each release
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from graphql import (
    BreakingChange,
    BreakingChangeType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    parse,
    print_ast,
)

from oms_api.schema import printed

RELEASED = Path(__file__).parents[2] / "docs" / "api" / "schema.released.graphql"
REASON = re.compile(r".+\. Removed on or after (\d{4}-\d{2}-\d{2})\.")
"""What the reason of a deprecation says: what to use instead, and from when it may be missing."""

_COORDINATE = re.compile(r"\b(\w+)\.(\w+)\b")


def broken(released: GraphQLSchema, current: GraphQLSchema, today: date) -> list[str]:
    """Tell what clients of the released schema could trip over.

    What was announced to be removed by today may be missing.
    """
    return [
        change.description
        for change in find_breaking_changes(released, current)
        if not _was_announced(change, released, today)
    ]


def _was_announced(change: BreakingChange, released: GraphQLSchema, today: date) -> bool:
    removals = (BreakingChangeType.FIELD_REMOVED, BreakingChangeType.VALUE_REMOVED_FROM_ENUM)
    named = _COORDINATE.search(change.description)
    if change.type not in removals or named is None:
        return False
    kind: Any = released.type_map[named[1]]
    gone = kind.values[named[2]] if hasattr(kind, "values") else kind.fields[named[2]]
    found = REASON.fullmatch(gone.deprecation_reason or "")
    return found is not None and date.fromisoformat(found[1]) <= today


def undated(schema: GraphQLSchema) -> list[str]:
    """Name what is deprecated without saying what to use instead, and until when it stays."""
    found = []
    for name, kind in schema.type_map.items():
        parts: dict[str, Any] = dict(getattr(kind, "fields", None) or getattr(kind, "values", {}))
        for part, what in list(parts.items()):
            parts |= {f"{part}({arg})": each for arg, each in getattr(what, "args", {}).items()}
        found += [
            f"{name}.{part}"
            for part, what in parts.items()
            if what.deprecation_reason is not None and not _has_date(what.deprecation_reason)
        ]
    return found


def _has_date(reason: str) -> bool:
    found = REASON.fullmatch(reason)
    try:
        return found is not None and bool(date.fromisoformat(found[1]))
    except ValueError:
        return False


def released() -> GraphQLSchema:
    """Read what was published last."""
    return build_schema(RELEASED.read_text())


def without_descriptions(sdl: str) -> str:
    """Keep what programs rely on."""
    return print_ast(parse(re.sub(r'"""(?:\\"""|.)*?"""', "", sdl, flags=re.S))) + "\n"


if __name__ == "__main__":
    RELEASED.write_text(without_descriptions(printed()))
