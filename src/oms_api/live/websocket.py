"""GraphQL over WebSocket by the protocol graphql-transport-ws, for any operation.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from litestar import WebSocket
from litestar.datastructures import State
from litestar.exceptions import WebSocketDisconnect

from oms_api.asking import NotAllowed
from oms_api.failures import reported
from oms_api.gateway import new_id
from oms_api.graphql_http import Asked, BadRequest, asked_of, refuse_nul, refused
from oms_api.live.ending import end
from oms_api.live.seats import NoRoom, Seats
from oms_api.live.subscriber import Subscriber

log = structlog.get_logger(__name__)

PROTOCOL = "graphql-transport-ws"
LARGEST_MESSAGE = 1_000_000
PING_SECONDS = 20.0
LONGEST_REASON = 123
"""Bytes (RFC 6455, 5.5.1)."""

SEND_SECONDS = 60.0
"""What a client may take to read a message; one that does not read is cut off, and may resume."""

SubscriberOf = Callable[[str], Awaitable[Subscriber]]
"""Makes the subscriber of an `Authorization`. Raises `NotAllowed`."""


class Over(Exception):
    """The connection is to be closed, with a code of the protocol or of RFC 6455."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


LEAVING = 1012, "The server restarts. Subscribe again `after` your last position."


class Conversation:
    """One connection, from its acceptance to its end."""

    def __init__(
        self, socket: WebSocket[Any, Any, State], subscriber_of: SubscriberOf, seats: Seats
    ) -> None:
        self._socket = socket
        self._subscriber_of = subscriber_of
        self._seats = seats
        self._writing = asyncio.Lock()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._subscriber: Subscriber | None = None
        self._heard = time.monotonic()
        self._over: asyncio.Future[Over] = asyncio.get_running_loop().create_future()

    async def hold(self) -> None:
        """Serve the client until either side ends it."""
        wanted = PROTOCOL in self._socket.scope["subprotocols"]
        await self._socket.accept(PROTOCOL if wanted else None)
        try:
            with self._seats.connection():
                over = await self._until_over() if wanted else Over(4406, f"Speak {PROTOCOL}.")
                await self._close(over)
        except NoRoom as error:
            await self._close(Over(1013, error.message))

    async def _close(self, over: Over) -> None:
        with contextlib.suppress(Exception):  # the client may be gone
            await self._socket.close(over.code, _fitting(str(over)))

    async def _until_over(self) -> Over:
        tasks = [
            asyncio.create_task(self._guarded(task))
            for task in (self._listen(), self._leave(), self._keep_alive())
        ]
        try:
            return await self._over
        finally:
            await end(*tasks, *self._running.values())

    async def _guarded(self, work: Awaitable[None]) -> None:
        """Do something that may end the connection."""
        try:
            await work
        except Over as over:
            self._end(over)
        except NotAllowed as error:
            self._end(Over(1013 if error.status == 503 else 4403, str(error)))
        except WebSocketDisconnect:
            self._end(Over(1000, ""))
        except Exception:
            log.exception("unexpected")
            self._end(Over(1011, "Internal error."))

    def _end(self, over: Over) -> None:
        if not self._over.done():
            self._over.set_result(over)

    async def _leave(self) -> None:
        await self._seats.closing.wait()
        raise Over(*LEAVING)

    async def _keep_alive(self) -> None:
        """End a connection without client: nobody who lives leaves two pings without answer."""
        await asyncio.sleep(self._seats.settings.init_seconds)
        if self._subscriber is None:
            raise Over(4408, "Connection initialisation timeout")
        while time.monotonic() - self._heard < 2 * PING_SECONDS:
            await self._send({"type": "ping"})
            await asyncio.sleep(PING_SECONDS)
        raise Over(1001, "No answer to a ping.")

    async def _listen(self) -> None:
        while True:
            text = await self._socket.receive_data("text")
            self._heard = time.monotonic()
            await self._take(_read(text), text)

    async def _take(self, message: dict[str, Any], text: str) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._begin(message.get("payload") or {})
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(id), "payload": dict(payload)} if id:
                self._subscribe(id, payload, text)
            case {"type": "complete", "id": str(id)}:
                if (task := self._running.pop(id, None)) is not None:
                    task.cancel()
            case _:
                raise Over(4400, "This is no message of the protocol.")

    async def _begin(self, payload: object) -> None:
        """Take the token from the payload, where browsers can put it, or from the handshake."""
        if self._subscriber is not None:
            raise Over(4429, "Too many initialisation requests")
        given = payload if isinstance(payload, dict) else {}
        found = {str(name).lower(): value for name, value in given.items()}.get("authorization")
        authorization = self._socket.headers.get("authorization", "") if found is None else found
        self._subscriber = await self._subscriber_of(str(authorization))
        await self._send({"type": "connection_ack"})

    def _subscribe(self, id: str, payload: dict[str, Any], text: str) -> None:
        if self._subscriber is None:
            raise Over(4401, "Unauthorized")
        if id in self._running:
            raise Over(4409, f"Subscriber for {id[:60]} already exists")
        work = self._operate(id, payload, text, self._subscriber)
        self._running[id] = asyncio.create_task(self._guarded(work))

    async def _operate(
        self, id: str, payload: dict[str, Any], text: str, subscriber: Subscriber
    ) -> None:
        """Answer one operation, to its end."""
        try:
            with self._seats.subscription(len(self._running) - 1):
                refuse_nul(text.encode())
                await self._execute(id, asked_of(payload), subscriber)
        except (NotAllowed, Over, WebSocketDisconnect):
            raise
        except BadRequest as error:
            await self._refuse(id, "BAD_REQUEST", str(error))
        except NoRoom as error:
            await self._refuse(id, error.CODE, error.message)
        except Exception as error:  # noqa: BLE001 - logged, and told of
            failed = GraphQLError(str(error), original_error=error)
            await self._tell(id, orjson.dumps({"errors": [reported(failed, new_id())]}), last=True)
        if self._running.pop(id, None) is not None:
            await self._send({"id": id, "type": "complete"})

    async def _execute(self, id: str, asked: Asked, subscriber: Subscriber) -> None:
        if not await subscriber.subscribes(asked):
            answered = await subscriber.answer(asked)
            await self._tell(id, answered.body, last=answered.cost is None)
            return
        async with aclosing(subscriber.messages(asked)) as messages:
            async for message in messages:
                await self._tell(id, message.body, last=message.position is None)

    async def _refuse(self, id: str, code: str, message: str) -> None:
        await self._tell(id, refused(code, message, 400).body, last=True)

    async def _tell(self, id: str, body: bytes, *, last: bool) -> None:
        """Send a response. One without data is an `error`, after which there is no `complete`."""
        if last:
            self._running.pop(id, None)
            payload = orjson.loads(body)["errors"]
            await self._send({"id": id, "type": "error", "payload": payload})
        else:
            await self._send({"id": id, "type": "next", "payload": orjson.Fragment(body)})

    async def _send(self, message: dict[str, Any]) -> None:
        """Send a message. It waits until the client has taken enough of those before."""
        async with self._writing:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._socket.send_data(orjson.dumps(message).decode())
            except TimeoutError:
                raise Over(1013, "The client does not read.") from None


def _fitting(reason: str) -> str:
    """Cut a reason to the length that a close frame has room for."""
    return reason.encode()[:LONGEST_REASON].decode(errors="ignore")


def _read(text: str) -> dict[str, Any]:
    if len(text) > LARGEST_MESSAGE:
        raise Over(4400, f"A message may have at most {LARGEST_MESSAGE:,} characters.")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Over(4400, "A message is a JSON object.")
    return found
