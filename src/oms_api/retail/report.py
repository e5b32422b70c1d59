"""Prints what an import did: counts that add up, totals by day, and what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from oms_api.retail.plan import IMPORTED, Category, Plan

if TYPE_CHECKING:
    from oms_api.retail.runner import ImportReport

SHOWN = 5


def by_day(plan: Plan) -> dict[date, tuple[int, int, Decimal]]:
    """Give orders, units and revenue placed on each day."""
    totals: dict[date, tuple[int, int, Decimal]] = defaultdict(lambda: (0, 0, Decimal(0)))
    for order in plan.orders:
        orders, units, revenue = totals[order.at.date()]
        totals[order.at.date()] = (orders + 1, units + order.units, revenue + order.total)
    return dict(sorted(totals.items()))


def print_report(report: ImportReport, console: Console) -> None:
    """Print the report of an import."""
    plan = report.plan
    console.print(_rows(plan))
    console.print(_days(plan))
    console.print(_left_out(plan))
    placed = len(plan.orders)
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
    for refusal in report.refusals[:SHOWN]:
        console.print(f"Refused: {refusal}", markup=False)
    if report.refusals:
        console.print(f"{len(report.refusals)} refusals in all; the rest was imported.")


def _rows(plan: Plan) -> Table:
    table = Table("rows of the file", "", title="What became of every row")
    for category in Category:
        if count := plan.categories[category]:
            mark = "" if category in IMPORTED else " (left out)"
            table.add_row(f"{category.value}{mark}", f"{count:,}")
    table.add_section()
    table.add_row("all rows", f"{plan.categories.total():,}")
    return table


def _days(plan: Plan) -> Table:
    table = Table("placed on", "orders", "units", "revenue", title="What was ordered")
    total = (0, 0, Decimal(0))
    for day, (orders, units, revenue) in by_day(plan).items():
        table.add_row(day.isoformat(), f"{orders:,}", f"{units:,}", f"{revenue:,} GBP")
        total = (total[0] + orders, total[1] + units, total[2] + revenue)
    table.add_section()
    table.add_row("all days", f"{total[0]:,}", f"{total[1]:,}", f"{total[2]:,} GBP")
    return table


def _left_out(plan: Plan) -> Table:
    table = Table(
        "line", "row", "left out because", title="What was left out, the first of each kind"
    )
    seen: Counter[Category] = Counter()
    for number, what, category in plan.left_out:
        seen[category] += 1
        if seen[category] <= SHOWN:
            table.add_row(str(number), what, category.value)
    return table
