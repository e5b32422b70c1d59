"""Executes GraphQL documents against the schema, with the status codes of GraphQL over HTTP."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationType, get_operation_ast
from graphql.execution import ExecutionResult

from oms_api.budget import REFUSED, Budget, OverBudget, ThrottleStatus
from oms_api.context import Context
from oms_api.documents import Document, Documents
from oms_api.failures import reported, shortened
from oms_api.gateway import REPLAYS
from oms_api.graphql_http import RESPONSE_JSON, Answered, Asked, BadRequest, refused
from oms_api.limits import Limits
from oms_api.persisted import NamedDocuments, NotTrusted, UnknownDocument, trusted
from oms_api.plain_fields import PlainFields, Selections
from oms_api.rights.needs import Needs
from oms_api.rights.reach import begin

_CLOSED = "The schema is not told here. Read its documentation."
_STREAMED = (
    "A subscription is answered with messages: ask for `Accept: text/event-stream`, or over"
    " WebSocket with the protocol graphql-transport-ws."
)
_LONG = "The lists in the answer are longer than usual. Ask for fewer of them inside each other."
_LATE = "The answer took longer than {} seconds. Ask for less."
_THROTTLED = "Too much was asked for in a short time. Send it again in {} s, or ask for less."
_LATE_COMMAND = (
    "The answer took longer than {} seconds. A command may have been carried out: send it again"
    " with the same idempotency key."
)


LARGEST_NUMBER = 2**53 - 1
"""That JSON can tell to every client."""


class NotExecuted(Exception):
    """A document can't be executed, for these errors. `code` is for those without one."""

    def __init__(self, code: str, *errors: GraphQLError, status: int = 400) -> None:
        super().__init__(code)
        self._code = code
        self._errors = errors
        self._status = status

    def answered(self, kind: str) -> Answered:
        """Answer without `data`. Clients that do not know the draft's media type expect 200."""
        shown = [
            error.formatted
            | {
                "message": shortened(error.message),
                "extensions": {"code": self._code, **(error.extensions or {})},
            }
            for error in self._errors
        ]
        status = self._status if kind == RESPONSE_JSON else 200
        codes = tuple(error["extensions"]["code"] for error in shown)
        return Answered(orjson.dumps({"errors": shown}), status, kind, codes=codes)


TOO_LONG = NotExecuted("TOO_COSTLY", GraphQLError(_LONG))
"""Found out while an answer was being made."""


