"""A history that moves shows of persons elsewhere what it shows here, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.projections.conftest import following, project_all
from tests.projections.test_persons import cancelled, erase
from tests.runtime.shop import execute, order
from tests.runtime.test_personal_data import ADA, HOME, now

from oms_core.kernel.personal import ERASED
from oms_core.orders.placing import Customer
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.proof import files
from oms_core.runtime.proof.replaying import replay

Conn = psycopg.Connection[Any]
BOB = Customer(reference="C-8", name="Charles Babbage", email="bob@engine.example")


def nothing(done: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture
def orders(conn: Conn, database_url: str) -> Iterator[tuple[UUID, UUID, datetime]]:
    """Give an order of somebody who was erased, one of somebody else, and a moment between."""
    with CommandBus(database_url) as bus:
        ada = cancelled(bus)
        about = {"customer": BOB, "shipping_address": HOME}
        bob = execute(bus, order("2", ("A", 1)).model_copy(update=about)).stream_id
        project_all(conn, following(conn))
        [before] = conn.execute("SELECT max(recorded_at) FROM oms.events").fetchone() or ()
        erase(bus, conn)
        yield ada, bob, before


def names(conn: Conn, *ids: UUID) -> list[str | None]:
    return [now(conn, id).view().customer.name for id in ids]


@pytest.mark.parametrize("persons", [True, False])
def test_as_a_file(
    orders: tuple[UUID, UUID, datetime], owner: Conn, target: Conn, tmp_path: Path, persons: bool
) -> None:
    ada, bob, _ = orders
    file = tmp_path / "history.zst"
    files.export(owner, file, nothing, persons=persons)
    files.take_in(target, file, nothing)
    assert names(target, ada, bob) == [ERASED, BOB.name if persons else ERASED]
    assert names(owner, ada, bob) == [ERASED, BOB.name]
    held = "SELECT subject, reason, actor, orders, erased_at FROM oms.erasures"
    assert target.execute(held).fetchall() == owner.execute(held).fetchall()


def test_as_of_a_moment_before_they_were_erased(
    orders: tuple[UUID, UUID, datetime], owner: Conn, target: Conn
) -> None:
    ada, bob, before = orders
    replay(owner, target, before, nothing)
    assert names(target, ada, bob) == [ERASED, BOB.name]
    assert ADA.name not in str(target.execute("SELECT * FROM oms.events").fetchall())
    assert before < datetime.now(UTC)
