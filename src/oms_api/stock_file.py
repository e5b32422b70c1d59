"""Compares a counted file with the stock of a running server, and books it when asked to."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from oms_api.places import table_of
from oms_api.retail.client import Client
from oms_api.stock_reconciling import MOST_COUNTS
from oms_core.runtime.errors import SetupError

COLUMNS = ("sku", "location", "counted")

_DOCUMENT = """
mutation Reconcile($input: ReconcileStockInput!) {
  reconcileStock(input: $input) {
    userErrors { message }
    results { sku location onHand counted delta booked userErrors { message } }
  }
}
"""


_AT = """
query At($location: String!, $after: String) {
  stockAt(location: $location, first: 250, after: $after) {
    nodes { sku location onHand } pageInfo { hasNextPage endCursor }
  }
}
"""


class UnusableFile(SetupError):
    """The file can't be read as counts; the message names the line."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a file of counts came to."""

    counts: int
    differences: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    unlisted: list[dict[str, Any]]
    booked: int


@dataclass(frozen=True, slots=True)
class CountedFile:
    """A file of counts; `key` names it as it was written then."""

    path: Path
    key: str
    counts: list[dict[str, Any]]


def read(path: Path) -> CountedFile:
    """Read the counts of a CSV file with the columns sku, location and counted.

    Raises `UnusableFile`, which names the line.
    """
    if not path.is_file():
        raise UnusableFile(f"There is no file {path}.")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise UnusableFile(
                f"{path} has no column {', '.join(missing)}. Its first line must name"
                f" {', '.join(COLUMNS)}."
            )
        counts = [_count(path, number, row) for number, row in enumerate(rows, start=2)]
    if not counts:
        raise UnusableFile(f"{path} has no counts below its first line.")
    written = f"{path.stat().st_mtime_ns} ".encode()
    return CountedFile(path, sha256(written + path.read_bytes()).hexdigest(), counts)


def _count(path: Path, number: int, row: dict[str, str]) -> dict[str, Any]:
    counted = (row["counted"] or "").strip()
    if not counted.isdecimal():
        raise UnusableFile(
            f"{path}, line {number}: {counted!r} is no number of units. Write 0 or more, in digits."
        )
    return {"sku": row["sku"], "location": row["location"], "counted": int(counted)}


async def reconcile(
    file: CountedFile, url: str, token: str, console: Console, *, book: bool
) -> Reconciliation:
    """Send the counts of a file; sending the same file again books nothing twice."""
    results: list[dict[str, Any]] = []
    async with Client(url, token) as client:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("counts", total=len(file.counts))
            for number, part in enumerate(_parts(file.counts)):
                given = {
                    "idempotencyKey": f"{file.key} {number}",
                    "counts": part,
                    "book": book,
                    "reference": file.path.name,
                }
                answer = (await client.query(_DOCUMENT, {"input": given}))["reconcileStock"]
                for error in answer["userErrors"]:
                    raise UnusableFile(f"{file.path}: {error['message']}")
                results += answer["results"]
                progress.advance(task, len(part))
        unlisted = [one async for one in _unlisted(client, file)]
    return Reconciliation(
        len(results),
        [one for one in results if one["delta"]],
        [one for one in results if one["userErrors"]],
        unlisted,
        sum(one["booked"] for one in results),
    )


async def _unlisted(client: Client, file: CountedFile) -> AsyncIterator[dict[str, Any]]:
    """Give what the file's locations have on hand that it does not name."""
    listed = {(one["sku"], one["location"]) for one in file.counts}
    for location in sorted({location for _, location in listed}):
        after, more = None, True
        while more:
            page = (await client.query(_AT, {"location": location, "after": after}))["stockAt"]
            for one in page["nodes"]:
                if one["onHand"] and (one["sku"], one["location"]) not in listed:
                    yield one
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]


def _parts(counts: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(counts), MOST_COUNTS):
        yield list(counts[start : start + MOST_COUNTS])


def show(found: Reconciliation, console: Console, *, book: bool) -> None:
    """Print the differences, and what was refused."""
    if found.differences:
        table = table_of("SKU", "location", "booked", "counted", "difference")
        for one in found.differences:
            figures = (one["onHand"], one["counted"], one["delta"])
            table.add_row(one["sku"], one["location"], *map(str, figures))
        console.print(table)
    if found.unlisted:
        table = table_of("SKU", "location", "booked", title="not in the file")
        for one in found.unlisted:
            table.add_row(one["sku"], one["location"], str(one["onHand"]))
        console.print(table)
    for one in found.refused:
        sentence = f"{one['sku']} at {one['location']}: {one['userErrors'][0]['message']}"
        console.print(sentence, soft_wrap=True, markup=False)
    missing = f", {len(found.unlisted)} not in the file" if found.unlisted else ""
    told = f"{found.counts} counts, {len(found.differences)} differences{missing}"
    if book:
        console.print(f"{told}, {found.booked} booked, {len(found.refused)} refused.")
    else:
        console.print(f"{told}. Nothing was booked; --book books all counts.")