class Executing:
    """Executes documents within limits; keeps the parsed ones."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, budget: Budget | None = None) -> None:
        self._schema = schema
        self._limits = limits
        self._budget = budget
        self.request_seconds = limits.request_seconds
        self._documents = Documents(schema)
        self._named = NamedDocuments(trusted(limits.trusted_documents))

    async def answer(
        self, asked: Asked, context: Context, kind: str, *, public: bool = False
    ) -> Answered:
        """Execute a document for staff, or for a program that the `public` can look into.

        Raises `BadRequest` for a mutation where only queries may be.
        """
        try:
            executor, cost, status = await self.admitted(asked, context, public)
        except NotExecuted as error:
            return error.answered(kind)
        except OverBudget as error:
            return self.throttled(error, kind)
        if executor.operation.operation is OperationType.SUBSCRIPTION:
            raise BadRequest(_STREAMED, 406)
        replays: list[str] = []
        REPLAYS.set(replays)
        try:
            async with asyncio.timeout(self.request_seconds):
                running = executor.execute_operation()
                done = cast("ExecutionResult", await running if isawaitable(running) else running)
        except TimeoutError:
            return self.late(executor.operation.operation, kind)
        if executor.is_too_long:
            return TOO_LONG.answered(kind)
        result = self.result(done, context, cost, status)
        if replays:
            result["extensions"]["replayed"] = replays
        name = executor.operation.name
        return Answered(
            orjson.dumps(result),
            200,
            kind,
            operation=name.value if name else None,
            cost=cost,
            codes=tuple(error["extensions"]["code"] for error in result.get("errors", ())),
        )

    def subscribes(self, asked: Asked, *, public: bool) -> bool:
        """Tell whether a document is to be answered with messages, and not at once."""
        try:
            node = self._document(asked, public).node
        except (NotExecuted, BadRequest):
            return False
        operation = None if node is None else get_operation_ast(node, asked.operation_name)
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION

    def needs(self, asked: Asked, *, public: bool) -> Needs:
        """Tell what an operation needs that was prepared."""
        document = self._document(asked, public)
        assert document.node is not None
        operation = get_operation_ast(document.node, asked.operation_name)
        assert operation is not None
        return document.needed(operation)

    def is_personal(self, asked: Asked, *, public: bool) -> bool:
        """Tell whether a document that was prepared asks for something about persons."""
        return self._document(asked, public).personal

    def _document(self, asked: Asked, public: bool) -> Document:
        open = self._limits.introspection.has(public=public)
        return self._documents.get(self._text(asked, public), open=open)

    def result(
        self, done: ExecutionResult, context: Context, cost: int, status: ThrottleStatus | None
    ) -> dict[str, Any]:
        """Write what an execution gave, as it is answered."""
        result: dict[str, Any] = {"data": done.data}
        if done.errors:
            result["errors"] = [reported(e, context.correlation_id) for e in done.errors]
        result["extensions"] = {"cost": self._shown(cost, status)}
        return result

    async def afforded(self, context: Context, cost: int) -> ThrottleStatus | None:
        """Take a cost out of the client's budget as soon as that has so much; tell what is left."""
        while self._budget is not None:
            try:
                return await self._budget.take(context.who.actor, cost)
            except OverBudget as error:
                await asyncio.sleep(error.seconds)
        return None

    async def admitted(
        self, asked: Asked, context: Context, public: bool
    ) -> tuple[PlainFields, int, ThrottleStatus | None]:
        """Make all ready, and take the cost out of the client's budget; tell what is left.

        Raises `NotExecuted` or `OverBudget`.
        """
        if self._budget is None:
            return *self._prepared(asked, context, public), None
        self._budget.look(context.who.actor)
        try:
            executor, cost = self._prepared(asked, context, public)
        except NotExecuted:
            await self._budget.take(context.who.actor, REFUSED)
            raise
        return executor, cost, await self._budget.take(context.who.actor, cost)

    def _prepared(self, asked: Asked, context: Context, public: bool) -> tuple[PlainFields, int]:
        """Make all ready for the execution, and tell its cost. Raises `NotExecuted`."""
        open = self._limits.introspection.has(public=public)
        document = self._document(asked, public)
        if document.node is None:
            raise NotExecuted("DOCUMENT_INVALID", *document.errors)
        self._named.remember(asked)
        operation = get_operation_ast(document.node, asked.operation_name)
        if operation is None:
            unknown = GraphQLError("Name one of the document's operations in `operationName`.")
            raise NotExecuted("OPERATION_UNKNOWN", unknown)
        if asked.queries_only and operation.operation is OperationType.MUTATION:
            raise BadRequest("Only queries may be sent with GET.", 405, {"Allow": "POST"})
        if document.introspects and not open:
            raise NotExecuted("INTROSPECTION_OFF", GraphQLError(_CLOSED))
        lacking = document.needed(operation).refused(context.who, asked.variables)
        if lacking:
            raise NotExecuted("FORBIDDEN", *lacking, status=403)
        begin(context.who.reach)
        executor = PlainFields.build(
            self._schema,
            document.node,
            context_value=context,
            raw_variable_values=asked.variables,
            operation_name=asked.operation_name,
            hide_suggestions=not open,
        )
        if isinstance(executor, list):
            raise NotExecuted("VARIABLES_INVALID", *executor)
        cost = document.cost(operation).given(executor.variable_values.coerced)
        if cost > self._limits.most_cost:
            raise NotExecuted("TOO_COSTLY", self._too_costly(cost))
        if document.turns:
            context.levels.turns = document.turns
        prepared = cast("PlainFields", executor)
        prepared.select(document.selections or Selections())
        if operation.operation is not OperationType.MUTATION:
            prepared.most_objects = self._limits.most_cost
        return prepared, cost

    def _text(self, asked: Asked, public: bool) -> str:
        try:
            only = self._limits.trusted_only.has(public=public)
            return self._named.text(asked, trusted_only=only)
        except (UnknownDocument, NotTrusted) as error:
            raise NotExecuted(error.CODE, error) from None

    def _shown(self, cost: int, status: ThrottleStatus | None = None) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "requestedQueryCost": min(cost, LARGEST_NUMBER),
            "maximumQueryCost": self._limits.most_cost,
        }
        return shown if status is None else shown | {"throttleStatus": status.shown()}

    def throttled(self, error: OverBudget, kind: str) -> Answered:
        extensions = {"retryAfter": error.seconds, "cost": self._shown(error.cost, error.status)}
        text = _THROTTLED.format(error.seconds)
        headers = {"Retry-After": str(error.seconds)}
        return refused("THROTTLED", text, 429, kind, headers, **extensions)

    def _too_costly(self, cost: int) -> GraphQLError:
        most = self._limits.most_cost
        return GraphQLError(
            f"The answer may have {cost:,} objects; a request may ask for {most:,} at most. Ask"
            " for smaller pages, or for fewer lists inside lists.",
            extensions={"code": "TOO_COSTLY", "cost": self._shown(cost)},
        )

    def late(self, operation: OperationType, kind: str) -> Answered:
        """Answer a request that was given up; its statements were cancelled in the database."""
        text = _LATE if operation is OperationType.QUERY else _LATE_COMMAND
        return refused("TIMED_OUT", text.format(f"{self.request_seconds:g}"), 503, kind)
