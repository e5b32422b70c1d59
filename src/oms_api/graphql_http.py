"""GraphQL over HTTP by the working draft of the specification: what is asked, and how to answer.

https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"


class BadRequest(Exception):
    """The request is not one that GraphQL over HTTP knows. `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400, headers: Mapping[str, str] = {}) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asked:
    """One document to execute: its text, or its id, or both."""

    document: str | None
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    queries_only: bool = False
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its JSON, status and media type.

    The rest is for logs and metrics: what was executed, its cost, and the codes of its `errors`.
    """

    body: bytes
    status: int
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    operation: str | None = None
    cost: int | None = None
    codes: tuple[str, ...] = ()


def media_type(accept: str | None) -> str:
    """Choose the media type of the answer; raises `BadRequest` when none is acceptable."""
    if not accept:
        return JSON
    ranges = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    for wanted in ranges:
        if wanted in (RESPONSE_JSON, JSON):
            return wanted
    if any(wanted in ("*/*", "application/*", "text/html") for wanted in ranges):
        return JSON
    raise BadRequest(f"The answer can be {RESPONSE_JSON} or {JSON}.", 406)


def accepts_events(accept: str | None, *, first: bool) -> bool:
    """Tell whether the answer may be server-sent events, or that is what is wanted `first`.

    Clients such as urql accept them for every query, after JSON, and expect JSON.
    """
    ranges = [part.split(";")[0].strip().lower() for part in (accept or "").split(",")]
    return ranges[0] == EVENTS if first else EVENTS in ranges


def asked_by_post(content_type: str | None, body: bytes) -> Asked:
    """Read the body of a POST request. Raises `BadRequest`."""
    kind, _, parameters = (content_type or "").partition(";")
    if kind.strip().lower() != JSON:
        raise BadRequest(f"Send the request as {JSON}.", 415)
    charset = parameters.strip().lower().replace('"', "").removeprefix("charset=")
    if charset not in ("", "utf-8", "utf8"):
        raise BadRequest("Send the request in UTF-8.", 415)
    refuse_nul(body)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not JSON in UTF-8.") from None
    if isinstance(given, list):
        raise BadRequest("Send one request at a time; a document may have several mutations.")
    if not isinstance(given, dict):
        raise BadRequest("The body is not a JSON object.")
    return asked_of(given)


def asked_by_get(parameters: Mapping[str, str]) -> Asked:
    """Read the parameters of a GET request, which may only read. Raises `BadRequest`."""
    given: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        if name in given:
            refuse_nul(given[name].encode(errors="replace"))
            try:
                given[name] = orjson.loads(given[name])
            except (orjson.JSONDecodeError, UnicodeEncodeError):
                raise BadRequest(f"`{name}` is not JSON in UTF-8.") from None
    refuse_nul(given.get("query", "").encode(errors="replace"))
    return asked_of(given, queries_only=True)


def asked_of(given: Mapping[str, Any], *, queries_only: bool = False) -> Asked:
    """Read the parameters of a request, however they came. Raises `BadRequest`."""
    document = given.get("query")
    operation_name = given.get("operationName")
    variables = given.get("variables")
    extensions = given.get("extensions")
    if not isinstance(extensions, dict | None):
        raise BadRequest("`extensions` must be a JSON object.")
    document_id = _document_id(given.get("documentId"), extensions or {})
    if not isinstance(document, str) and (document is not None or document_id is None):
        raise BadRequest("`query` is missing: the GraphQL document, a string.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise BadRequest("`operationName` must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be a JSON object.")
    return Asked(document, operation_name or None, variables or {}, queries_only, document_id)


def _document_id(given: object, extensions: Mapping[str, Any]) -> str | None:
    """Read the name of a document: `documentId`, or what Apollo's clients send."""
    persisted = extensions.get("persistedQuery")
    if given is None and persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise BadRequest("`persistedQuery` must be an object of version 1.")
        given = persisted.get("sha256Hash")
        if given is None:
            raise BadRequest("`sha256Hash` is missing in `persistedQuery`.")
    if not isinstance(given, str | None):
        raise BadRequest("The id of a document must be a string.")
    return given


def refuse_nul(text: bytes) -> None:
    """Raise `BadRequest` for a character that no text of the database can have."""
    if b"\0" in text or b"\\u0000" in text:
        raise BadRequest("The request contains a NUL character, which no text may have.")


def refused(
    code: str,
    message: str,
    status: int,
    kind: str = JSON,
    headers: Mapping[str, str] = {},
    **facts: object,
) -> Answered:
    """Answer a request that is not executed at all; `facts` stand beside the code."""
    errors = [{"message": message, "extensions": {"code": code, **facts}}]
    return Answered(orjson.dumps({"errors": errors}), status, kind, dict(headers), codes=(code,))
