"""The keys of persons as a page of the log needs them, asked for at once.

They live no longer than the page takes to be decoded: nobody has a key that was destroyed since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import psycopg

from oms_core.runtime.arrays import texts

WrappedKeys = Mapping[str, tuple[str, str, bytes]]
"""By what events call them: a key's purpose, the name of a master key, and what that wrapped."""

_ASK = """
SELECT id::text, purpose, master, wrapped FROM oms.subject_keys
WHERE id = ANY (%s::text[]::uuid[])
  AND wrapped IS NOT NULL AND (held_until IS NULL OR held_until > current_date)
"""


def keys_there(conn: psycopg.Connection[Any], ids: Collection[str]) -> WrappedKeys:
    """Ask for those of these keys that are not destroyed."""
    if not ids:
        return {}
    rows = conn.execute(_ASK, (texts(list(ids)),), prepare=True).fetchall()
    return {id: (purpose, master, wrapped) for id, purpose, master, wrapped in rows}
