"""Events that are sealed with a key on purpose that no program of today would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.domain.expected_events import EVENTS
from tests.runtime.shop import NOW

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Purpose
from oms_core.orders.events import HoldPlaced
from oms_core.runtime.appending import APPEND, EventRow, columns
from oms_core.runtime.mapper import SYSTEM, draft_of
from oms_core.runtime.privacy.custody import custodian
from oms_core.runtime.privacy.sealing import DataKey

Conn = psycopg.Connection[Any]
[HELD, *_] = [event for event in EVENTS if isinstance(event, HoldPlaced)]


def a_key(conn: Conn, subject: str, purpose: Purpose = Purpose.SERVICE, year: int = 0) -> DataKey:
    """Give a new key of a person, beside a destroyed one if they have one."""
    conn.execute(
        "UPDATE oms.subject_keys SET wrapped = NULL, master = NULL, destroyed_at = now()"
        " WHERE (subject, purpose, year) = (%s, %s, %s) AND wrapped IS NOT NULL",
        (subject, purpose, year),
    )
    id, key, keeper = uuid4(), AESGCM.generate_key(256), custodian()
    master = keeper.current
    conn.execute(
        "INSERT INTO oms.subject_keys (id, subject, purpose, year, master, wrapped)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (id, subject, purpose, year, master, keeper.wrap(master, key)),
    )
    return DataKey(str(id), AESGCM(key))


def write(
    conn: Conn, stream: UUID, version: int, event: Event, keys: Mapping[Purpose, DataKey]
) -> int:
    """Append an event, sealed with these keys, whoever's they are; gives its position."""
    row = EventRow(stream, version, event.TOPIC, draft_of(event).sealed(keys), NOW, SYSTEM)
    [position] = conn.execute(APPEND, columns([row])).fetchone() or ()
    return int(position)


def version_of(conn: Conn, stream: UUID) -> int:
    query = "SELECT count(*) FROM oms.events WHERE stream_id = %s"
    [count] = conn.execute(query, (stream,)).fetchone() or ()
    return int(count)
