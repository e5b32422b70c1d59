"""Reads the retailer's file: one row is one line of an invoice or of a credit note."""

from __future__ import annotations

import csv
import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)


class NotOurFile(Exception):
    """The file has other columns than a retail file: {missing} missing. See docs/demo-data.md."""

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__((type(self).__doc__ or "").format(missing=", ".join(missing)))


@dataclass(frozen=True, slots=True)
class Row:
    """One line, as recorded. The time has no zone in the data and is taken as UTC."""

    number: int
    invoice: str
    sku: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str

    @property
    def is_credit(self) -> bool:
        """Tell whether it stands on a credit note."""
        return self.invoice.startswith("C")

    @property
    def amount(self) -> Decimal:
        """What the line comes to, in pounds."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A line of the file that can't be read, and why."""

    number: int
    reason: str


def read(path: Path | None) -> tuple[list[Row], list[BrokenRow]]:
    """Read a file, or the packaged one when it is None; line numbers count from 2.

    Raises `NotOurFile` when columns are missing.
    """
    if path is None:
        packed = files(__package__).joinpath("online_retail.csv.xz").read_bytes()
        text = lzma.decompress(packed).decode()
    else:
        text = path.read_text(encoding="utf-8-sig")
    reader = csv.DictReader(text.splitlines())
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise NotOurFile(missing)
    rows: list[Row] = []
    broken: list[BrokenRow] = []
    for number, values in enumerate(reader, start=2):
        if None in values.values():
            broken.append(BrokenRow(number, "can't be read: it has too few columns"))
            continue
        try:
            rows.append(_row(number, values))
        except (ValueError, InvalidOperation) as error:
            broken.append(BrokenRow(number, f"can't be read: {error}"))
    return rows, broken


def _row(number: int, values: dict[str, str]) -> Row:
    price = Decimal(values["UnitPrice"])
    if not price.is_finite():
        raise ValueError(f"{price} is no price")
    return Row(
        number=number,
        invoice=values["InvoiceNo"].strip(),
        sku=values["StockCode"].strip().upper(),
        description=" ".join(values["Description"].split()),
        quantity=int(values["Quantity"]),
        at=datetime.fromisoformat(values["InvoiceDate"]).replace(tzinfo=UTC),
        price=price,
        customer=values["CustomerID"].strip(),
        country=values["Country"].strip(),
    )
