"""Awaits in an event loop what the command bus gives from its thread."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future

from oms_core.runtime.request import Outcome

Waiter = asyncio.Future[Outcome]


class Awaiting:
    """Commands that were committed together wake the loop once. Belongs to one loop.

    Whoever stops waiting does not stop what is queued.
    """

    def __init__(self) -> None:
        self._done: deque[tuple[Waiter, Future[Outcome]]] = deque()
        self._called = False

    async def outcome(self, asked: Future[Outcome]) -> Outcome:
        """Wait for an outcome; raises what it raises."""
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()

        def put(done: Future[Outcome]) -> None:
            self._done.append((waiter, done))
            if not self._called and not loop.is_closed():
                self._called = True
                loop.call_soon_threadsafe(self._give)

        asked.add_done_callback(put)
        return await waiter

    def _give(self) -> None:
        self._called = False  # before the last look: what is put from here on calls again
        while self._done:
            waiter, done = self._done.popleft()
            if waiter.done():
                continue
            if (error := done.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())
