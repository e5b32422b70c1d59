"""A command gets the fields that looking at each value of its input would give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from hashlib import sha256
from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api import test_input_readers
from tests.api.test_input_readers import INPUTS, LEAVES, QUICK, definition, right

from oms_api import input_readers, inputs
from oms_api.failures import InvalidId
from oms_api.inputs import KIND_OF_ID, OWN_NAME_OF_REQUEST, CommandInput, Facts, NotAnId
from oms_api.nodes import global_id, parse_event_id, parse_id
from oms_api.order_inputs import PlaceOrderInput
from oms_api.schema import SCHEMA
from oms_core.kernel.refusal import Refusal

COMMANDS = [kind for kind in INPUTS if issubclass(definition(kind).origin, CommandInput)]
IDS = st.one_of(
    LEAVES["ID"],
    st.uuids().map(str),
    st.uuids().map(lambda id: f"{id}/1"),
    st.builds(global_id, st.sampled_from(["Order", "OrderLine", "Shipment", "Event"]), st.uuids()),
)


def looked_at_one_by_one(given: Any, path: tuple[str, ...] = ()) -> Facts:
    facts = {name: value for name, value in vars(given).items() if value is not None}
    return {
        name: _looked_at(value, KIND_OF_ID.get(name), (*path, name))
        for name, value in facts.items()
    }


def _looked_at(value: Any, kind: str | None, path: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_looked_at(item, kind, (*path, str(i))) for i, item in enumerate(value)]
    if kind is None:
        return looked_at_one_by_one(value, path) if is_dataclass(value) else value
    try:
        return parse_event_id(value) if kind == "Event" else parse_id(kind, value)
    except InvalidId:
        raise NotAnId(text=repr(value), kind=kind, field=path) from None


def told(facts: Callable[[Any], Facts], given: CommandInput) -> object:
    try:
        found = facts(given)
    except Refusal as refusal:
        return type(refusal), refusal.field, refusal.facts, str(refusal)
    return found, list(found)


@pytest.mark.parametrize("named", COMMANDS, ids=lambda named: named.name)
def test_fields_are_those_of_looking_at_each_value(
    named: GraphQLInputObjectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(test_input_readers.LEAVES, "ID", IDS)
    read = input_readers.part(GraphQLNonNull(named)).read

    @QUICK
    @given(right(GraphQLNonNull(named)))
    def check(value: Any) -> None:
        given = read(value)
        assert told(inputs._facts, given) == told(looked_at_one_by_one, given)

    check()


@pytest.mark.parametrize("named", COMMANDS, ids=lambda named: named.name)
def test_a_fingerprint_is_of_all_that_is_asked_for(named: GraphQLInputObjectType) -> None:
    read = input_readers.part(GraphQLNonNull(named)).read

    @settings(QUICK, max_examples=5)
    @given(right(GraphQLNonNull(named)))
    def check(value: Any) -> None:
        given = read(value)
        asked = {n: v for n, v in vars(given).items() if n not in OWN_NAME_OF_REQUEST}
        text = orjson.dumps(asked, default=inputs._exact, option=orjson.OPT_SORT_KEYS)
        assert given.fingerprint() == sha256(text).digest()

    check()


def test_a_fingerprint_stays_what_it_was() -> None:
    """They are stored: a retry that comes after an update is the same request."""
    read = input_readers.part(SCHEMA.type_map["PlaceOrderInput"]).read
    given: PlaceOrderInput = read(
        {
            "idempotencyKey": "k-1",
            "number": "O-1",
            "channel": "web",
            "currency": "EUR",
            "placedAt": "2026-01-31T09:30:00+01:00",
            "customer": {"reference": "C-1", "email": "ada@example.org"},
            "shippingAddress": {
                "name": "Ada",
                "street": "Deich 1",
                "city": "Hamburg",
                "postalCode": "20459",
                "country": "DE",
            },
            "lines": [
                {"sku": "MUG", "quantity": 2, "unitPrice": {"amount": "1.50", "currency": "EUR"}}
            ],
            "shippingTaxRate": "0.190",
        }
    )
    assert (
        given.fingerprint().hex()
        == "3b84fd011523be3debdb6181501f1f63e33b677c2271527141bdd539281476e8"
    )
