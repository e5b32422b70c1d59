"""The HTTP side: one GraphQL endpoint, its console, and the health checks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import structlog
from litestar import Litestar, MediaType, Request, Response, get, route
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from oms_api import console, health, metrics
from oms_api.access_log import AccessLog
from oms_api.authentication import Authentication, InvalidToken, UnknownRole
from oms_api.budget import BudgetSettings, budget
from oms_api.context import Context
from oms_api.edge import Edge, logged, request_id
from oms_api.executing import Executing
from oms_api.gateway import Gateway, new_id
from oms_api.graphql_http import (
    JSON,
    Answered,
    Asked,
    BadRequest,
    asked_by_get,
    asked_by_post,
    media_type,
    refused,
)
from oms_api.limits import Limits
from oms_api.pools import async_pool
from oms_api.rights.needs import forbidden
from oms_api.rights.principal import Principal
from oms_api.rights.right import Right
from oms_api.scalars import Position
from oms_api.schema import SCHEMA
from oms_api.sources import Pool, ReadTables
from oms_api.tracking_secrets import Tracking
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.privacy.looking import looking
from oms_core.runtime.proof.keys import KeyFolder
from oms_projections import engine
from oms_projections.waiting import PositionWatch

log = structlog.get_logger(__name__)

LARGEST_BODY = 10_000_000
Asking = Request[Any, Any, State]


class NotAllowed(Exception):
    """The caller may not do this. `status` is 401 without a valid token, else 403."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


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
        watch = PositionWatch(database_url)
        await watch.start()
        try:
            async with async_pool(database_url) as pool:
                with CommandBus(database_url) as bus:
                    app.state.pool, app.state.watch = pool, watch
                    app.state.gateway = Gateway(bus, pool)
                    app.state.accesses = AccessLog(pool)
                    each = budget(budgets, limits.most_cost, pool)
                    app.state.executing = Executing(SCHEMA, limits, each)
                    app.state.authentication, app.state.key_folder = authentication, keys
                    app.state.access_log, app.state.tracking = edge.access_log, tracking
                    yield
        finally:
            await watch.close()

    return Litestar(
        [graphql, start, console.script, console.style, health.live, health.ready, figures],
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
    role: str | None = None
    try:
        who = await _authenticated(request)
        role = who.kind
        answered = await _answer(request, who, correlation_id)
    except BadRequest as error:
        answered = refused("BAD_REQUEST", str(error), error.status, JSON, error.headers)
    except NotAllowed as error:
        answered = _not_allowed(error)
    seconds = time.perf_counter() - begun
    metrics.answered(answered.operation, answered.status, seconds, answered.cost, answered.codes)
    ids = {
        "X-Correlation-Id": str(correlation_id),
        "X-Request-Id": request_id(request.headers.get("x-request-id"), str(correlation_id)),
    }
    if request.app.state.access_log:
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


@get("/metrics")
async def figures(request: Asking) -> Response[bytes]:
    """Give the figures that Prometheus collects, to who may see how the system is doing."""
    try:
        _refuse_unless_operator(await _authenticated(request))
    except NotAllowed as error:
        answered = _not_allowed(error)
        return Response(
            answered.body,
            status_code=answered.status,
            media_type=JSON,
            headers=answered.headers,
        )
    pool: Pool = request.app.state.pool
    metrics.pooled(pool)
    async with pool.connection() as connection:
        projections = await engine.status(connection)
    return Response(metrics.page(projections), media_type=metrics.CONTENT_TYPE_LATEST)


async def _answer(request: Asking, who: Principal, correlation_id: UUID) -> Answered:
    kind = media_type(request.headers.get("accept"))
    asked = await _asked(request)
    state = request.app.state
    context = Context(
        who=who,
        correlation_id=correlation_id,
        pool=state.pool,
        watch=state.watch,
        gateway=state.gateway,
        tables=ReadTables(state.pool),
        keys=state.key_folder,
        tracking=state.tracking,
        min_position=_min_position(request),
    )
    executing: Executing = state.executing
    with looking() as shown:
        answered = await executing.answer(asked, context, kind, public=who.is_public)
    accesses: AccessLog = state.accesses
    await accesses.note(shown, asked.document, asked.operation_name, who.actor, correlation_id)
    return answered


async def _asked(request: Asking) -> Asked:
    if request.method == "GET":
        return asked_by_get(dict(request.query_params))
    return asked_by_post(request.headers.get("content-type"), await request.body())


async def _authenticated(request: Asking) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAllowed("Send a token: `Authorization: Bearer …`. `oms token` makes one.", 401)
    authentication: Authentication = request.app.state.authentication
    try:
        return await authentication.principal(token.strip())
    except InvalidToken as error:
        raise NotAllowed(str(error), 401) from None
    except UnknownRole as error:
        raise NotAllowed(str(error), 403) from None


def _refuse_unless_operator(who: Principal) -> None:
    needed = frozenset({Right.READ_OPERATIONS})
    if who.rights.isdisjoint(needed):
        raise NotAllowed(forbidden(who, "/metrics", needed).message, 403)


def _not_allowed(error: NotAllowed) -> Answered:
    if error.status == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="oms"'}
        return refused("UNAUTHENTICATED", str(error), 401, JSON, headers)
    return refused("FORBIDDEN", str(error), 403)


def _correlation_id(request: Asking) -> UUID:
    try:
        return UUID(request.headers.get("x-correlation-id", ""))
    except ValueError:
        return new_id()


def _min_position(request: Asking) -> Position | None:
    given = request.headers.get("x-min-position")
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise BadRequest("`X-Min-Position` is not a position. Send one as an answer gave it.")
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
