"""Reads the retailer's file: one row is one line of an invoice or of a credit note."""

from __future__ import annotations

import csv
import lzma
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from oms_core.runtime.errors import SetupError

T = TypeVar("T")

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
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")


class NotOurFile(SetupError):
    """The file has other columns than a retail file: {missing} missing. See docs/demo-data.md."""

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__((type(self).__doc__ or "").format(missing=", ".join(missing)))


@dataclass(frozen=True, slots=True)
class Row:
    """One line, as recorded. A time without a zone, as in the data, is taken as UTC."""

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

    Each line is read by itself, so that a quote left open costs its own line and no other.
    Raises `NotOurFile` when columns are missing.
    """
    header, *lines = _text(path).split("\n")
    columns = next(csv.reader([header]), [])
    if missing := [name for name in COLUMNS if name not in columns]:
        raise NotOurFile(missing)
    rows: list[Row] = []
    broken: list[BrokenRow] = []
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            rows.append(_row(number, _values(line, columns)))
        except (ValueError, csv.Error) as error:
            broken.append(BrokenRow(number, f"can't be read: {error}"))
    return rows, broken


def _text(path: Path | None) -> str:
    """Read a file; what is not UTF-8 in it is kept apart as surrogates and told with its line."""
    if path is None:
        packed = files(__package__).joinpath("online_retail.csv.xz").read_bytes()
        return lzma.decompress(packed).decode()
    return path.read_bytes().decode("utf-8-sig", errors="surrogateescape")


def _values(line: str, columns: Sequence[str]) -> dict[str, str]:
    if _NOT_UTF_8.search(line):
        raise ValueError("it is not UTF-8")
    [values] = csv.reader([line], strict=True)
    if len(values) != len(columns):
        raise ValueError(f"it has {len(values)} columns instead of {len(columns)}")
    return dict(zip(columns, values, strict=True))


def _row(number: int, values: Mapping[str, str]) -> Row:
    return Row(
        number=number,
        invoice=values["InvoiceNo"].strip(),
        sku=values["StockCode"].strip().upper(),
        description=" ".join(values["Description"].split()),
        quantity=_parsed(values, "Quantity", int),
        at=_parsed(values, "InvoiceDate", _time),
        price=_parsed(values, "UnitPrice", _price),
        customer=values["CustomerID"].strip(),
        country=values["Country"].strip(),
    )


def _parsed(values: Mapping[str, str], column: str, kind: Callable[[str], T]) -> T:
    try:
        return kind(values[column])
    except (ValueError, ArithmeticError):
        raise ValueError(f"{column} is {values[column]!r}") from None


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _price(text: str) -> Decimal:
    price = Decimal(text)
    if not price.is_finite():
        raise ValueError(text)
    return price
