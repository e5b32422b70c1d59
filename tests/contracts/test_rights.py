"""Who may what is as docs/security.md says, for every field and every role."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    extend_schema,
    get_named_type,
    is_leaf_type,
    parse,
)
from strawberry.utils.str_converters import to_camel_case
from tests.contracts.security_guide import GUIDE, read, written

from oms_api.executing import Executing
from oms_api.gateway import OF_ORDERS
from oms_api.graphql_http import RESPONSE_JSON, Asked
from oms_api.limits import Limits
from oms_api.rights.fields import REQUIRED
from oms_api.rights.needs import Needs, Reader
from oms_api.rights.open_fields import ANY, OPEN
from oms_api.rights.principal import with_role
from oms_api.rights.roles import PUBLIC, RIGHTS, WITHIN_REACH, Role
from oms_api.schema import SCHEMA, printed

HAS, OPENS = read(GUIDE.read_text())
Path = list[tuple[str, GraphQLField]]


def undecided(schema: GraphQLSchema) -> list[str]:
    """Name the fields of which nobody has said who may see them."""
    found = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            continue
        open = OPEN.get(name, "").split()
        found += [
            f"{name}.{field}"
            for field in kind.fields
            if f"{name}.{field}" not in REQUIRED and field not in open and open != [ANY]
        ]
    return found


def test_every_field_is_in_the_table() -> None:
    assert undecided(SCHEMA) == [], (
        "Say who may ask for these fields: under a right in src/oms_api/rights/fields.py, or, when"
        " whoever sees the object may see them, in src/oms_api/rights/open_fields.py. Queries,"
        " mutations and subscriptions need a right. Then run `make schema`."
    )


@pytest.mark.parametrize(
    "more",
    ["extend type Order { secret: Int }", "type Secret { a: Int }", "extend type Query { a: Int }"],
)
def test_a_new_field_is_missed(more: str) -> None:
    assert len(undecided(extend_schema(SCHEMA, parse(more)))) == 1


def test_the_table_names_nothing_else() -> None:
    known = {f"{name}.{field}" for name, kind in SCHEMA.type_map.items() for field in _fields(kind)}
    nodes = {f"node({name})" for name in SCHEMA.type_map}
    assert set(REQUIRED) - known - nodes == set()
    open = {
        f"{name}.{field}" for name, names in OPEN.items() for field in names.split() if names != ANY
    }
    assert open - known == set()
    assert open & set(REQUIRED) == set()
    assert set(OPEN) - set(SCHEMA.type_map) == set()


def _fields(kind: Any) -> Iterable[str]:
    return getattr(kind, "fields", ())


def test_the_guide_is_current() -> None:
    guide = GUIDE.read_text()
    assert written(guide) == guide, "run `make schema`"
    assert {place: set(map(str, rights)) for place, rights in REQUIRED.items()} == OPENS
    assert {role: set(map(str, rights)) for role, rights in RIGHTS.items()} == HAS


def test_the_schema_shows_the_rights() -> None:
    sdl = printed()
    assert "  email: String @requires(anyOf: [READ_PERSONAL_DATA])" in sdl
    assert "  priority: Int! = 0 @requires(anyOf: [SET_TERMS])" in sdl
    assert sdl.count("@requires(anyOf: [") == sum("node(" not in place for place in REQUIRED)


def test_the_public_has_only_rights_that_keep_to_its_reach() -> None:
    for role in PUBLIC:
        who = with_role("C-1", role)
        assert who.reach.is_limited
        assert who.rights == RIGHTS[role] <= WITHIN_REACH


KEEP_TO_THE_REACH = {
    *("order", "orders", "orderChanged", "trackOrder"),
    *("placeOrder", "cancelOrder", "requestAuthorization", "payWithGiftCard"),
    *("requestReturn", "cancelReturn", "recordReturnSent", "openClaim"),
    *("subscribeToStock", "cancelSubscription"),
}
"""They show or change what belongs to somebody; tests/api/test_reach.py sees that they do."""

ABOUT_NOBODY = {
    *("product", "products", "channel", "channels", "location", "locations"),
    *("shippingMethods", "dutyRates", "availability", "deliveryOptions", "coupon", "giftCard"),
    "placeOrders",
}
"""They show nobody's orders. (`placeOrders` is `placeOrder` several times.)"""


