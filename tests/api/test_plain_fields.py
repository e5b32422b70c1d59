"""Plain fields are read in one loop: the answers and errors are those of graphql-core."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from inspect import isawaitable
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql.execution import Executor
from strawberry.schema.config import StrawberryConfig

from oms_api.plain_fields import PlainFields, Selections


@strawberry.enum
class Colour(Enum):
    RED = "red"


@strawberry.interface
class Named:
    name: str


@dataclass
class Thing:
    """What the types below show; `name` may be whatever the test wants."""

    name: Any = "a thing"
    size: Any = 3
    price: Any = Decimal("1.50")
    made: Any = datetime(2026, 1, 2, tzinfo=UTC)
    colour: Any = Colour.RED
    parts: Any = ()
    inner: Any = None
    asked: list[str] = field(default_factory=list)


def _loud(root: Any) -> str:
    root.asked.append("loud")
    if root.name == "silent":
        raise ValueError("There is nothing to shout.")
    return str(root.name).upper()


async def _later(root: Any) -> str:
    await asyncio.sleep(0)
    if root.name == "never":
        raise ValueError("It never came.")
    return f"{root.name}, later"


def _asked(root: Any, times: int = 1) -> str:
    return str(root.name) * times


@strawberry.type
class Item(Named):
    name: str
    size: int
    price: Decimal | None
    made: datetime | None
    colour: Colour | None
    parts: list[Item]
    few: list[Item] | None = strawberry.field(resolver=lambda root: root.parts)
    inner: Item | None
    needed: Item = strawberry.field(resolver=lambda root: root.inner)
    loud: str | None = strawberry.field(resolver=_loud)
    must: str = strawberry.field(resolver=_loud)
    later: str | None = strawberry.field(resolver=_later, graphql_type=str | None)
    asked: str = strawberry.field(resolver=_asked, graphql_type=str)

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Thing)


ROOT = Thing()


@strawberry.type
class Query:
    item: Item | None = strawberry.field(resolver=lambda: ROOT.inner, graphql_type=Item | None)
    any: Named | None = strawberry.field(resolver=lambda: ROOT.inner, graphql_type=Named | None)
    items: list[Item | None] = strawberry.field(
        resolver=lambda: ROOT.parts, graphql_type=list[Item | None]
    )


SCHEMA = strawberry.Schema(
    Query, types=[Item], config=StrawberryConfig(default_resolver=getattr)
)._schema

WHOLE = Thing(parts=[Thing("one"), Thing("two", colour=None)], inner=Thing("inside"))
THINGS = {
    "whole": WHOLE,
    "empty": Thing(price=None, made=None, colour=None),
    "no name": Thing(name=None),
    "no size": Thing(size="large"),
    "an error for a name": Thing(name=ValueError("lost")),
    "silent": Thing("silent", parts=[Thing("silent"), Thing("loud")]),
    "never": Thing("never", inner=Thing("never")),
    "no list": Thing(parts=7),
    "no parts": Thing(parts=None),
    "a hole": Thing(parts=[Thing(), None]),
    "a stranger": Thing(parts=[object()], inner=object()),
    "a generator": Thing(parts=iter([Thing("x")])),
}
DOCUMENTS = [
    "{ item { name size price made colour } }",
    "{ item { b: name a: size __typename name } items { name } }",
    "{ item { parts { name inner { name } } few { name size } inner { name parts { name } } } }",
    "{ item { name later size } }",
    "{ item { later parts { later name } name } }",
    "{ item { loud name must } }",
    "{ item { parts { must name } name } }",
    "{ item { few { must } needed { name } } }",
    "{ item { asked(times: 2) name asked2: asked } any { name ... on Item { size } } }",
    "{ item { ...f parts { ...f } } } fragment f on Item { name ... on Named { name } size }",
    "query ($no: Boolean = false) { item { name @include(if: $no) size @skip(if: $no) colour } }",
    "{ items { name parts { name parts { name } } } }",
]


@pytest.fixture(params=THINGS)
def thing(request: pytest.FixtureRequest) -> Iterator[Thing]:
    ROOT.inner = THINGS[request.param]
    ROOT.parts = [ROOT.inner, None, WHOLE]
    yield ROOT.inner


def answer(kind: type[Executor[Any]], document: str, again: Selections | None = None) -> Any:
    executor = kind.build(SCHEMA, parse(document))
    assert isinstance(executor, Executor)
    if isinstance(executor, PlainFields):
        executor.select(again or Selections())

    async def run() -> Any:
        running = executor.execute_operation()
        return await running if isawaitable(running) else running

    done = asyncio.run(run())
    assert isinstance(done, ExecutionResult)
    errors = [(e.message, e.path, e.locations) for e in done.errors or ()]
    return repr(done.data), sorted(errors, key=repr)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_answers_and_errors_are_those_of_the_standard_executor(thing: Thing, document: str) -> None:
    if not isinstance(thing.parts, list | tuple | int | None):
        thing.parts = [Thing("x")]  # an iterator is read once only
    assert answer(PlainFields, document) == answer(Executor, document)


def test_what_a_document_selects_is_found_out_once() -> None:
    ROOT.inner, ROOT.parts = WHOLE, [WHOLE]
    document = parse("{ item { name parts { later size } } }")
    selections = Selections()
    answers = []
    for _ in range(3):
        executor = PlainFields.build(SCHEMA, document)
        assert isinstance(executor, PlainFields)
        executor.select(selections)
        answers.append(asyncio.run(_waited(executor)).data)
        known = {id(plan) for plan in selections.plans.values()}
    assert answers[0] == answers[1] == answers[2]
    assert known == {id(plan) for plan in selections.plans.values()}
    assert len(selections.plans) == 3


async def _waited(executor: Any) -> Any:
    return await executor.execute_operation()


def test_a_plain_field_is_read_once() -> None:
    ROOT.inner = Thing("calm")
    answer(PlainFields, "{ item { loud name size } }")
    assert ROOT.inner.asked == ["loud"]


def test_a_request_goes_when_it_is_answered() -> None:
    """With what it came with, and not only when garbage is looked for."""
    ROOT.inner, ROOT.parts = WHOLE, [WHOLE]
    came_with = Thing("what was asked")
    gc.disable()
    try:
        executor = PlainFields.build(
            SCHEMA, parse("{ item { name parts { later size } } }"), context_value=came_with
        )
        assert isinstance(executor, PlainFields)
        executor.select(Selections())
        assert asyncio.run(_waited(executor)).errors is None
        left = weakref.ref(came_with)
        del executor, came_with
        assert left() is None
    finally:
        gc.enable()


def test_resolvers_can_still_have_work_gathered_and_tracked() -> None:
    executor = PlainFields.build(SCHEMA, parse("{ item { name } }"))
    assert isinstance(executor, PlainFields)

    async def one() -> int:
        return 1

    async def run() -> list[Any]:
        executor.async_helpers.track([])
        return await executor.async_helpers.gather([one(), one()])

    assert asyncio.run(run()) == [1, 1]
