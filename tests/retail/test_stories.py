"""A small file through a running server: every kind of story, cut off and taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console
from tests.api.running import Client as Server
from tests.api.running import eventually, token

from oms_api.retail import client as retail_client
from oms_api.retail.client import Client, NotOurServer, TokenRefused
from oms_api.retail.report import print_report
from oms_api.retail.rows import COLUMNS
from oms_api.retail.runner import ImportReport, import_orders
from oms_api.retail.story import Stage

FILE = """
{n}1,99001,MUG,5,2011-03-01T09:00:00,2.50,{n},United Kingdom
{n}1,POST,POSTAGE,1,2011-03-01T09:00:00,4.00,{n},United Kingdom
C{n}1,99001,MUG,-2,2011-03-01T09:01:00,2.50,{n},United Kingdom
{n}2,99002,CUP,6,2011-03-01T10:00:00,1.10,{n},EIRE
C{n}2,99002,CUP,-1,2011-03-01T13:00:00,1.10,{n},EIRE
C{n}2,99002,CUP,-2,2011-03-01T13:00:00,1.10,{n},EIRE
{n}3,99001,MUG,4,2011-03-01T11:00:00,2.00,{n},France
C{n}3,99001,MUG,-3,2011-03-07T11:00:00,2.00,{n},France
{n}4,99003,JUG,1,2011-03-01T12:00:00,9.95,{n},France
C{n}4,99003,JUG,-1,2011-03-01T13:31:00,9.95,{n},France
{n}5,99003,JUG,2,2011-03-06T20:00:00,9.95,,United Kingdom
{n}6,99003,JUG,1,2011-03-07T11:00:00,9.95,,United Kingdom
{n}7,99002,,-1,2011-03-01T12:00:00,0,,United Kingdom
{n}7,BANK CHARGES,[fee],1,2011-03-01T12:00:00,15,,United Kingdom
{n}8,99002
"""
ENDS = {  # after five units less two, with postage, and so on
    "1": ("COMPLETED", "PAID", "DELIVERED", "11.50", "0.00", ["DELIVERED"]),
    "2": ("COMPLETED", "PARTIALLY_REFUNDED", "DELIVERED", "6.60", "3.30", ["DELIVERED"]),
    "3": ("COMPLETED", "PARTIALLY_REFUNDED", "DELIVERED", "8.00", "6.00", ["DELIVERED"]),
    "4": ("CANCELLED", "REFUNDED", "UNFULFILLED", "9.95", "9.95", []),
    "5": ("OPEN", "PAID", "UNFULFILLED", "19.90", "0.00", ["PENDING"]),
    "6": ("OPEN", "UNPAID", "UNFULFILLED", "0.00", "0.00", []),
}
ORDER = """
  status paymentStatus fulfillmentStatus captured { amount } refunded { amount }
  shipments { status } events(first: 100) { nodes { type occurredAt } }
