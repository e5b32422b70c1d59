"""The HTTP side: one GraphQL endpoint, its console, and the health checks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import structlog
from litestar import Litestar, MediaType, Request, Response, WebSocket, get, route, websocket
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Stream

from oms_api import asking, console, graphiql, health, metrics
from oms_api.access_log import AccessLog
from oms_api.asking import NotAllowed, authenticated
from oms_api.authentication import Authentication
from oms_api.budget import BudgetSettings, budget
from oms_api.edge import Edge, logged, usable_id
from oms_api.executing import Executing
from oms_api.gateway import Gateway, new_id
from oms_api.graphql_http import (
    EVENTS,
    JSON,
    Answered,
    Asked,
    BadRequest,
    asked_by_get,
    asked_by_post,
    media_type,
    refused,
)
from oms_api.key_ring import KeyRing
from oms_api.limits import Limits
from oms_api.live import events
from oms_api.live.noting import Noting, Transport
from oms_api.live.seats import LiveSettings, Seats
from oms_api.live.subscriber import Subscriber
from oms_api.live.websocket import Conversation
from oms_api.pools import WorkerPool, async_pool, live_pool
from oms_api.rights.needs import forbidden
from oms_api.rights.principal import Principal
from oms_api.rights.right import Right
from oms_api.scalars import Position
from oms_api.schema import SCHEMA
from oms_api.tracking_secrets import Tracking
from oms_core.runtime import tracing
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.proof.keys import KeyFolder
from oms_projections import engine
from oms_projections.log_tail import LogTail
from oms_projections.waiting import PositionWatch

log = structlog.get_logger(__name__)

LARGEST_BODY = 10_000_000
Asking = Request[Any, Any, State]


def create_app(
    database_url: str,
    keys: KeyFolder,
    limits: Limits,
    edge: Edge,
    *,
    budgets: BudgetSettings,
    authentication: Authentication,
    tracking: Tracking,
) -> Litestar:
    """Make the application of one worker process on a migrated database."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        watch, tail = PositionWatch(database_url), LogTail(database_url)
        await watch.start()
        await tail.start()
        try:
            async with async_pool(database_url) as pool, live_pool(database_url) as of_subscribers:
                with CommandBus(database_url) as bus:
                    app.state.pool, app.state.live_pool = pool, of_subscribers
                    app.state.watch, app.state.tail = watch, tail
                    app.state.seats = Seats(LiveSettings())
                    app.state.gateway = Gateway(bus, pool)
                    app.state.accesses = AccessLog(pool)
                    each = budget(budgets, limits.most_cost, pool)
                    app.state.executing = Executing(SCHEMA, limits, each)
                    authentication.api_keys = KeyRing(pool)
                    app.state.authentication, app.state.key_folder = authentication, keys
                    app.state.edge, app.state.tracking = edge, tracking
                    yield
        finally:
            await tail.close()
            await watch.close()

    return Litestar(
        [
            graphql,
            graphql_over_websocket,
            start,
            console.script,
            console.style,
            graphiql.page,
            graphiql.part,
            health.live,
            health.ready,
            figures,
        ],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=LARGEST_BODY,
        cors_config=edge.cors(),
        before_send=[edge.add_headers],
        exception_handlers={HTTPException: _http_error, Exception: _fault},
    )


@get("/", sync_to_thread=False)
def start() -> Redirect:
    """Lead a browser to the console."""
    return Redirect("/graphql")


@route("/graphql", http_method=["GET", "POST"], status_code=200)
async def graphql(request: Asking) -> Response[Any]:
    """Answer one GraphQL request, or show the console to a browser."""
    if request.method == "GET" and console.wanted(request):
        return console.page()
    begun = time.perf_counter()
    correlation_id = _correlation_id(request)
    tracing.note(**{tracing.CORRELATION: correlation_id})
    role: str | None = None
    try:
        who = await authenticated(_authorization(request), request.app.state)
        role = who.kind
        asked = await _asked(request)
        accept = request.headers.get("accept")
        seats = request.app.state.seats
        parts = await events.streamed(accept, asked, _subscriber(request), seats)
        if parts is not None:
            return Stream(parts, media_type=EVENTS, headers=_ids(request, correlation_id))
        answered = await _answer(request, who, asked, correlation_id)
    except BadRequest as error:
        answered = refused("BAD_REQUEST", str(error), error.status, JSON, error.headers)
    except NotAllowed as error:
        answered = error.answered()
    seconds = time.perf_counter() - begun
    metrics.answered(answered.operation, answered.status, seconds, answered.cost, answered.codes)
    ids = _ids(request, correlation_id)
    if request.app.state.edge.access_log:
        logged(
            answered,
            seconds,
            role=role,
            correlation_id=ids["X-Correlation-Id"],
            request_id=ids["X-Request-Id"],
        )
    return Response(
        answered.body,
        status_code=answered.status,
        media_type=f"{answered.media_type}; charset=utf-8",
        headers=answered.headers | ids,
    )


