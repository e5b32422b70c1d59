"""What was stored once is readable for ever: a stored example of every topic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.domain.expected_events import EVENTS
from tests.domain.facts import fact

from oms_core.kernel.message import FORMER, TOPICS, Event, event_type, reads_as, topics_of
from oms_core.payments.events import ProviderReported
from oms_core.payments.history import ProviderReportedV1
from oms_core.runtime.kinds import KINDS, kind_of
from oms_core.runtime.mapper import read_event

LINES: list[dict[str, Any]] = [
    json.loads(text)
    for text in Path(__file__).with_name("event_shapes.jsonl").read_text().splitlines()
]
STORED: dict[str, dict[str, Any]] = {line["topic"]: line["body"] for line in LINES}
"""The latest example of every topic; earlier ones stand before it."""
EARLIER = [line for line in LINES if line["body"] is not STORED[line["topic"]]]
EXPECTED = {event.TOPIC: event for event in EVENTS}


NOW = sorted(topic for topic, shape in TOPICS.items() if shape not in FORMER)
THEN = sorted(TOPICS.keys() - set(NOW))
"""Topics under which nothing is stored any more."""


def test_every_topic_has_one_stored_example() -> None:
    assert set(STORED) == set(TOPICS)
    assert set(NOW) == set(EXPECTED)
    assert len(EVENTS) == len(EXPECTED)


@pytest.mark.parametrize("topic", sorted(STORED))
def test_a_stored_event_reads_as_the_fact_it_was(topic: str) -> None:
    read = read_event(topic, json.dumps(STORED[topic]))
    assert read == EXPECTED[read.TOPIC]
    assert event_type(read.TOPIC) == event_type(topic)


@pytest.mark.parametrize("topic", THEN)
def test_a_former_shape_stays_as_it_was(topic: str) -> None:
    stored = STORED[topic]
    assert TOPICS[topic].model_validate(stored).model_dump(mode="json") == stored


def test_shapes_are_numbered_without_a_gap_and_the_last_one_is_in_use() -> None:
    shapes: dict[str, list[int]] = {}
    for topic in STORED:
        name, _, number = topic.rpartition(".v")
        shapes.setdefault(name, []).append(int(number))
    for name, numbers in shapes.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), name
        assert f"{name}.v{len(numbers)}" in NOW
    assert THEN  # else none of this is seen to work


def test_whoever_asks_for_a_fact_gets_it_in_every_shape() -> None:
    assert topics_of([ProviderReported]) == [
        "payments.ProviderReported.v2",
        "payments.ProviderReported.v1",
    ]
    assert topics_of([]) == []


def test_a_former_shape_has_one_reader() -> None:
    def another(old: ProviderReportedV1) -> ProviderReported:
        raise AssertionError

    with pytest.raises(TypeError, match="ProviderReportedV1 has two readers"):
        reads_as(ProviderReported)(another)


@pytest.mark.parametrize("topic", NOW)
def test_a_topic_is_stored_in_the_same_shape_as_ever(topic: str) -> None:
    """A new field has a default and a new line here; any other new shape is a new topic."""
    assert json.loads(EXPECTED[topic].model_dump_json()) == STORED[topic]


@pytest.mark.parametrize("earlier", EARLIER, ids=[line["topic"] for line in EARLIER])
def test_an_event_stored_before_a_field_was_added_says_what_it_said(
    earlier: dict[str, Any],
) -> None:
    topic, body = earlier["topic"], earlier["body"]
    event = TOPICS[topic].model_validate_json(json.dumps(body))
    assert event.model_dump(mode="json", exclude_unset=True) == body
    assert event.model_dump(mode="json") != body


@pytest.mark.parametrize("topic", sorted(STORED))
def test_a_shape_has_no_room_for_what_it_does_not_know(topic: str) -> None:
    with pytest.raises(ValidationError, match="not permitted"):
        TOPICS[topic].model_validate(STORED[topic] | {"unheard_of": 1})


@pytest.mark.parametrize("topic", sorted(STORED))
def test_a_topic_names_its_capability_its_event_and_its_shape(topic: str) -> None:
    capability, name, shape = topic.split(".")
    former = TOPICS[topic] in FORMER
    package, _, module = TOPICS[topic].__module__.rpartition(".")
    assert package == f"oms_core.{capability}"
    assert module == "history" if former else module.endswith("events")
    assert TOPICS[topic].__name__ == (f"{name}{shape.upper()}" if former else name)
    assert event_type(topic) == name
    assert kind_of(topic) is KINDS[capability]


def test_a_topic_is_taken_once() -> None:
    with pytest.raises(TypeError, match="is taken by StockAdjusted"):
        type("Another", (Event,), {"TOPIC": "stock.StockAdjusted.v1", "__annotations__": {}})


def test_every_example_differs_from_its_defaults() -> None:
    """Else a renamed field with a default would read as that default, unnoticed."""
    for event in EVENTS:
        for name, field in type(event).model_fields.items():
            assert field.is_required() or getattr(event, name) != field.default, (event, name)


@pytest.mark.parametrize("topic", sorted(TOPICS))
@settings(max_examples=15)
@given(data=st.data())
def test_any_fact_survives_its_json(topic: str, data: st.DataObject) -> None:
    event = data.draw(fact(TOPICS[topic]))
    assert TOPICS[topic].model_validate_json(event.model_dump_json()) == event
