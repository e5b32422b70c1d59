"""Work for a client ends when the client has gone, whatever it does at that instant."""

from __future__ import annotations

import asyncio

import pytest

from oms_api.live import ending


async def _deaf(times: int, heard: list[str]) -> None:
    """Forget so many cancellations, as `asyncio.wait_for` may."""
    for _ in range(times):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append("cancelled")
    await asyncio.sleep(60)


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_forgotten_cancellation_is_said_again(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.01)
    heard: list[str] = []

    async def run() -> bool:
        task = asyncio.create_task(_deaf(times, heard))
        over = asyncio.create_task(asyncio.sleep(0))
        await asyncio.sleep(0.01)
        await ending.end(task, over)
        return task.cancelled() and over.done()

    assert asyncio.run(run())
    assert len(heard) == times
