"""Subscriptions as server-sent events, in the "distinct connections mode" of graphql-sse.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md and, for the format,
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from oms_api.asking import NotAllowed
from oms_api.graphql_http import Answered, Asked, accepts_events, refused
from oms_api.live.ending import end
from oms_api.live.seats import NoRoom, Seats
from oms_api.live.subscriber import Message, Subscriber

KEEP_ALIVE = 15.0
"""Seconds without a message after which a comment shows proxies that the connection is alive."""

_COMPLETE = b"event: complete\ndata:\n\n"
_ALIVE = b":\n\n"
_LEAVING = b": The server stops. Ask again, with the last id as `Last-Event-ID`.\n\n"


def event(body: bytes, position: int | None = None) -> bytes:
    """Write a message; its id is what a client sends as `Last-Event-ID` to go on."""
    id = b"" if position is None else b"id: %d\n" % position
    return b"event: next\n%sdata: %s\n\n" % (id, body)


async def streamed(
    accept: str | None, asked: Asked, subscriber: Subscriber, seats: Seats
) -> AsyncIterator[bytes] | None:
    """Write a stream, if one is wanted: None for what is to be answered with JSON."""
    if accepts_events(accept, first=False) and await subscriber.subscribes(asked):
        return _subscription(asked, subscriber, seats)
    if accepts_events(accept, first=True):
        return _once(await subscriber.answer(asked))
    return None


async def _once(answered: Answered) -> AsyncIterator[bytes]:
    yield event(answered.body) + _COMPLETE


async def _subscription(asked: Asked, subscriber: Subscriber, seats: Seats) -> AsyncIterator[bytes]:
    """Write a subscription.

    When the server stops, it ends without `complete`: the client knows that there is more.
    """
    try:
        with seats.connection(), seats.subscription():
            async with aclosing(subscriber.messages(asked)) as messages:
                async for part in _parts(messages, seats.closing):
                    yield part
            if seats.closing.is_set():
                return
    except NotAllowed as error:
        yield event(error.answered().body)
    except NoRoom as error:
        yield event(refused(error.CODE, error.message, 503).body)
    yield _COMPLETE


async def _parts(messages: AsyncGenerator[Message], closing: asyncio.Event) -> AsyncIterator[bytes]:
    yield _ALIVE  # the headers are sent with the first part
    closed = asyncio.ensure_future(closing.wait())
    coming: asyncio.Future[Message] = asyncio.ensure_future(anext(messages))
    try:
        while True:
            either: set[asyncio.Future[Any]] = {coming, closed}
            await asyncio.wait(either, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
            if closed.done():
                yield _LEAVING
                return
            if not coming.done():
                yield _ALIVE
                continue
            message = await coming
            yield event(message.body, message.position)
            if message.position is None:
                return
            coming = asyncio.ensure_future(anext(messages))
    finally:
        await end(closed, coming)
