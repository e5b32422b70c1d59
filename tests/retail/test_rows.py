"""Reading the file: what is broken is told with its line, and costs nothing else."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from oms_api.retail.rows import COLUMNS, NotOurFile, read

HEAD = ",".join(COLUMNS)
GOOD = "536365,85123a,WHITE  HEART ,6,2010-12-01T08:26:00,2.55,17850,United Kingdom"


def file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return path


def test_a_row_is_read_with_its_time_as_utc(tmp_path: Path) -> None:
    [row], broken = read(file(tmp_path, GOOD))
    assert broken == []
    assert (row.number, row.sku, row.description) == (2, "85123A", "WHITE HEART")
    assert (row.quantity, row.price, row.amount) == (6, Decimal("2.55"), Decimal("15.30"))
    assert row.at.isoformat() == "2010-12-01T08:26:00+00:00"


@pytest.mark.parametrize(
    "line",
    [
        "536366,22633,HAND WARMER,six,2010-12-01T08:28:00,1.85,17850,United Kingdom",
        "536366,22633,HAND WARMER,6,yesterday,1.85,17850,United Kingdom",
        "536366,22633,HAND WARMER,6,2010-12-01T08:28:00,cheap,17850,United Kingdom",
        "536366,22633,HAND WARMER,6,2010-12-01T08:28:00,NaN,17850,United Kingdom",
        "536366,22633",
        "536366,22633,HAND, WARMER,6,2010-12-01T08:28:00,1.85,17850,United Kingdom",
        '536366,22633,"HAND WARMER,6,2010-12-01T08:28:00,1.85,17850,United Kingdom',
    ],
)
def test_a_broken_line_is_reported_and_the_rest_is_read(tmp_path: Path, line: str) -> None:
    rows, [broken] = read(file(tmp_path, line, GOOD))
    assert [row.invoice for row in rows] == ["536365"]
    assert (broken.number, "can't be read" in broken.reason) == (2, True)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("536366,22633,X,six,2010-12-01T08:28:00,1.85,1,UK", "can't be read: Quantity is 'six'"),
        ("536366,22633,X,6,2010-12-01T08:28:00,NaN,1,UK", "can't be read: UnitPrice is 'NaN'"),
        ("536366,22633", "can't be read: it has 2 columns instead of 8"),
    ],
)
def test_the_reason_names_what_is_wrong(tmp_path: Path, line: str, reason: str) -> None:
    _, [broken] = read(file(tmp_path, line))
    assert broken.reason == reason


def test_a_line_in_another_encoding_is_broken_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(f"{HEAD}\r\n{GOOD}\r\n{GOOD.replace('HEART', '£')}\r\n".encode("latin-1"))
    [row], [broken] = read(path)
    assert (row.number, row.country) == (2, "United Kingdom")
    assert (broken.number, broken.reason) == (3, "can't be read: it is not UTF-8")


def test_a_time_with_its_zone_is_that_moment(tmp_path: Path) -> None:
    [row], _ = read(file(tmp_path, GOOD.replace("08:26:00", "08:26:00+02:00")))
    assert row.at.isoformat() == "2010-12-01T06:26:00+00:00"


def test_another_file_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("InvoiceNo,Price\n1,2\n")
    with pytest.raises(NotOurFile, match="StockCode"):
        read(path)


def test_the_packaged_file_is_the_whole_slice() -> None:
    rows, broken = read(None)
    assert (len(rows), len(broken)) == (10_144, 0)
