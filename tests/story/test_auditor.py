"""An auditor walks through a manipulated database, with the tools of docs/audit.md."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.api.running import Client, Running, eventually
from tests.api.shop import Shop
from typer.testing import CliRunner, Result

from oms_api.cli import app_for

ROOTS = "{ signedRoots(last: 1) { nodes { position } } }"
CUT = """
DELETE FROM oms.events WHERE position > %(position)s;
DELETE FROM oms.sealed_leaves WHERE first_position > %(position)s;
DELETE FROM oms.signed_roots WHERE position > %(position)s
"""


class Audit:
    """A shop's database after a day of trade, the auditor's folder, and the commands."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.kept = folder / "kept-by-the-shop"

    def oms(self, *arguments: str) -> Result:
        """Run the command line, in this process."""
        environment = {"OMS_DATABASE_URL": self.url, "OMS_DATA_DIR": str(self.kept)}
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(app_for(arguments[0]), arguments, env=environment)

    def verify(self, *options: str) -> tuple[int, str]:
        done = self.oms("verify", *options)
        return done.exit_code, " ".join((done.stderr or done.stdout).split())

    def trade(self) -> tuple[str, int]:
        """Sell something and seal it; gives the order's number and where the log stood before."""
        with (
            Running(
                OMS_DATABASE_URL=self.url, OMS_DATA_DIR=str(self.kept), OMS_SEAL_SECONDS="0.1"
            ) as server,
            Client(server.url, self.url) as client,
        ):
            shop = Shop(client)
            [(before,)] = client.rows("SELECT max(position) FROM oms.events")
            eventually(lambda: _sealed(client) >= before)
            order = shop.paid()
            [(end,)] = client.rows("SELECT max(position) FROM oms.events")
            eventually(lambda: _sealed(client) >= end)
            server.stop()
        return order["number"], before


def _sealed(client: Client) -> int:
    nodes = client.ask(ROOTS)["signedRoots"]["nodes"]
    return int(nodes[0]["position"]) if nodes else -1


@pytest.fixture
def eve(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The shop's own administrator, for whom no trigger fires."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        yield conn


def test_an_auditor_finds_what_was_manipulated(
    database_url: str, tmp_path: Path, eve: psycopg.Connection[Any]
) -> None:
    audit = Audit(database_url, tmp_path)
    number, before = audit.trade()

    # In the evening the auditor takes home what the shop publishes: its key, the last root, and
    # evidence about one order.
    [key] = audit.oms("keys", "list").stdout.split()
    (tmp_path / "root.txt").write_text(audit.oms("roots").stdout)
    assert audit.oms("evidence", number, "--out", "order.zip").exit_code == 0
    code, told = audit.verify("--key", key)
    assert (code, told[:10]) == (0, "In order: ")

    # Somebody makes the order cheaper.
    placed = "topic = 'orders.OrderPlaced.v1'"
    body = "SELECT stream_id, body::text FROM oms.events WHERE " + placed
    [(stream, written)] = eve.execute(body).fetchall()
    change = f"UPDATE oms.events SET body = %s WHERE {placed}"
    eve.execute(change, (written.replace('"quantity":2', '"quantity":1'),))
    code, told = audit.verify()
    assert code == 3
    assert told.startswith(f"The event {stream}/1 (OrderPlaced, position ")
    assert "is not what was recorded" in told
    eve.execute(change, (written,))

    # Somebody takes a payment out of the books.
    captured = "topic = 'payments.PaymentCaptured.v1'"
    eve.execute(f"CREATE TEMP TABLE taken AS SELECT * FROM oms.events WHERE {captured}")
    eve.execute(f"DELETE FROM oms.events WHERE {captured}")
    code, told = audit.verify()
    assert code == 3
    assert "sealed" in told or "is missing before" in told
    eve.execute("INSERT INTO oms.events SELECT * FROM taken")
    assert audit.verify()[0] == 0

    # Somebody undoes the whole sale, with every root that speaks of it. The database agrees with
    # itself again: only who kept a root knows better, the shop's own server among them.
    for statement in CUT.split(";"):
        eve.execute(statement, {"position": before})
    code, told = audit.verify()
    assert code == 3
    assert "the last ones are missing" in told
    next(audit.kept.glob("last-root.*")).unlink()
    assert audit.verify()[0] == 0
    code, told = audit.verify("--root", "root.txt")
    assert code == 3
    assert "the last ones are missing" in told

    # And the evidence still stands, without the shop's system.
    with zipfile.ZipFile(tmp_path / "order.zip") as bundle:
        bundle.extract("verifier.py", tmp_path)
    check = [sys.executable, "-I", "verifier.py", "order.zip", "--key", key]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"of the order {number} are complete" in done.stdout
