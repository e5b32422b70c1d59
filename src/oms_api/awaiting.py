"""Awaits in an event loop what the command bus tells from its thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from functools import partial

from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.request import Outcome, Request

Waiter = asyncio.Future[Outcome]


class Awaiting:
    """Commands that were committed together wake the loop once. Belongs to one loop.

    Whoever stops waiting does not stop what is queued.
    """

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus
        self._done: deque[tuple[Waiter, Outcome | Exception]] = deque()
        self._called = False

    async def outcome(self, request: Request) -> Outcome:
        """Have a request carried out, and wait for its outcome; raises why there is none."""
        loop = asyncio.get_running_loop()
        waiter: Waiter = loop.create_future()
        self._bus.ask(request, partial(self._put, loop, waiter))
        try:
            return await waiter
        finally:
            del waiter  # what is raised has this frame, which must not have what is raised

    def _put(
        self, loop: asyncio.AbstractEventLoop, waiter: Waiter, answer: Outcome | Exception
    ) -> None:
        self._done.append((waiter, answer))
        if not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(self._give)

    def _give(self) -> None:
        self._called = False  # before the last look: what is put from here on calls again
        while self._done:
            waiter, answer = self._done.popleft()
            if waiter.done():
                continue
            if isinstance(answer, Outcome):
                waiter.set_result(answer)
            else:
                waiter.set_exception(answer)
