"""Writes docs/api: the reference of the schema, the examples, and a collection for other programs.

python -m tests.contracts.api_reference     # a part of `make schema`
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    ast_from_value,
    is_specified_scalar_type,
    print_ast,
)

from oms_api.examples import Example, examples
from oms_api.rights.fields import REQUIRED
from oms_api.schema import SCHEMA

FOLDER = Path(__file__).parents[2] / "docs" / "api"
COLLECTION = "collection.postman.json"
FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
ROOTS = ("Query", "Mutation", "Subscription")

Fields = GraphQLObjectType | GraphQLInterfaceType


def pages() -> Mapping[str, str]:
    """Write every file of the folder that is generated, by its name."""
    return {
        "queries.md": _page("Queries", _root("Query")),
        "mutations.md": _page("Mutations", _root("Mutation")),
        "subscriptions.md": _page("Subscriptions", _root("Subscription")),
        "objects.md": _page("Objects", _objects()),
        "inputs.md": _page("Inputs", _inputs()),
        "values.md": _page("Enums and scalars", _values()),
        "examples.md": _page("Examples", _examples()),
        COLLECTION: json.dumps(_collection(), indent=2, ensure_ascii=False) + "\n",
    }


def _page(title: str, lines: Iterable[str]) -> str:
    head = [
        f"# {title}",
        "",
        "Written by `make schema`. [The API](../api.md) says what holds for all.",
    ]
    return "\n".join([*head, *lines]) + "\n"


def _kinds(*classes: type[Any]) -> list[Any]:
    return [
        kind
        for name, kind in sorted(SCHEMA.type_map.items())
        if isinstance(kind, classes) and not name.startswith("__") and name not in ROOTS
    ]


def _root(name: str) -> Iterator[str]:
    root: Any = SCHEMA.type_map[name]
    for field_name, field in sorted(root.fields.items()):
        yield from _heading(field_name, field.description, field.deprecation_reason)
        yield f"Gives {_type(field.type)}{_rights(f'{name}.{field_name}')}."
        yield from _table("argument", _arguments(field))


def _arguments(field: GraphQLField) -> Iterator[list[str]]:
    for name, argument in field.args.items():
        yield [f"`{name}`", _type(argument.type) + _default(argument), _text(argument)]


def _objects() -> Iterator[str]:
    kind: Fields
    for kind in _kinds(GraphQLObjectType, GraphQLInterfaceType):
        yield from _heading(kind.name, kind.description)
        yield from _table("field", _fields(kind))


def _fields(kind: Fields) -> Iterator[list[str]]:
    for name, field in kind.fields.items():
        given = ", ".join(field.args)
        shown = f"`{name}({given})`" if given else f"`{name}`"
        yield [shown, _type(field.type), _text(field) + _rights(f"{kind.name}.{name}", " Only")]


def _inputs() -> Iterator[str]:
    kind: GraphQLInputObjectType
    for kind in _kinds(GraphQLInputObjectType):
        yield from _heading(kind.name, kind.description)
        yield from _table(
            "field",
            (
                [
                    f"`{name}`",
                    _type(field.type) + _default(field),
                    _text(field) + _rights(f"{kind.name}.{name}", " Only"),
                ]
                for name, field in kind.fields.items()
            ),
        )


def _values() -> Iterator[str]:
    kind: GraphQLNamedType
    for kind in _kinds(GraphQLEnumType):
        yield from _heading(kind.name, kind.description)
        values = kind.values.items() if isinstance(kind, GraphQLEnumType) else ()
        yield from _table("value", ([f"`{name}`", "", _text(value)] for name, value in values))
    for kind in _kinds(GraphQLScalarType):
        if not is_specified_scalar_type(kind):
            yield from _heading(kind.name, kind.description)


def _heading(name: str, description: str | None, deprecated: str | None = None) -> Iterator[str]:
    yield from ("", f"## {name}", "", description or "")
    if deprecated is not None:
        yield from ("", f"**Deprecated.** {deprecated}")
    yield ""


def _table(first: str, rows: Iterable[list[str]]) -> Iterator[str]:
    found = list(rows)
    if found:
        yield from ("", f"| {first} | type | |", "|---|---|---|")
        yield from (
            "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in found
        )


def _type(kind: object) -> str:
    return f"`{kind}`"


def _default(place: GraphQLArgument | GraphQLInputField) -> str:
    literal = ast_from_value(place.default_value, place.type) if place.default is None else None
    if place.default is not None:
        literal = place.default.literal or ast_from_value(place.default.value, place.type)
    return "" if literal is None else f" = `{print_ast(literal)}`"


def _text(described: Any) -> str:
    text = " ".join((described.description or "").split())
    if described.deprecation_reason is not None:
        text += f" **Deprecated.** {described.deprecation_reason}"
    return text


def _rights(place: str, before: str = ", to whoever has") -> str:
    rights = REQUIRED.get(place)
    if rights is None:
        return ""
    names = " or ".join(f"`{right}`" for right in sorted(rights))
    return f"{before} {names}" if before.startswith(",") else f"{before} with {names}."


# -------------------------------------------------------------------------------------- examples


def _examples() -> Iterator[str]:
    yield ""
    yield "They build on each other. `{{run}}` is any text that makes names and keys new; what"
    yield "other names stand for is said where an answer gives it. Postman and Bruno import them"
    yield f"from [{COLLECTION}]({COLLECTION})."
    for example in examples():
        yield from ("", f"## {example.title}", "", example.about)
        for name, path in example.keeps.items():
            yield from ("", f"`{{{{{name}}}}}` is `{path}` of the answer.")
        yield from ("", "```graphql", example.document.rstrip(), "```")
        yield from ("", "```json", example.variables, "```")


def _collection() -> dict[str, Any]:
    """Write what can be asked in one request in Postman's format, which Bruno and others import."""
    asked = [each for each in examples() if not each.document.startswith("subscription")]
    variables = {"url": "http://localhost:8000/graphql", "token": "", "run": "1"}
    kept = {name: "" for each in asked for name in each.keeps}
    return {
        "info": {
            "name": "OMS",
            "description": "Set `token` (`oms token --role admin` prints one) and run it all.",
            "schema": FORMAT,
        },
        "auth": {
            "type": "bearer",
            "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}],
        },
        "variable": [{"key": key, "value": value} for key, value in (variables | kept).items()],
        "item": [_item(example) for example in asked],
    }


def _item(example: Example) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": example.title,
        "request": {
            "method": "POST",
            "header": [{"key": "Accept", "value": "application/graphql-response+json"}],
            "url": "{{url}}",
            "description": example.about,
            "body": {
                "mode": "graphql",
                "graphql": {"query": example.document, "variables": example.variables},
            },
        },
    }
    if example.keeps:
        script = [
            f'pm.collectionVariables.set("{n}", {_read(p)});' for n, p in example.keeps.items()
        ]
        item["event"] = [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}]
    return item


def _read(path: str) -> str:
    parts = "".join(f"[{p}]" if p.isdecimal() else f".{p}" for p in path.split("."))
    return f"pm.response.json().data{parts}"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
