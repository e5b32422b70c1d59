"""The file's totals by day, straight from the CSV: nothing of the importer is used here."""

from __future__ import annotations

import csv
import lzma
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import oms_api

FILE = Path(oms_api.__file__).parent / "retail" / "online_retail.csv.xz"


def first_days(until: str) -> str:
    """The lines of the file before a day, as they are: a shorter file for tests that play it."""
    head, *lines = lzma.decompress(FILE.read_bytes()).decode().splitlines(keepends=True)
    return head + "".join(line for line in lines if next(csv.reader([line]))[4] < until)


def totals_by_day(until: str = "9999") -> dict[str, tuple[int, int, Decimal]]:
    """Orders, units and revenue by day: goods somebody got, and the postage of such invoices."""
    numbers: dict[str, set[str]] = defaultdict(set)
    units: dict[str, int] = defaultdict(int)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    postage: list[tuple[str, str, Decimal]] = []
    first_seen: dict[str, str] = {}
    for row in csv.DictReader(lzma.decompress(FILE.read_bytes()).decode().splitlines()):
        invoice, quantity, price = row["InvoiceNo"], int(row["Quantity"]), Decimal(row["UnitPrice"])
        if invoice.startswith("C") or row["InvoiceDate"] >= until:
            continue
        day = first_seen.setdefault(invoice, row["InvoiceDate"][:10])
        if row["StockCode"] in ("POST", "DOT", "C2"):
            postage.append((day, invoice, quantity * price))
        elif row["StockCode"][0].isdigit() and quantity > 0 and (price or row["CustomerID"]):
            numbers[day].add(invoice)
            units[day] += quantity
            revenue[day] += quantity * price
    for day, invoice, amount in postage:
        if invoice in numbers[day]:
            revenue[day] += amount
    return {day: (len(numbers[day]), units[day], revenue[day]) for day in sorted(numbers)}
