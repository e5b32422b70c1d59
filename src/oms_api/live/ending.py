"""Ends what works for a client who has gone."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 2.0
"""Seconds that a task has for tidying up before it is told again."""


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and wait until they have ended.

    Before Python 3.12 `asyncio.wait_for`, with which psycopg waits, forgets a cancellation that
    comes at the instant of its result (https://github.com/python/cpython/issues/86296): it is said
    again.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
