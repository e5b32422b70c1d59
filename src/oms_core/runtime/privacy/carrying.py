"""What a history needs elsewhere so that it shows of persons what it shows here, and no more.

Keys stay wrapped: who is to read what they open needs the file with the master keys as well. Who
was erased here is erased there, also in a copy as of a moment before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, LiteralString

import orjson
import psycopg

KEYS = "subject_keys"

_HELD: dict[str, LiteralString] = {
    KEYS: "SELECT row_to_json(one)::text FROM oms.subject_keys AS one ORDER BY created_at, id",
    "erased_streams": "SELECT row_to_json(one)::text FROM oms.erased_streams AS one ORDER BY 1",
    "erasures": "SELECT row_to_json(one)::text FROM oms.erasures AS one ORDER BY number",
    "plain_text": "SELECT row_to_json(one)::text FROM oms.plain_text AS one",
}

_TAKE: dict[str, LiteralString] = {
    KEYS: """
INSERT INTO oms.subject_keys SELECT * FROM json_populate_recordset(NULL::oms.subject_keys, %s::json)
ON CONFLICT DO NOTHING
""",
    "erased_streams": """
INSERT INTO oms.erased_streams
SELECT * FROM json_populate_recordset(NULL::oms.erased_streams, %s::json)
ON CONFLICT (stream_id) DO UPDATE SET held_until = excluded.held_until
""",
    "erasures": """
INSERT INTO oms.erasures (subject, reason, actor, orders, held_until, erased_at)
SELECT subject, reason, actor, orders, held_until, erased_at
FROM json_populate_recordset(NULL::oms.erasures, %s::json) AS new
WHERE NOT EXISTS (SELECT FROM oms.erasures AS there
                  WHERE (there.subject, there.erased_at) = (new.subject, new.erased_at))
ORDER BY number
""",
    "plain_text": """
UPDATE oms.plain_text SET until = greatest(plain_text.until, given.until)
FROM json_populate_recordset(NULL::oms.plain_text, %s::json) AS given
""",
}

Row = tuple[str, Any]
"""The name of a table, and a row of it as JSON has it."""


def held(conn: psycopg.Connection[Any], *, keys: bool = True) -> Iterator[Row]:
    """Give what is to be carried; without `keys`, whatever is sealed reads `[erased]` there."""
    for table, query in _HELD.items():
        if keys or table != KEYS:
            for (row,) in conn.execute(query).fetchall():
                yield table, orjson.loads(row)


def take_in(conn: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
    """Take it in, after the events; what is there already stays as it is."""
    tables: dict[str, list[Any]] = defaultdict(list)
    for table, row in rows:
        tables[table].append(row)
    for table, found in tables.items():
        conn.execute(_TAKE[table], (orjson.dumps(found).decode(),))