"""


def written(folder: Path, number: str) -> Path:
    path = folder / "orders.csv"
    path.write_text(",".join(COLUMNS) + FILE.format(n=number))
    return path


def bring_in(server: Server, path: Path) -> ImportReport:
    console = Console(file=StringIO())
    return asyncio.run(import_orders(path, url=server.url, token=token(), seed=1, console=console))


def order(server: Server, number: str) -> dict[str, Any]:
    document = f"query($number: String!) {{ order(number: $number) {{ {ORDER} }} }}"
    found: dict[str, Any] = server.ask(document, number=number)["order"]
    return found


def ending(server: Server, number: str) -> tuple[object, ...]:
    found = order(server, number)
    return (
        found["status"],
        found["paymentStatus"],
        found["fulfillmentStatus"],
        found["captured"]["amount"],
        found["refunded"]["amount"],
        [s["status"] for s in found["shipments"] if s["status"] != "CANCELLED"],
    )


def has_ended(server: Server, number: str) -> None:
    for last, expected in ENDS.items():
        eventually(lambda last=last, expected=expected: ending(server, number + last) == expected)


def test_every_kind_of_story(client: Server, tmp_path: Path) -> None:
    report = bring_in(client, written(tmp_path, "771"))
    assert report.refusals == []
    has_ended(client, "771")
    assert report.stages == {
        Stage.DELIVERED: 3,
        Stage.CANCELLED: 1,
        Stage.PAID: 1,
        Stage.OPEN: 1,
    }


def test_what_happens_to_an_order_is_recorded_in_the_order_of_its_times(
    client: Server, tmp_path: Path
) -> None:
    bring_in(client, written(tmp_path, "772"))
    has_ended(client, "772")
    for last in ENDS:
        events = order(client, f"772{last}")["events"]["nodes"]
        # The server releases an order by itself, a moment later, dated as the payment was.
        by_itself = ("LinesReleased", "ShipmentPlanned")
        times = [e["occurredAt"] for e in events if e["type"] not in by_itself]
        assert len(times) > 1
        assert times == sorted(times)


def test_the_report_lists_everything_and_adds_up(client: Server, tmp_path: Path) -> None:
    report = bring_in(client, written(tmp_path, "773"))
    console = Console(file=StringIO(), width=200)
    print_report(report, console)
    assert isinstance(console.file, StringIO)
    printed = console.file.getvalue()
    assert "1 x BANK CHARGES at 15" in printed
    assert "it has 2 columns instead of 8" in printed
    assert report.plan.categories.total() == len(FILE.strip().splitlines())
    assert report.stages.total() == len(report.placed) == len(ENDS)


def test_a_second_file_with_the_same_products_has_its_own_stock(
    client: Server, tmp_path: Path
) -> None:
    assert bring_in(client, written(tmp_path, "774")).refusals == []
    on_hand = "SELECT sum(on_hand) FROM read.stock_levels WHERE sku LIKE '9900_'"
    before = client.rows(on_hand)
    assert bring_in(client, written(tmp_path, "775")).refusals == []
    has_ended(client, "775")
    assert eventually(lambda: client.rows(on_hand) > before)


def test_an_import_that_was_cut_off_is_taken_up_where_it_was(
    client: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the line is cut after a command was carried out, before its answer arrives."""
    path = written(tmp_path, "776")
    command = Client.command
    left = 0

    async def cut_off(
        self: Client, mutation: str, key: str, facts: Mapping[str, object]
    ) -> dict[str, Any]:
        nonlocal left
        left -= 1
        payload = await command(self, mutation, key, facts)
        if left < 0:
            raise httpx.ReadError("cut off")
        return payload

    monkeypatch.setattr(Client, "command", cut_off)
    for count in (3, 9, 14, 18, 22, 26):
        left = count
        with pytest.raises(httpx.ReadError):
            bring_in(client, path)
    monkeypatch.setattr(Client, "command", command)
    report = bring_in(client, path)
    assert report.refusals == []
    has_ended(client, "776")
    assert len(client.rows("SELECT 1 FROM read.orders WHERE number LIKE '776_'")) == len(ENDS)


def test_a_refused_order_is_listed_and_the_others_go_on(client: Server, tmp_path: Path) -> None:
    bring_in(client, written(tmp_path, "777"))
    path = written(tmp_path, "777")
    path.write_text(path.read_text().replace("7776,99003,JUG,1,", "7776,99003,JUG,3,"))
    report = bring_in(client, path)
    assert [refusal for refusal in report.refusals if "placeOrder" in refusal] != []
    assert (report.stages[Stage.NOT_PLACED], len(report.placed)) == (1, len(ENDS) - 1)


@pytest.mark.parametrize(
    ("bearer", "path", "fault"),
    [("nonsense", "", TokenRefused), (token(), "/elsewhere", NotOurServer)],
    ids=["a wrong token", "a wrong address"],
)
def test_what_ends_an_import_at_once(
    client: Server, tmp_path: Path, bearer: str, path: str, fault: type[Exception]
) -> None:
    console = Console(file=StringIO())
    work = import_orders(
        written(tmp_path, "778"), url=client.url + path, token=bearer, seed=1, console=console
    )
    with pytest.raises(fault):
        asyncio.run(work)


def test_where_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retail_client, "PAUSES", (0.01,))
    console = Console(file=StringIO())
    nobody = "http://127.0.0.1:1"
    work = import_orders(
        written(tmp_path, "779"), url=nobody, token=token(), seed=1, console=console
    )
    with pytest.raises(httpx.ConnectError):
        asyncio.run(work)
