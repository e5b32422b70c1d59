"""Executes GraphQL documents against the schema, with the status codes of GraphQL over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isawaitable
from typing import Any, cast

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationType, get_operation_ast
from graphql.execution import ExecutionResult

from oms_api.context import Context
from oms_api.documents import Documents
from oms_api.failures import reported
from oms_api.graphql_http import RESPONSE_JSON, Answered, Asked, BadRequest
from oms_api.plain_fields import PlainFields, Selections


class Executing:
    """Executes documents; keeps the parsed ones."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._documents = Documents(schema)

    async def answer(self, asked: Asked, context: Context, kind: str) -> Answered:
        """Execute a document. Raises `BadRequest` for a mutation where only queries may be."""
        document = self._documents.get(asked.document)
        if document.node is None:
            return _not_executed(document.errors, kind, "DOCUMENT_INVALID")
        operation = get_operation_ast(document.node, asked.operation_name)
        if operation is None:
            unknown = GraphQLError("Name one of the document's operations in `operationName`.")
            return _not_executed([unknown], kind, "OPERATION_UNKNOWN")
        if asked.queries_only and operation.operation is not OperationType.QUERY:
            raise BadRequest("Only queries may be sent with GET.", 405, {"Allow": "POST"})
        executor = PlainFields.build(
            self._schema,
            document.node,
            context_value=context,
            raw_variable_values=asked.variables,
            operation_name=asked.operation_name,
        )
        if isinstance(executor, list):
            return _not_executed(executor, kind, "VARIABLES_INVALID")
        cast("PlainFields", executor).select(document.selections or Selections())
        running = executor.execute_operation()
        done = cast("ExecutionResult", await running if isawaitable(running) else running)
        result: dict[str, Any] = {"data": done.data}
        if done.errors:
            result["errors"] = [reported(e, context.correlation_id) for e in done.errors]
        return Answered(orjson.dumps(result), 200, kind)


def _not_executed(errors: Sequence[GraphQLError], kind: str, code: str) -> Answered:
    """Answer without `data`. Clients that do not know the media type of the draft expect 200."""
    shown = [
        error.formatted | {"extensions": {"code": code, **(error.extensions or {})}}
        for error in errors
    ]
    return Answered(orjson.dumps({"errors": shown}), 400 if kind == RESPONSE_JSON else 200, kind)
