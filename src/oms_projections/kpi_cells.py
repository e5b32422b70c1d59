"""Where key figures are kept: one row a channel, location and hour or day, with all its figures.

A row's figures are one JSON object, by figure and by part: a currency, or a class of times. Counts
are numbers, amounts are text, since JSON knows no exact fractions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

import orjson
import psycopg

from oms_projections.copying import insert
from oms_projections.projection import Table, write

ALL = ""
"""Stands for all channels, or all locations; no code is blank."""

HOUR, DAY = "hour", "day"

CAPACITY = 20_000

KPI_FIGURES = Table(
    "kpi_figures",
    {
        "channel": "text NOT NULL",
        "location": "text NOT NULL",
        "grain": "text NOT NULL",
        "at": "timestamptz NOT NULL",
        "figures": "json NOT NULL",
    },
    ("channel", "location", "grain", "at"),
)

_KEY: LiteralString = ", ".join(KPI_FIGURES.key)
_READ: LiteralString = (
    f"SELECT {_KEY}, kpi_figures.figures::text {KPI_FIGURES.given} JOIN kpi_figures USING ({_KEY})"
)
_DELETE: LiteralString = f"""
DELETE FROM kpi_figures AS old {KPI_FIGURES.given.replace("FROM", "USING", 1)}
WHERE {" AND ".join([f"old.{name} = new.{name}" for name in KPI_FIGURES.key])}
"""  # noqa: S608 - ours

Value = int | Decimal
Figures = dict[tuple[str, str], Value]
"""Values by figure and part."""

Place = tuple[str, str, datetime]
"""A channel, a location or `ALL`, and an hour: where something counts."""

Cell = tuple[str, str, str, datetime]
"""The key of a row."""


def rolled_up(moved: Mapping[Place, Figures]) -> dict[Cell, Figures]:
    """Add up what moved by channel and hour by day, too, and then for all channels."""
    cells: dict[Cell, Figures] = {}
    for (channel, location, hour), figures in moved.items():
        cells[channel, location, HOUR, hour] = figures
        _add(cells.setdefault((channel, location, DAY, hour.replace(hour=0)), {}), figures)
    for (_, location, grain, at), figures in list(cells.items()):
        _add(cells.setdefault((ALL, location, grain, at), {}), figures)
    return cells


def _add(figures: Figures, moved: Figures) -> None:
    for key, value in moved.items():
        figures[key] = figures.get(key, 0) + value


class Cells:
    """The rows, of which those used last are remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[Cell, Figures] = OrderedDict()

    def add(self, conn: psycopg.Connection[Any], moved: Mapping[Cell, Figures]) -> None:
        """Add to the figures of cells; those that come to nothing again are dropped.

        Rows in the order of their key cost half of what they cost in any other.
        """
        self._read(conn, moved.keys() - self._known.keys())
        for cell, change in moved.items():
            figures = self._known[cell]
            self._known.move_to_end(cell)
            _add(figures, change)
            for key in [key for key in change if not figures[key]]:
                del figures[key]
        touched = sorted(moved)
        write(conn, KPI_FIGURES.upsert, (self._row(c) for c in touched if self._known[c]))
        write(conn, _DELETE, (_key(cell) for cell in touched if not self._known[cell]))
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)

    def add_new(self, conn: psycopg.Connection[Any], moved: Mapping[Cell, Figures]) -> None:
        """Write the figures of cells that have no rows yet."""
        something = sorted(cell for cell, figures in moved.items() if any(figures.values()))
        insert(conn, KPI_FIGURES, ((*cell, _written(moved[cell])) for cell in something))

    def _read(self, conn: psycopg.Connection[Any], cells: Iterable[Cell]) -> None:
        wanted = sorted(cells)
        self._known.update((cell, {}) for cell in wanted)
        if wanted:
            text = orjson.dumps([_key(cell) for cell in wanted]).decode()
            for row in conn.execute(_READ, (text,)):
                self._known[row[:-1]] = dict(read(row[-1]))

    def _row(self, cell: Cell) -> dict[str, object]:
        return _key(cell) | {"figures": _written(self._known[cell])}

    def forget(self) -> None:
        """Drop what is remembered."""
        self._known.clear()


def _key(cell: Cell) -> dict[str, object]:
    return dict(zip(KPI_FIGURES.key, cell, strict=True))


def _written(figures: Figures) -> orjson.Fragment:
    """Write figures that are not 0; the same ones always give the same text."""
    nested: dict[str, dict[str, object]] = {}
    for (figure, part), value in figures.items():
        if value:
            text = value if isinstance(value, int) else f"{value.normalize():f}"
            nested.setdefault(figure, {})[part] = text
    return orjson.Fragment(orjson.dumps(nested, option=orjson.OPT_SORT_KEYS))


def read(written: str) -> Iterator[tuple[tuple[str, str], Value]]:
    """Read the figures of a row."""
    for figure, parts in read_by_figure(written):
        for part, value in parts.items():
            yield (figure, part), value


def read_by_figure(written: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """Read the figures of a row, the values of each by part."""
    for figure, parts in orjson.loads(written).items():
        yield figure, {p: v if isinstance(v, int) else Decimal(v) for p, v in parts.items()}
