"""One client with a connection that stays open: what it asks, message by message.

Before each message, and every few seconds without one, it is asked anew whether the client may
still read: a token that has expired, or was revoked, ends the subscription.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, cast
from uuid import UUID

import orjson
from graphql import ExecutionResult, GraphQLError, OperationType, create_source_event_stream
from litestar.datastructures import State

from oms_api import asking, metrics
from oms_api.asking import NotAllowed
from oms_api.budget import OverBudget, ThrottleStatus
from oms_api.context import Context
from oms_api.executing import TOO_LONG, Executing, NotExecuted
from oms_api.failures import reported
from oms_api.gateway import new_id
from oms_api.graphql_http import JSON, Answered, Asked, BadRequest, refused
from oms_api.live.ending import end
from oms_api.live.noting import Line, Noting
from oms_api.plain_fields import PlainFields, TooManyObjects
from oms_api.rights.needs import Needs
from oms_api.rights.principal import Principal
from oms_api.rights.reach import begin
from oms_api.scalars import Position
from oms_core.runtime.privacy.looking import looking

MayStillRead = Callable[[], Awaitable[Principal]]
"""Tells who somebody is. Raises `asking.NotAllowed` once they may not read any more."""


@dataclass(frozen=True, slots=True)
class Message:
    """A GraphQL response as JSON, and the place in the log that it tells of.

    The last one may tell only of `errors`, if the subscription could not begin or go on.
    """

    body: bytes
    position: int | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    """A subscription that has begun."""

    asked: Asked
    correlation_id: UUID
    executor: PlainFields
    needs: Needs
    cost: int

    @property
    def name(self) -> str | None:
        name = self.executor.operation.name
        return None if name is None else name.value


class Subscriber:
    """Executes what one client asks for."""

    def __init__(
        self,
        state: State,
        may_still_read: MayStillRead,
        noting: Noting,
        last_seen: Position | None = None,
    ) -> None:
        self._state = state
        self._noting = noting
        self._may_still_read = may_still_read
        self._last_seen = last_seen
        self._executing: Executing = state.executing

    async def subscribes(self, asked: Asked) -> bool:
        """Tell whether what is asked is a subscription. Raises `NotAllowed`."""
        who = await self._may_still_read()
        return self._executing.subscribes(asked, public=who.is_public)

    async def answer(self, asked: Asked) -> Answered:
        """Execute a query or a mutation. Raises `NotAllowed`."""
        begun = time.perf_counter()
        who = await self._may_still_read()
        context = asking.context(self._state, who, new_id())
        try:
            answered = await asking.answer(self._state, who, asked, JSON, context)
        except BadRequest as error:
            answered = refused("BAD_REQUEST", str(error), error.status)
        self._noting.answered(answered, begun, who.kind, context.correlation_id)
        return answered

    async def messages(self, asked: Asked) -> AsyncGenerator[Message]:
        """Execute a subscription. Raises `NotAllowed`, before the first message or a later one."""
        with self._noting.subscription(new_id()) as line:
            async with aclosing(self._messages(asked, line)) as messages:
                async for message in messages:
                    line.told(message.body, last=message.position is None)
                    yield message

    async def _messages(self, asked: Asked, line: Line) -> AsyncGenerator[Message]:
        who = await self._may_still_read()
        line.role, correlation_id = who.kind, line.correlation_id
        context = self._context(who, correlation_id)
        try:
            executor, cost, left = await self._executing.admitted(asked, context, who.is_public)
        except NotExecuted as error:
            yield Message(error.answered(JSON).body)
            return
        except OverBudget as error:
            yield Message(self._executing.throttled(error, JSON).body)
            return
        needs = self._executing.needs(asked, public=who.is_public)
        running = _Running(asked, correlation_id, executor, needs, cost)
        line.operation, line.cost = running.name, cost
        found: Any = create_source_event_stream(executor)
        source = await found if isawaitable(found) else found
        if isinstance(source, ExecutionResult):
            yield _ended(running, *source.errors or ())
            return
        async with aclosing(cast("AsyncGenerator[Any]", source)):
            while True:
                message = await self._next(running, source, left)
                yield message
                if message.position is None:
                    return
                left = await self._executing.afforded(context, cost)

    def _context(self, who: Principal, correlation_id: UUID) -> Context:
        state = self._state
        pool, last_seen = state.live_pool, self._last_seen
        return asking.context(state, who, correlation_id, pool=pool, last_seen=last_seen)

    async def _next(
        self, running: _Running, source: AsyncIterator[Any], left: ThrottleStatus | None
    ) -> Message:
        """Wait for news, and show it to whoever it is who still may see it."""
        who = await self._may_still_read()
        with looking() as shown:
            begin(who.reach)  # each message may be awaited by a task of its own
            try:
                news = await self._news(running, source)
            except NotAllowed:
                raise
            except Exception as error:  # noqa: BLE001 - told of, and the end
                return _ended(running, GraphQLError(str(error), original_error=error))
            who = await self._may_still_read()
            begin(who.reach)
            if lacking := running.needs.refused(who, running.asked.variables):
                return _ended(running, *lacking)
            context = self._context(who, running.correlation_id)
            try:
                done = await self._shown(running, news, context)
            except TimeoutError:
                return Message(self._executing.late(OperationType.SUBSCRIPTION, JSON).body)
            except TooManyObjects:
                return Message(TOO_LONG.answered(JSON).body)
        await asking.note_whose(self._state, who, running.asked, shown, running.correlation_id)
        metrics.told(running.name)
        result = self._executing.result(done, context, running.cost, left)
        result["extensions"]["position"] = str(news.position)
        return Message(orjson.dumps(result), news.position)

    async def _news(self, running: _Running, source: AsyncIterator[Any]) -> Any:
        """Wait for news, and look now and then whether they may still be told."""
        patience = self._state.seats.settings.rights_seconds
        coming = asyncio.ensure_future(anext(source))
        try:
            while not (await asyncio.wait({coming}, timeout=patience))[0]:
                who = await self._may_still_read()
                if lacking := running.needs.refused(who, running.asked.variables):
                    raise lacking[0]
            return coming.result()
        finally:
            await end(coming)

    async def _shown(self, running: _Running, news: Any, context: Context) -> ExecutionResult:
        """Execute the operation for what one message tells of."""
        executor = cast("PlainFields", running.executor.build_per_event_executor(news))
        context.levels.turns = executor.context_value.levels.turns
        executor.context_value = context  # with loaders of its own
        async with asyncio.timeout(self._executing.request_seconds):
            found: Any = executor.execute_operation()
            done: ExecutionResult = await found if isawaitable(found) else found
        if executor.is_too_long:
            raise TooManyObjects
        return done


def _ended(running: _Running, *errors: GraphQLError) -> Message:
    shown = [reported(error, running.correlation_id) for error in errors]
    return Message(orjson.dumps({"errors": shown}))
