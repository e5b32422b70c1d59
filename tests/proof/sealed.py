"""Sealing all there is, for tests that go on from there."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.sealing import Sealer, SignedRoot

PATIENCE = 20.0


def all_sealed(conn: psycopg.Connection[Any], keys: KeyFolder) -> SignedRoot:
    """Seal what is recorded by now: it is final once no older transaction runs on the server."""
    [(last,)] = conn.execute("SELECT max(position) FROM oms.events").fetchall()
    until = time.monotonic() + PATIENCE
    while (root := Sealer(conn, keys).seal_all()) is None or root.position < last:
        assert time.monotonic() < until, "an older transaction does not end"
        time.sleep(0.01)
    return root
