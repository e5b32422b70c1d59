"""Our readers of inputs give what graphql-core and Strawberry give, and every error is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import orjson
import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    build_schema,
    coerce_input_value,
    get_variable_values,
    is_required_input_field,
    parse,
    parse_value,
)
from graphql.execution import values
from graphql.utilities import coerce_input_literal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from oms_api import input_readers
from oms_api.scalars import SCALARS
from oms_api.schema import SCHEMA

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
INPUTS = [t for t in SCHEMA.type_map.values() if isinstance(t, GraphQLInputObjectType)]
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "Boolean": st.booleans(),
    "Date": st.dates().map(str),
    "DateTime": st.sampled_from(["2026-01-31T09:30:00Z", "2026-01-31T09:30:00.5+02:00"]),
    "Decimal": st.sampled_from(["1.50", "-0", 7]),
    "Duration": st.sampled_from(["PT90M", "P3DT12H"]),
    "Float": st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 9)),
    "ID": st.one_of(st.text(max_size=5), st.integers(0, 9)),
    "Int": st.one_of(st.integers(-(2**31), 2**31 - 1), st.just(2.0)),
    "String": st.text(max_size=5),
    "Time": st.times().map(str),
}
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "sku"]), inner)
    ),
    max_leaves=3,
)


def definition(named: GraphQLInputObjectType) -> StrawberryObjectDefinition:
    found: StrawberryObjectDefinition = named.extensions["strawberry-definition"]
    return found


def right(declared: Any) -> st.SearchStrategy[Any]:
    """Values as clients should send them."""
    if not isinstance(declared, GraphQLNonNull):
        return st.one_of(st.none(), right(GraphQLNonNull(declared)))
    kind = declared.of_type
    if isinstance(kind, GraphQLList):
        return st.lists(right(kind.of_type), max_size=2)
    if isinstance(kind, GraphQLInputObjectType):
        fields = {name: right(field.type) for name, field in kind.fields.items()}
        must = {n for n, f in kind.fields.items() if is_required_input_field(f)}
        may = {name: each for name, each in fields.items() if name not in must}
        return st.fixed_dictionaries({name: fields[name] for name in must}, optional=may)
    if isinstance(kind, GraphQLEnumType):
        return st.sampled_from(sorted(kind.values))
    return LEAVES[kind.name]


@st.composite
def sent(draw: st.DrawFn, declared: Any) -> Any:
    """Values as clients send them: right, or wrong in one place or another."""
    return draw(_spoilt(draw(right(declared))))


def _spoilt(value: Any) -> st.SearchStrategy[Any]:
    ways = [st.just(value), ANYTHING]
    if isinstance(value, dict) and value:
        ways += [
            st.sampled_from(sorted(value)).map(lambda out: {n: value[n] for n in value if n != out})
        ]
        ways += [st.sampled_from(sorted(value)).flatmap(lambda name: _with(value, name))] * 3
        ways += [ANYTHING.map(lambda new: value | {"unknown": new})]
    if isinstance(value, list) and value:
        ways += [st.just(value[0]), _spoilt(value[0]).map(lambda new: [new, *value[1:]])]
    return st.one_of(ways)


def _with(value: dict[str, Any], name: str) -> st.SearchStrategy[Any]:
    return _spoilt(value[name]).map(lambda new: value | {name: new})


@strawberry.type
class Unrelated:
    """A schema of its own: building one changes the fields of its types."""

    name: str


def scalar_registry() -> Any:
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(Unrelated, config=config).schema_converter.scalar_registry


REGISTRY = scalar_registry()


@contextmanager
def without_ours() -> Iterator[None]:
    """Take all our readers away for a while."""
    ours = {named.name: (named.out_type, definition(named).from_input) for named in INPUTS}
    for named in INPUTS:
        named.out_type = GraphQLInputObjectType.out_type  # type: ignore[method-assign]
        definition(named).from_input = None
    try:
        with patch.object(values, "coerce_input_value", coerce_input_value):
            yield
    finally:
        for named in INPUTS:
            named.out_type, definition(named).from_input = ours[named.name]  # type: ignore[method-assign]


def by_strawberry(found: Any, named: GraphQLInputObjectType) -> Any:
    if found is Undefined:
        return found
    return convert_argument(found, definition(named).origin, REGISTRY, StrawberryConfig())


def written(value: Any) -> bytes:
    """Write an object with the order of its attributes, which fingerprints go by."""
    return repr(value).encode() if value is Undefined else orjson.dumps(value, default=repr)


@pytest.mark.parametrize("named", INPUTS, ids=lambda named: named.name)
def test_what_is_right_is_read_as_the_standard_way_does(named: GraphQLInputObjectType) -> None:
    part = input_readers.part(GraphQLNonNull(named))

    @QUICK
    @given(right(GraphQLNonNull(named)))
    def check(value: Any) -> None:
        ours = part.read(value)
        with without_ours():
            theirs = by_strawberry(coerce_input_value(value, named), named)
        assert ours == theirs
        assert written(ours) == written(theirs)

    check()


@pytest.mark.parametrize("named", INPUTS, ids=lambda named: named.name)
def test_whatever_is_sent_is_read_or_refused_as_the_standard_way_does(
    named: GraphQLInputObjectType,
) -> None:
    document = parse(f"query Q($input: {named.name}) {{ x(input: $input) }}")
    [operation] = document.definitions
    variables: Any = operation.variable_definitions  # type: ignore[attr-defined]

    @QUICK
    @given(st.one_of(sent(named), sent(GraphQLNonNull(named))))
    def check(value: Any) -> None:
        ours = get_variable_values(SCHEMA, variables, {"input": value})
        with without_ours():
            theirs = get_variable_values(SCHEMA, variables, {"input": value})
            wrong = isinstance(theirs, list)
            expected = None if wrong else by_strawberry(theirs.coerced["input"], named)
        if isinstance(theirs, list):
            assert isinstance(ours, list)
            assert [e.formatted for e in ours] == [e.formatted for e in theirs]
            return
        assert not isinstance(ours, list)
        assert written(ours.coerced["input"]) == written(expected)
        assert ours.sources == theirs.sources

    check()


def test_what_a_document_has_written_into_it_is_read_as_the_standard_way_does() -> None:
    named: Any = SCHEMA.type_map["PlaceOrdersInput"]
    literal = parse_value(
        '{orders: {channel: "web", currency: "EUR", customer: {reference: "C-1"}, lines: ['
        '{sku: "MUG", quantity: 2, unitPrice: {amount: "1.50", currency: "EUR"}}],'
        ' shippingAddress: {name: "A", street: "B", city: "C", postalCode: "1", country: "DE"}}}'
    )
    ours = coerce_input_literal(literal, named)
    with without_ours():
        theirs = by_strawberry(coerce_input_literal(literal, named), named)
    assert type(ours) is definition(named).origin
    assert written(ours) == written(theirs)


def test_variables_may_be_parts_of_what_a_document_has_written_into_it() -> None:
    document = parse("query Q($who: CustomerInput!) { x }")
    [operation] = document.definitions
    variables: Any = operation.variable_definitions  # type: ignore[attr-defined]
    found: Any = get_variable_values(SCHEMA, variables, {"who": {"reference": "C-1"}})
    line = '[{sku: "MUG", quantity: 1}]'
    where = '{name: "A", street: "B", city: "C", postalCode: "1", country: "DE"}'
    literal = parse_value(
        f'{{channel: "web", currency: "EUR", customer: $who, lines: {line},'
        f" shippingAddress: {where}}}"
    )
    kind: Any = SCHEMA.type_map["PlaceOrderInput"]
    assert coerce_input_literal(literal, kind, found).customer.reference == "C-1"


def test_graphql_core_reads_variables_by_way_of_ours() -> None:
    [operation] = parse("query Q($who: CustomerInput!) { x }").definitions
    variables: Any = operation.variable_definitions  # type: ignore[attr-defined]
    with patch.object(values, "coerce_input_value", wraps=values.coerce_input_value) as ours:
        get_variable_values(SCHEMA, variables, {"who": {"reference": "C-1"}})
    assert ours.call_count == 1
    assert values.coerce_input_value is input_readers.read_value  # type: ignore[comparison-overlap]


def test_types_of_other_schemas_are_left_to_graphql_core() -> None:
    other: Any = build_schema("input Leaf { a: Int } type Query { x(leaf: Leaf): Int }")
    kind = other.type_map["Leaf"]
    assert values.coerce_input_value({"a": 1}, kind) == {"a": 1}
    assert values.coerce_input_value({"a": "1"}, kind) is Undefined
