"""What goes into `errors`: each with a code that clients branch on and a sentence for people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from graphql import GraphQLError
from psycopg import OperationalError
from psycopg_pool import TooManyRequests

from oms_core.kernel.refusal import Refusal
from oms_core.runtime.request import Unavailable
from oms_projections.waiting import ReadModelBehind

log = structlog.get_logger(__name__)

_FULL = "Too many queries are waiting. Send the request again in a moment."
_NOT_READABLE = "The database did not answer in time. Send the request again in a moment."


LONGEST_MESSAGE = 1_000
"""Characters. Messages repeat what was sent, which may be megabytes."""


def shortened(message: str) -> str:
    """Leave out the middle of a message that is too long."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    half = LONGEST_MESSAGE // 2
    return f"{message[:half]} … {message[-half:]}"


class Failure(GraphQLError):
    """The request could not be answered. Subclasses name the reason in `CODE`."""

    CODE = "INVALID"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message, extensions={"code": self.CODE, **facts})


class InvalidArgument(Failure):
    """An argument can't be right, whatever the data are."""


class InvalidId(Failure):
    """An id was not given out by this API, or names another kind of thing."""

    CODE = "INVALID_ID"


class NotFound(Failure):
    """What is named is not there, or not for whoever asks."""

    CODE = "NOT_FOUND"


class InvalidCursor(Failure):
    """A cursor was not given out by this connection."""

    CODE = "INVALID_CURSOR"


class ListTooLong(Failure):
    """The list takes too long to search. Narrow it: by a time, a customer, a product, a status."""

    CODE = "TOO_COSTLY"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


def reported(error: GraphQLError, correlation_id: UUID) -> dict[str, Any]:
    """Write an error of an executed document as the answer shows it.

    What nobody foresaw is logged and masked: the answer has its correlation id, not its text.
    """
    answer: dict[str, Any] = dict(error.formatted)
    message, extensions = _told(error)
    if message is None:
        log.error("unexpected", correlation_id=str(correlation_id), exc_info=error.original_error)
        message = "Internal error. Quote the correlation id when you report it."
        extensions = {"code": "INTERNAL", "correlationId": str(correlation_id)}
    return answer | {"message": shortened(message), "extensions": extensions}


def _told(error: GraphQLError) -> tuple[str | None, dict[str, Any]]:
    match error.original_error or error:
        case GraphQLError() as cause if cause is error and cause.extensions:
            return cause.message, cause.extensions
        case GraphQLError() as cause:
            return cause.message, cause.extensions or {"code": "INVALID"}
        case ReadModelBehind() as cause:
            now = str(cause.current_position)
            return str(cause), {"code": "READ_MODEL_BEHIND", "currentPosition": now}
        case Refusal() | Unavailable() as cause:  # a command's refusal is data, a query's is here
            return str(cause), {"code": getattr(cause, "CODE", "UNAVAILABLE")}
        case OperationalError() as cause:
            full = isinstance(cause, TooManyRequests)
            return _FULL if full else _NOT_READABLE, {"code": "UNAVAILABLE"}
        case _:
            return None, {}