def within_reach() -> dict[str, GraphQLField]:
    """Give the root fields that those may ask for who are limited to some orders."""
    return {
        name: field
        for root in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
        for name, field in (root.fields.items() if root is not None else ())
        if REQUIRED.get(f"{root.name}.{name}", frozenset()) & WITHIN_REACH
    }


def test_what_the_limited_may_ask_was_looked_at() -> None:
    assert set(within_reach()) == KEEP_TO_THE_REACH | ABOUT_NOBODY, (
        "Customers and storefronts may ask for these. Either give them a right that is not in"
        " WITHIN_REACH (src/oms_api/rights/roles.py), or see to it that they show and change only"
        " orders within the reach, try it in tests/api/test_reach.py, and name them here."
    )


def test_the_ids_that_the_limited_may_give_are_those_that_are_looked_up() -> None:
    """A line is looked for in its order, so that its id needs no look of its own."""
    looked_up = {*map(to_camel_case, OF_ORDERS), "lineId"}
    for name, field in within_reach().items():
        given = {id for arg in field.args.values() for id in _ids(get_named_type(arg.type))}
        assert given <= looked_up, name


def _ids(kind: Any) -> Iterator[str]:
    for name, field in getattr(kind, "fields", {}).items():
        inner = get_named_type(field.type)
        if inner.name == "ID":
            yield name
        yield from _ids(inner)


UNIT_PRICE = '{ sku: "MUG", quantity: 1, unitPrice: { amount: "1", currency: "EUR" } }'


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (f"{{ placeOrder(input: {{ lines: [{UNIT_PRICE}] }}) {{ position }} }}", {}),
        (f"($i: PlaceOrderInput = {{ lines: [{UNIT_PRICE}] }}) {{ placeOrder(input: $i)", {}),
        ("($l: [OrderLineInput!]!) { placeOrder(input: { lines: $l })", {"l": [{"unitPrice": 1}]}),
        ("($p: MoneyInput) { placeOrder(input: { lines: [{ unitPrice: $p }] })", {}),
        ("($i: PlaceOrderInput!) { placeOrder(input: $i)", {"i": {"lines": {"unitPrice": 1}}}),
    ],
)
def test_a_price_is_noticed_wherever_it_stands(document: str, variables: dict[str, Any]) -> None:
    """In the document, in a default, or in a variable for a part: validation is not asked here."""
    text = f"mutation {document}" + ("" if document.startswith("{") else " { position } }")
    reader = Reader(SCHEMA, {})
    [operation] = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    who = with_role("C-1", Role.CUSTOMER)
    [error] = reader.needs(operation).refused(who, variables)
    assert error.message.startswith("`OrderLineInput.unitPrice` needs the right SET_TERMS")
    assert reader.needs(operation).refused(with_role("ada", Role.ADMIN), variables) == []


# ------------------------------------------------------------------ every place, with every role


def test_every_place_is_open_to_those_and_only_those_that_the_guide_names() -> None:
    asked = dict(documents())
    assert set(asked) == {place for place in REQUIRED if "node(" not in place}
    wrong = asyncio.run(_compared(asked))
    assert wrong == []


def test_a_check_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Needs, "refused", lambda *_: [])
    asked = {"Query.kpis": dict(documents())["Query.kpis"]}
    assert len(asyncio.run(_compared(asked))) == sum("READ_FIGURES" not in HAS[r] for r in Role)


async def _compared(asked: dict[str, tuple[Path, Asked]]) -> list[str]:
    executing, wrong = Executing(SCHEMA, Limits()), []
    for role in Role:
        who = with_role("C-1", role, frozenset({"web"}) if role in PUBLIC else None)
        context: Any = SimpleNamespace(who=who)
        for place, (path, document) in asked.items():
            answered = await executing.answer(document, context, RESPONSE_JSON)
            needed = [OPENS[each] for each in (*_names(path), place) if each in OPENS]
            expected = all(rights & HAS[role] for rights in needed)
            # what may be asked gets as far as its variables, which are missing, and is not executed
            code = "VARIABLES_INVALID" if expected else "FORBIDDEN"
            status = 400 if expected else 403
            if (answered.status, set(answered.codes)) != (status, {code}):
                wrong.append(f"{role} {place}: {answered.body.decode()}")
            elif not expected:
                told = orjson.loads(answered.body)["errors"]
                missing = [r for r in needed if not r & HAS[role]]
                assert {frozenset(e["extensions"]["anyOf"]) for e in told} == set(
                    map(frozenset, missing)
                )
    return wrong


