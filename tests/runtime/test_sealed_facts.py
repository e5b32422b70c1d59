"""What is sealed reads the same whether it is put into the fact, or into the body before."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.domain.facts import fact

from oms_core.kernel.message import TOPICS, Event
from oms_core.kernel.paths import leaves
from oms_core.kernel.personal import Purpose, personal_fields
from oms_core.runtime.mapper import draft_of
from oms_core.runtime.privacy import sealed_facts
from oms_core.runtime.privacy.custody import custodian, encrypt
from oms_core.runtime.privacy.sealed_facts import read_sealed
from oms_core.runtime.privacy.sealing import (
    KEYS,
    PLAIN,
    SEALED,
    DataKey,
    opened,
    personal_topics,
)
from oms_core.runtime.privacy.wrapped_keys import WrappedKeys

MADE = {purpose: AESGCM.generate_key(256) for purpose in Purpose}
DATA_KEYS = {purpose: DataKey(purpose.value, AESGCM(key)) for purpose, key in MADE.items()}


def wrapped() -> dict[str, tuple[str, str, bytes]]:
    keeper = custodian()
    master = keeper.current
    return {p.value: (p.value, master, keeper.wrap(master, key)) for p, key in MADE.items()}


def sealed(event: Event) -> str:
    return draft_of(event).sealed(DATA_KEYS).decode()


def the_long_way(shape: type[Event], body: str, keys: WrappedKeys | None) -> Event:
    return shape.model_validate_json(orjson.dumps(opened(shape.TOPIC, body, keys)))


def outcome(read: Callable[..., Event], *given: Any) -> tuple[object, str]:
    try:
        event = read(*given)
    except Exception as error:
        return type(error), str(error)
    return event, repr((event, event.model_fields_set))


def reads_alike(shape: type[Event], body: str, keys: WrappedKeys | None) -> bool:
    return outcome(read_sealed, shape, body, keys) == outcome(the_long_way, shape, body, keys)


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=20)
@given(data=st.data())
def test_both_ways_give_the_same(topic: str, data: st.DataObject) -> None:
    event = data.draw(fact(TOPICS[topic]))
    if not draft_of(event).personal:
        return
    body, kept = sealed(event), data.draw(st.sets(st.sampled_from(Purpose)))
    keys = {name: key for name, key in wrapped().items() if name in kept}
    assert reads_alike(type(event), body, keys)
    within = json.dumps({name: (p, m, key.hex()) for name, (p, m, key) in keys.items()})
    with_keys = f'{body[:-1]},"{KEYS}":{within}}}'
    assert reads_alike(type(event), with_keys, None)
    assert reads_alike(type(event), f'{body[:-1]},"{PLAIN}":["BOOKS"]}}', keys)
    turned = json.dumps(dict(reversed(json.loads(body).items())), separators=(",", ":"))
    assert reads_alike(type(event), turned, keys)
    if kept >= draft_of(event).personal.keys():
        assert read_sealed(type(event), body, keys) == event


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=5)
@given(data=st.data())
def test_what_is_sealed_today_is_read_in_one_pass(topic: str, data: st.DataObject) -> None:
    event = data.draw(fact(TOPICS[topic]))
    if draft_of(event).personal:
        assert sealed_facts._filled(type(event), sealed(event), wrapped()) == event


@pytest.mark.parametrize("topic", personal_topics())
@settings(max_examples=10)
@given(data=st.data())
def test_both_ways_give_the_same_for_whatever_is_hidden(topic: str, data: st.DataObject) -> None:
    event = data.draw(fact(TOPICS[topic]))
    body = json.loads(sealed(event))
    paths = [".".join(field.path) for field in personal_fields(TOPICS[topic])]
    some = st.lists(st.one_of(st.none(), st.text(max_size=3), st.integers(0, 9), st.floats(0, 9)))
    hidden = st.one_of(some, st.dictionaries(st.sampled_from([*paths, "other"]), some))
    body[SEALED] = {
        purpose.value: b64encode(
            encrypt(key.key, json.dumps(data.draw(hidden)).encode(), f"{topic} {purpose}".encode())
        ).decode()
        for purpose, key in DATA_KEYS.items()
    }
    assert reads_alike(TOPICS[topic], json.dumps(body, separators=(",", ":")), wrapped())


def test_personal_values_are_texts_or_fractions_without_further_rules() -> None:
    """So a value that takes the place of one of its kind needs no other check."""
    for topic in personal_topics():
        personal = {field.path for field in personal_fields(TOPICS[topic])}
        for path, (*_, field) in leaves(TOPICS[topic]):
            if path in personal:
                assert field.annotation in (str, str | None, float | None), (topic, path)
                assert not [one for one in field.metadata if "_Mark" not in repr(one)]
