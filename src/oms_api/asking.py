"""Who asks: for one request, and again for each message of a connection that stays open."""

from __future__ import annotations

from uuid import UUID

from litestar.datastructures import State
from psycopg import OperationalError

from oms_api.access_log import AccessLog
from oms_api.authentication import Authentication, UnknownRole
from oms_api.context import Context
from oms_api.executing import Executing
from oms_api.graphql_http import JSON, Answered, Asked, refused
from oms_api.levels import Levels
from oms_api.pools import WorkerPool
from oms_api.rights.principal import Principal
from oms_api.scalars import Position
from oms_api.sources import ReadTables
from oms_api.tokens import InvalidToken
from oms_core.runtime.privacy.looking import Shown, looking


class NotAllowed(Exception):
    """The caller may not do this. `status` is 401 without a valid token, 403 where a right is
    missing, and 503 while it can't be found out.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    @property
    def code(self) -> str:
        """What clients branch on."""
        return {401: "UNAUTHENTICATED", 503: "UNAVAILABLE"}.get(self.status, "FORBIDDEN")

    def answered(self) -> Answered:
        """Answer a request of such a caller."""
        headers = {"WWW-Authenticate": 'Bearer realm="oms"'} if self.status == 401 else {}
        return refused(self.code, str(self), self.status, JSON, headers)


async def authenticated(authorization: str, state: State) -> Principal:
    """Tell who asks, by an `Authorization` header. Raises `NotAllowed`."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAllowed("Send a token: `Authorization: Bearer …`. `oms token` makes one.", 401)
    authentication: Authentication = state.authentication
    try:
        return await authentication.principal(token.strip())
    except InvalidToken as error:
        raise NotAllowed(str(error), 401) from None
    except UnknownRole as error:
        raise NotAllowed(str(error), 403) from None
    except OperationalError:
        raise NotAllowed("API keys can't be looked up now. Send it again.", 503) from None


def context(
    state: State,
    who: Principal,
    correlation_id: UUID,
    *,
    pool: WorkerPool | None = None,
    min_position: Position | None = None,
    last_seen: Position | None = None,
) -> Context:
    """Give the resolvers what they may use for one request, or one message."""
    levels = Levels(pool or state.pool)
    return Context(
        who=who,
        correlation_id=correlation_id,
        levels=levels,
        watch=state.watch,
        tail=state.tail,
        gateway=state.gateway,
        tables=ReadTables(levels),
        keys=state.key_folder,
        tracking=state.tracking,
        min_position=min_position,
        last_seen=last_seen,
    )


async def answer(
    state: State, who: Principal, asked: Asked, kind: str, context: Context
) -> Answered:
    """Execute a query or a mutation, and note whose data it showed. Raises `BadRequest`."""
    executing: Executing = state.executing
    with looking() as shown:
        try:
            answered = await executing.answer(asked, context, kind, public=who.is_public)
        finally:
            context.tables.let_go()
    await note_whose(state, who, asked, shown, context.correlation_id)
    return answered


async def note_whose(
    state: State, who: Principal, asked: Asked, shown: Shown, correlation_id: UUID
) -> None:
    """Note whose personal data are shown to whom, before they are. Raises psycopg's errors."""
    executing: Executing = state.executing
    accesses: AccessLog = state.accesses
    if shown and executing.is_personal(asked, public=who.is_public):
        await accesses.note(shown, asked, who.actor, correlation_id)