def documents() -> Iterator[tuple[str, tuple[Path, Asked]]]:
    """Ask for each place of the guide by a shortest way; its variables are never given."""
    ways = list(_ways())
    for place in OPENS:
        kind, _, name = place.partition(".")
        if "node(" in place:
            continue
        if isinstance(SCHEMA.type_map[kind], GraphQLInputObjectType):
            yield place, _giving(place)
        elif kind in ("Query", "Mutation", "Subscription"):
            root = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
            yield place, ([], _document([(place, root)]))
        else:
            way = next(way for way in ways if get_named_type(way[-1][1].type).name == kind)
            field = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
            yield place, (way, _document([*way, (place, field)]))


def _ways() -> Iterator[Path]:
    """Give a way to every type, the shortest ones first."""
    seen: set[str] = set()
    roots = (SCHEMA.query_type, SCHEMA.mutation_type)
    ways: list[Path] = [
        [(f"{root.name}.{name}", field)]
        for root in roots
        if root is not None
        for name, field in root.fields.items()
    ]
    for way in ways:
        kind = get_named_type(way[-1][1].type)
        if kind.name in seen or not isinstance(kind, GraphQLObjectType):
            continue
        seen.add(kind.name)
        yield way
        ways += [[*way, (f"{kind.name}.{n}", field)] for n, field in kind.fields.items()]


def _names(path: Path) -> list[str]:
    return [place for place, _ in path]


def _document(path: Path) -> Asked:
    declared, opened = ["$never: Boolean!"], ""
    operation = path[0][0].partition(".")[0].lower()
    streamed = operation == "subscription"  # whose root field must not be left out
    for i, (place, field) in enumerate(path):
        given = [name for name, arg in field.args.items() if str(arg.type).endswith("!")]
        declared += [f"$v{i}{name}: {field.args[name].type}" for name in given]
        arguments = ", ".join(f"{name}: $v{i}{name}" for name in given)
        opened += f"{place.partition('.')[2]}{f'({arguments})' if arguments else ''}"
        if i == 0 and not streamed:
            opened += " @include(if: $never)"
        opened += " { "
    leaf = is_leaf_type(get_named_type(path[-1][1].type))
    never = " @include(if: $never)" if streamed else ""
    opened = opened.removesuffix(" { ") if leaf else f"{opened}__typename{never} }}"
    closed = " }" * (len(path) - 1)
    return Asked(f"{operation} W({', '.join(declared)}) {{ {opened}{closed} }}")


def _giving(place: str) -> tuple[Path, Asked]:
    """Give a field of an input and nothing else, in variables."""
    for root in (SCHEMA.mutation_type, SCHEMA.query_type):
        for name, field in root.fields.items() if root is not None else ():
            for argument, given in field.args.items():
                value = _value(get_named_type(given.type), place)
                if value is not None and root is not None:
                    path = [(f"{root.name}.{name}", field)]
                    document = _document(path).document or ""
                    if f"${'v0'}{argument}:" not in document:
                        document = document.replace("(", f"($v0{argument}: {given.type}, ", 1)
                        document = document.replace(
                            f"{name} @", f"{name}({argument}: $v0{argument}) @"
                        )
                    return path, Asked(document, None, {f"v0{argument}": value})
    raise AssertionError(f"nothing takes {place}")


def _value(kind: Any, place: str) -> Any:
    if not isinstance(kind, GraphQLInputObjectType):
        return None
    for name, field in kind.fields.items():
        if f"{kind.name}.{name}" == place:
            return {name: "?"}
        if (value := _value(get_named_type(field.type), place)) is not None:
            return {name: [value] if "[" in str(field.type) else value}
    return None
