"""Prints one table: every figure beside a floor that was measured in the same run."""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress

from bench import (
    commands,
    filling,
    floors,
    growth,
    http,
    long_streams,
    past,
    projecting,
    proof,
    protection,
    ruled,
    sourcing,
)
from bench.live import Watching, statements
from bench.measure import Rate
from bench.report import WIDTH, Report
from bench.serving import serving
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.embedded import embedded
from oms_core.runtime.garbage import look_less_often
from oms_core.runtime.migrations import migrate
from oms_projections.all import KINDS
from oms_projections.rebuild import install

CLIENTS = (1, 8, 32)
PARTS = (
    *("append", "place", "protection", "flash", "long", "past", "proof", "live"),
    *("projections", "growth"),
    *("ruled", "sourcing"),
)


class Bench:
    """One run on one embedded server; each part has a database of its own."""

    def __init__(self, report: Report, server_url: str, seconds: int) -> None:
        self.report = report
        self.seconds = seconds
        self._server_url = server_url

    @contextlib.contextmanager
    def database(self, name: str) -> Iterator[str]:
        """Make a migrated database."""
        with psycopg.connect(self._server_url, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name}".encode())
        url = self._server_url.replace("/postgres?", f"/{name}?")
        migrate(url)
        yield url

    def append(self) -> None:
        """One event, one commit: our recorder beside bare threads that insert the same row."""
        report, requests = self.report, 1000 * self.seconds
        with (
            self.database("append") as url,
            CommandBus(url) as one,
            CommandBus(url) as two,
        ):
            floors.prepare(url)
            for clients in CLIENTS:
                report.add(floors.pgbench_insert(url, clients, self.seconds))
                bare = report.add(floors.bare_insert(url, clients, requests))
                report.add(commands.appends(url, clients, requests), bare)
                booking = (commands.A_BOOKING, "recorder: one event that books stock")
                report.add(commands.appends(url, clients, requests, *booking), bare)
                report.add(commands.grouped_appends([one], clients, requests), bare)
                report.add(commands.grouped_appends([one, two], clients, requests), bare)

    def place(self) -> None:
        """Orders of three lines, by the bus and over HTTP, beside the same in plain SQL."""
        report, requests = self.report, 200 * self.seconds
        with self.database("place") as url:
            floors.prepare(url)
            with CommandBus(url) as one, CommandBus(url) as two:
                commands.stock_up(one, hot_units=requests)
                plain = {n: report.add(_plain(url, n, requests)) for n in CLIENTS}
                for buses, name in (([one], "command bus"), ([one, two], "two buses")):
                    for clients in CLIENTS if len(buses) == 1 else (32,):
                        rate = commands.placements(
                            buses, clients, requests, commands.three_skus, f"{name}: place order"
                        )
                        report.add(rate, plain[clients])
            for workers in (1, 2):
                with serving(url, workers) as address:
                    for clients in CLIENTS:
                        name = f"HTTP, {workers} worker(s): place order"
                        rate = http.placements(
                            name, address, clients, requests, commands.three_skus
                        )
                        report.add(rate, plain[clients])
                    name = f"HTTP, {workers} worker(s): placeOrders, 100 a request"
                    for whose, customers in (("", commands.CUSTOMERS), (", all new", 10**12)):
                        rate = http.batches(name + whose, address, 4, 10 * requests, customers)
                        report.add(rate, plain[32])

    def protection(self) -> None:
        """Requests to a worker with all protection, and to one without, side by side."""
        orders = 2_000
        with self.filled("protection", orders) as url:
            for name in KINDS:
                with connect(url, name="bench") as conn:
                    install(conn, KINDS[name]())
                projecting.rebuilding(url, name)
            growth.tidy(url)
            with CommandBus(url) as bus:
                commands.stock_up(bus, hot_units=1)
            with (
                protection.worker("oms_api.worker", url, protection.ON) as within,
                protection.worker("bench.unprotected", url, protection.OFF) as without,
            ):
                for bare, kept in protection.compare(within, without, orders, self.seconds):
                    self.report.add(bare)
                    self.report.add(kept, bare)

    def flash(self) -> None:
        """64 buyers of one SKU that runs out, over two API workers."""
        report, attempts = self.report, 5_000
        with self.database("flash") as url:
            floors.prepare(url)
            with CommandBus(url) as bus:
                commands.stock_up(bus, hot_units=500)
            hot = report.add(floors.plain_placement(url, 64, attempts, lambda _: [7]))
            with serving(url, 2) as address:
                spread = http.placements(
                    "HTTP, 2 workers: one of 1,000 SKUs", address, 64, attempts, commands.one_sku
                )
                report.add(spread, hot)
                sale = http.placements(
                    "HTTP, 2 workers: flash sale", address, 64, attempts, lambda _: ["HOT"]
                )
                report.add(sale, spread)
            assert sale.answers["ok"] == 500, sale.answers

    def long(self, events: int) -> None:
        """A command on a stock item with many events, beside one with a hundred."""
        report = self.report
        with self.database("long") as url:
            with CommandBus(url) as bus:
                commands.stock_up(bus, hot_units=1)
                long_streams.begin(bus)
                long_streams.lengthen(bus, long_streams.SHORT, 100, lambda _: None)
                advance = report.doing(f"a stream of {events:,} events", events)
                long_streams.lengthen(bus, long_streams.LONG, events, advance)
                pairs = [long_streams.warm(bus, 100 * self.seconds)]
            pairs.append(long_streams.cold(url))
        for short, long in pairs:
            report.add(short)
            report.add(long, ratio=long.percentile(0.5) / short.percentile(0.5))

    def past(self, events: int) -> None:
        """What was known and what was true at any moment, beside how long that may take."""
        report = self.report
        with self.database("past") as url:
            with CommandBus(url) as bus:
                commands.stock_up(bus, hot_units=1)
                long_streams.begin(bus)
                order_id = past.an_order(bus)
                advance = report.doing(f"a stream of {events:,} events", events)
                long_streams.lengthen(bus, long_streams.LONG, events, advance)
            for rate, bar in past.questions(url, order_id, 40 * self.seconds, events):
                report.add(rate, ratio=rate.percentile(0.5) / 1000 / bar)

    def proof(self, orders: int) -> None:
        """Hashes and encryption beside going without, in turns; and a log computed anew."""
        report, requests = self.report, 250 * self.seconds
        with self.database("hashed") as one, self.database("bare") as two:
            proof.stop_hashing(two)
            for clients in (8, 32):
                bare, hashed = proof.in_turns(
                    lambda count, n=clients: commands.appends(two, n, count),
                    lambda count, n=clients: commands.appends(one, n, count),
                    requests,
                )
                floor = report.add(proof.named("recorder without hashes", bare))
                report.add(proof.named("recorder with hashes", hashed), floor)
        with self.database("sealing") as url, CommandBus(url) as bus:
            commands.stock_up(bus, hot_units=1)

            def ordered(count: int) -> Rate:
                return commands.placements([bus], 32, count, commands.three_skus, "place order")

            def in_plain(count: int) -> Rate:
                with proof.plain_text():
                    return ordered(count)

            plain, sealed = proof.in_turns(in_plain, ordered, requests // 4)
            floor = report.add(proof.named("command bus: place order in plain text", plain))
            report.add(proof.named("command bus: place order, persons encrypted", sealed), floor)
        with self.filled("verified", orders) as url, tempfile.TemporaryDirectory() as folder:
            floor, rate = proof.verifying(url, Path(folder))
            report.add(rate, report.add(floor))

    def live(self) -> None:
        """From commit to visible, while 32 clients place orders."""
        report, requests = self.report, 200 * self.seconds
        with self.database("live") as url:
            with CommandBus(url) as bus:
                commands.stock_up(bus, hot_units=1)
            for asking in (False, True):
                with serving(url, 2) as address:
                    watching = Watching(url)
                    with statements(url) as counted:
                        name = "placing, every order read back" if asking else "placing"
                        rate = http.placements(
                            name, address, 32, requests, commands.three_skus, read_back=asking
                        )
                    rate.notes["transactions"] = counted["transactions"]
                    report.add(rate)
                    report.add(watching.lags("from commit to visible", 32))

    def projections(self, orders: int) -> None:
        """A backlog, and rebuilds while orders are placed, beside the barest projection."""
        report = self.report
        with self.filled("projections", orders) as url:
            floor = report.add(projecting.bare_projection(url, "orders"))
            report.add(projecting.catching_up(url, "orders"), floor)
            for name in KINDS:
                with connect(url, name="bench") as conn:
                    install(conn, KINDS[name]())
                report.add(projecting.rebuilding(url, name), floor)
            self._rebuild_under_load(url, floor)

    def _rebuild_under_load(self, url: str, floor: Rate) -> None:
        with serving(url, 1) as address, CommandBus(url) as bus:
            commands.stock_up(bus, hot_units=1)
            with projecting.Blocked(url) as blocked, http.in_background(address, 8):
                rate = projecting.rebuilding(url, "orders")
            rate.name += " under load; p50 is the longest wait for a lock"
            rate.taken = [blocked.longest]
            self.report.add(rate, floor)

    @contextlib.contextmanager
    def filled(self, name: str, orders: int) -> Iterator[str]:
        """Make a database with so many orders and all that became of them."""
        with self.database(name) as url:
            advance = self.report.doing(f"filling in {orders:,} orders", orders)
            rate = filling.fill(url, orders, advance=advance)
            self.report.add(rate)
            yield url

    def growth(self, small: int, large: int) -> None:
        """Questions to a large store beside the same ones to a small store."""
        report = self.report
        with (
            self.filled("small", small) as few,
            self.filled("large", large) as many,
        ):
            for url, size in ((few, small), (many, large)):
                advance = report.doing(f"read tables of {size:,} orders", 1)
                for rate in growth.build(url):
                    rate.name += f" of {size:,} orders"
                    report.add(rate)
                advance(1)
            before = growth.whole_reads(many)
            with (
                protection.worker("oms_api.worker", few, protection.ON) as one,
                protection.worker("oms_api.worker", many, protection.ON) as two,
            ):
                for less, more in growth.compare(one, two, (small, large), 20 * self.seconds):
                    report.add(less)
                    report.add(more, ratio=more.percentile(0.5) / less.percentile(0.5))
            assert growth.whole_reads(many) == before, "a read table was read from end to end"

    def ruled(self) -> None:
        """Orders that may come from twelve warehouses, by rules and without, in turn."""
        with self.database("ruled") as url, CommandBus(url) as bus:
            ruled.open_warehouses(bus)
            self._ruled("command bus", bus, ruled.by_bus(bus))
            with serving(url, 1) as address:
                ruled.wait_until_all_is_read(url)
                self._ruled("HTTP, 1 worker", bus, ruled.by_http(address))

    def _ruled(self, what: str, bus: CommandBus, place: ruled.Placing) -> None:
        for clients in (1, 8):
            requests = 40 * self.seconds
            rates = ruled.compared(what, bus, place, clients=clients, requests=requests)
            without, by_rules = rates
            self.report.add(without)
            self.report.add(by_rules, without)

    def sourcing(self, baskets: int, brunel: Path | None) -> None:
        """Plans beside the best there are; a day of real orders if it is at hand."""
        sourcing.plans(self.report, baskets)
        sourcing.real_orders(self.report)
        if brunel is not None:
            sourcing.real_day(self.report, brunel)


def _plain(url: str, clients: int, requests: int) -> Rate:
    return floors.plain_placement(
        url, clients, requests, lambda rng: rng.sample(range(floors.SKUS), 3)
    )


def main(
    *,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(PARTS)}; all if missing."),
    ] = None,
    seconds: Annotated[int, typer.Option(help="About how long each figure is measured.")] = 5,
    small: Annotated[int, typer.Option(help="Orders in the small store.")] = 10_000,
    large: Annotated[int, typer.Option(help="Orders in the large store.")] = 50_000,
    events: Annotated[int, typer.Option(help="Events of the long stream.")] = 100_000,
    baskets: Annotated[int, typer.Option(help="Baskets whose cheapest plan is found.")] = 1_000,
    brunel: Annotated[
        Path | None, typer.Option(help="The workbook of a day of real orders; see the README.")
    ] = None,
) -> None:
    """Measure on an embedded Postgres that is as durable as in production."""
    if unknown := set(only or ()) - set(PARTS):
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}")
    random.seed(1)
    look_less_often()  # as every process of the product does
    console = Console(width=WIDTH)
    with (
        Progress(console=console) as progress,
        tempfile.TemporaryDirectory() as folder,
        embedded(Path(folder)) as url,
    ):
        report = Report(progress, len(only or PARTS))
        bench = Bench(report, url, seconds)
        parts: dict[str, Callable[[], None]] = {
            "append": bench.append,
            "place": bench.place,
            "protection": bench.protection,
            "flash": bench.flash,
            "long": lambda: bench.long(events),
            "past": lambda: bench.past(events),
            "proof": lambda: bench.proof(small // 2),
            "live": bench.live,
            "projections": lambda: bench.projections(small),
            "growth": lambda: bench.growth(small, large),
            "ruled": bench.ruled,
            "sourcing": lambda: bench.sourcing(baskets, brunel),
        }
        for name in only or parts:
            report.part(name, parts[name])
        with psycopg.connect(url) as conn:
            console.print(conn.execute("SELECT version()").fetchone()[0])  # type: ignore[index]
    report.print(console)


if __name__ == "__main__":
    typer.run(main)
