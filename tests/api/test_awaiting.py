"""What the command bus tells from its thread reaches whoever waits in the event loop."""

from __future__ import annotations

import asyncio
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from tests.runtime.shop import order, request

from oms_api import asking
from oms_api.awaiting import Awaiting
from oms_api.sources import ReadTables
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.command_bus import Answered, CommandBus, Overloaded
from oms_core.runtime.request import Outcome

REQUEST: Any = "what is asked for"
DONE = Outcome(UUID(int=1), 1, 7, "what it shows")


class Bus:
    """Keeps what it is asked for until it is told to answer."""

    def __init__(self) -> None:
        self.asked: list[Answered] = []

    def ask(self, _: object, answered: Answered) -> None:
        self.asked.append(answered)


@pytest.fixture
def bus() -> Any:
    return Bus()


def test_each_gets_its_own_answer_and_the_loop_is_woken_once(bus: Any) -> None:
    async def check() -> list[Any]:
        awaiting, woken = Awaiting(bus), 0
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def counting(*given: Any) -> Any:
            nonlocal woken
            woken += 1
            return wake(*given)

        loop.call_soon_threadsafe = counting  # type: ignore[method-assign]
        tasks = [asyncio.create_task(awaiting.outcome(REQUEST)) for _ in range(4)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        for answered, answer in zip(bus.asked, (DONE, Overloaded(), DONE, DONE), strict=True):
            answered(answer)
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert woken == 1
        return found

    first, second, third, fourth = asyncio.run(check())
    assert first is fourth is DONE
    assert isinstance(second, Overloaded)
    assert isinstance(third, asyncio.CancelledError)


def test_a_loop_that_is_gone_does_not_stop_the_bus(bus: Any) -> None:
    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Awaiting(bus).outcome(REQUEST), 0.01)

    asyncio.run(give_up())
    with ThreadPoolExecutor(1) as thread:
        thread.submit(bus.asked[0], DONE).result(20)


def test_what_an_outcome_shows_is_not_written_into_logs() -> None:
    assert "shows" not in repr(DONE)


def test_a_refusal_goes_when_it_is_answered(database_url: str) -> None:
    """And not only when garbage is looked for."""
    gone: list[weakref.ref[Exception]] = []

    async def refused(awaiting: Awaiting) -> None:
        try:
            await awaiting.outcome(request(order("1", ("NO-SUCH-PRODUCT", 1))))
        except Refusal as refusal:
            gone.append(weakref.ref(refusal))

    async def check(awaiting: Awaiting) -> None:
        await refused(awaiting)
        await refused(awaiting)  # until then the bus has the group that it came in

    gc.disable()
    try:
        with CommandBus(database_url) as bus:
            asyncio.run(check(Awaiting(bus)))
            assert gone[0]() is None
    finally:
        gc.enable()


def test_what_a_request_loaded_goes_when_it_is_answered() -> None:
    pool: Any = None

    class Executing:
        async def answer(self, asked: Any, context: Any, *_: Any, **__: Any) -> None:
            assert context.tables._orders is not None

        def is_personal(self, *_: Any, **__: Any) -> bool:
            return False

    async def check() -> None:
        state: Any = SimpleNamespace(executing=Executing(), accesses=None)
        context: Any = SimpleNamespace(tables=ReadTables(pool), correlation_id=None)
        tables = weakref.ref(context.tables)
        who: Any = SimpleNamespace(is_public=True)
        await asking.answer(state, who, REQUEST, "query", context)
        del context
        assert tables() is None

    gc.disable()
    try:
        asyncio.run(check())
    finally:
        gc.enable()
