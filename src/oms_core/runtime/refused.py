"""What processes, timers and providers were refused: recorded where people can see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from oms_core.payments.provider import News

REFUSED = """
SELECT process, command, code, message, refused_at, topic || ' of ' || stream_id AS about
FROM oms.refused_steps LEFT JOIN oms.events USING (position)
UNION ALL
SELECT 'payments:' || provider, 'ReportPaymentEvent', code, message, refused_at,
       kind || ' of ' || reference || ', event ' || event_id
FROM oms.refused_news
ORDER BY refused_at DESC LIMIT %s
"""
"""The latest first; takes how many."""


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """One refusal. `about` tells which event asked for the command, or which news it was."""

    process: str
    command: str
    code: str
    message: str
    refused_at: datetime
    about: str | None


def refused(conn: psycopg.Connection[Any], limit: int) -> list[RefusedStep]:
    """Tell what was refused, the latest first."""
    return [RefusedStep(*row) for row in conn.execute(REFUSED, (limit,)).fetchall()]


def record_news(
    conn: psycopg.Connection[Any], provider: str, news: News, code: str, message: str
) -> None:
    """Record that a provider's news was refused, and why; it may be told again."""
    conn.execute(
        "INSERT INTO oms.refused_news (provider, reference, event_id, kind, code, message)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (provider, event_id, reference) DO UPDATE"
        " SET code = excluded.code, message = excluded.message,"
        " refused_at = excluded.refused_at",
        (provider, news.reference, news.report.event_id, news.report.kind, code, message),
    )


def take_news_back(conn: psycopg.Connection[Any], provider: str, news: News) -> None:
    """Note that a provider's news was taken after all."""
    conn.execute(
        "DELETE FROM oms.refused_news WHERE provider = %s AND event_id = %s AND reference = %s",
        (provider, news.report.event_id, news.reference),
    )
