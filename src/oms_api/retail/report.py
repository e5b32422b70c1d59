"""Prints what an import did: counts that add up, totals by day, and all that was left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from oms_api.retail.plan import IMPORTED, Category, LeftOut, Plan, PlannedOrder
from oms_api.retail.story import Stage

if TYPE_CHECKING:
    from oms_api.retail.runner import ImportReport

MOST_REFUSALS = 20


def by_day(orders: Iterable[PlannedOrder]) -> dict[date, tuple[int, int, Decimal]]:
    """Give orders, units and revenue placed on each day."""
    totals: dict[date, tuple[int, int, Decimal]] = defaultdict(lambda: (0, 0, Decimal(0)))
    for order in orders:
        count, units, revenue = totals[order.at.date()]
        totals[order.at.date()] = (count + 1, units + order.units, revenue + order.total)
    return dict(sorted(totals.items()))


def print_report(report: ImportReport, console: Console) -> None:
    """Print the report of an import."""
    if report.plan.left_out:
        console.print(_left_out(report.plan.left_out))
    console.print(_rows(report.plan))
    console.print(_days(report.placed))
    console.print(_stages(report))
    placed = len(report.placed)
    commands = sum(report.commands.values())
    seconds = report.catalogue_seconds + report.orders_seconds
    console.print(
        f"{placed} orders with everything that followed in {report.orders_seconds:.1f} s:"
        f" {placed / max(report.orders_seconds, 0.001):.0f} orders a second."
        f" {commands} commands in {seconds:.1f} s: {commands / max(seconds, 0.001):.0f} a second."
    )
    console.print(
        f"Payment, dispatch and delivery times, places and opening stock are made up"
        f" (seed {report.seed}); they are not in the data."
    )
    for refusal in report.refusals[:MOST_REFUSALS]:
        console.print(f"Refused: {refusal}", markup=False)
    if (more := len(report.refusals) - MOST_REFUSALS) > 0:
        console.print(f"and {more} more refusals.")


def _left_out(left_out: Iterable[LeftOut]) -> Table:
    """List every row that was left out, those of one invoice or credit note together."""
    notes: dict[tuple[str | int, Category], list[LeftOut]] = defaultdict(list)
    for row in sorted(left_out, key=lambda row: row.number):
        notes[row.invoice or row.number, row.category].append(row)
    table = Table("line", "of", "rows", "left out because", title="What was left out")
    for (_, category), rows in notes.items():
        what = ", ".join(row.what for row in rows)
        table.add_row(_lines(rows), escape(rows[0].invoice), escape(what), category.value)
    return table


def _lines(rows: list[LeftOut]) -> str:
    numbers = [row.number for row in rows]
    if numbers == [*range(numbers[0], numbers[0] + len(numbers))] and len(numbers) > 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(str(number) for number in numbers)


def _rows(plan: Plan) -> Table:
    table = Table("rows of the file", "", title="What every row is")
    for category in Category:
        if count := plan.categories[category]:
            mark = "" if category in IMPORTED else " (left out)"
            table.add_row(f"{category.value}{mark}", f"{count:,}")
    table.add_section()
    table.add_row("all rows", f"{plan.categories.total():,}")
    return table


def _days(placed: Iterable[PlannedOrder]) -> Table:
    table = Table("placed on", "orders", "units", "revenue", title="What was ordered")
    total = (0, 0, Decimal(0))
    for day, (orders, units, revenue) in by_day(placed).items():
        table.add_row(day.isoformat(), f"{orders:,}", f"{units:,}", f"{revenue:,} GBP")
        total = (total[0] + orders, total[1] + units, total[2] + revenue)
    table.add_section()
    table.add_row("all days", f"{total[0]:,}", f"{total[1]:,}", f"{total[2]:,} GBP")
    return table


def _stages(report: ImportReport) -> Table:
    table = Table("orders", "", title="How far they came by the last moment of the file")
    for stage in Stage:
        if count := report.stages[stage]:
            table.add_row(stage.value, f"{count:,}")
    table.add_section()
    table.add_row("all orders", f"{report.stages.total():,}")
    return table