@websocket("/graphql")
async def graphql_over_websocket(socket: WebSocket[Any, Any, State]) -> None:
    """Speak graphql-transport-ws with a client until one of both ends it."""
    state = socket.app.state
    if not state.edge.may_connect(socket.headers.get("origin"), socket.headers.get("host")):
        await socket.close(4403, "Pages of this origin may not connect.")
        return

    async def subscriber_of(authorization: str) -> Subscriber:
        may_still_read = partial(authenticated, authorization, state)
        await may_still_read()
        given = socket.headers.get("x-request-id")
        noting = Noting(state.edge.access_log, Transport.WEBSOCKET, usable_id(given))
        return Subscriber(state, may_still_read, noting)

    await Conversation(socket, subscriber_of, state.seats).hold()


@get("/metrics")
async def figures(request: Asking) -> Response[bytes]:
    """Give the figures that Prometheus collects, to who may see how the system is doing."""
    try:
        _refuse_unless_operator(await authenticated(_authorization(request), request.app.state))
    except NotAllowed as error:
        answered = error.answered()
        return Response(
            answered.body,
            status_code=answered.status,
            media_type=JSON,
            headers=answered.headers,
        )
    pool: WorkerPool = request.app.state.pool
    metrics.pooled(pool)
    async with pool.connection() as connection:
        projections = await engine.status(connection)
    return Response(metrics.page(projections), media_type=metrics.CONTENT_TYPE_LATEST)


async def _answer(request: Asking, who: Principal, asked: Asked, correlation_id: UUID) -> Answered:
    kind = media_type(request.headers.get("accept"))
    state, min_position = request.app.state, _position(request, "X-Min-Position")
    context = asking.context(state, who, correlation_id, min_position=min_position)
    return await asking.answer(state, who, asked, kind, context)


async def _asked(request: Asking) -> Asked:
    if request.method == "GET":
        return asked_by_get(dict(request.query_params))
    return asked_by_post(request.headers.get("content-type"), await request.body())


def _refuse_unless_operator(who: Principal) -> None:
    needed = frozenset({Right.READ_OPERATIONS})
    if who.rights.isdisjoint(needed):
        raise NotAllowed(forbidden(who, "/metrics", needed).message, 403)


def _authorization(request: Asking) -> str:
    return request.headers.get("authorization", "")


def _subscriber(request: Asking) -> Subscriber:
    state, last_seen = request.app.state, _position(request, "Last-Event-ID")
    may_still_read = partial(authenticated, _authorization(request), state)
    given = usable_id(request.headers.get("x-request-id"))
    noting = Noting(state.edge.access_log, Transport.EVENTS, given)
    return Subscriber(state, may_still_read, noting, last_seen)


def _ids(request: Asking, correlation_id: UUID) -> dict[str, str]:
    id = str(correlation_id)
    given = usable_id(request.headers.get("x-request-id"))
    return {"X-Correlation-Id": id, "X-Request-Id": given or id}


def _correlation_id(request: Asking) -> UUID:
    try:
        return UUID(request.headers.get("x-correlation-id", ""))
    except ValueError:
        return new_id()


def _position(request: Asking, header: str) -> Position | None:
    given = request.headers.get(header)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise BadRequest(f"`{header}` is not a position. Send one as an answer gave it.")
    return Position(int(given))


def _http_error(_request: Asking, error: HTTPException) -> Response[bytes]:
    """Answer what never reached the endpoint, such as an unknown path or a body too large."""
    answered = refused("BAD_REQUEST", error.detail, error.status_code)
    return Response(answered.body, status_code=answered.status, media_type=MediaType.JSON)


def _fault(_request: Asking, error: Exception) -> Response[bytes]:
    correlation_id = str(new_id())
    log.error("unexpected", correlation_id=correlation_id, exc_info=error)
    extensions = {"code": "INTERNAL", "correlationId": correlation_id}
    body = orjson.dumps({"errors": [{"message": "Internal error.", "extensions": extensions}]})
    return Response(body, status_code=500, media_type=MediaType.JSON)
