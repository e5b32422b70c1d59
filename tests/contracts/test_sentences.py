"""Every event has a sentence for people in every language, and it says what the event says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from tests.domain.expected_events import EVENTS

from oms_core.kernel.message import FORMER, TOPICS, Event
from oms_core.orders import events as orders
from oms_core.orders.quantities import LineQuantity
from oms_core.payments.events import PaymentCaptured
from oms_core.runtime.stories import SENTENCES, told
from oms_core.shipments.events import ShipmentDispatched
from oms_core.stock.events import StockAdjusted
from oms_core.story.telling import About
from oms_core.story.words import WORDS, Language

EXAMPLES = {type(event): event for event in EVENTS}
LINE = UUID("0192f0c1-0000-7000-8000-000000000001")
OTHER = UUID("0192f0c1-0000-7000-8000-000000000002")


@pytest.mark.parametrize("topic", sorted(t for t in TOPICS if TOPICS[t] not in FORMER))
def test_every_event_has_a_sentence_in_every_language(topic: str) -> None:
    event = TOPICS[topic]
    module = event.__module__.replace(".", "/").replace("/events", "/sentences.py")
    assert event in SENTENCES, f"tell people in src/{module} what {event.__name__} means"
    for language in Language:
        assert getattr(SENTENCES[event], language.lower()).strip()


@pytest.mark.parametrize("event", SENTENCES, ids=lambda event: event.__name__)
def test_a_sentence_speaks_of_fields_that_the_event_has(event: type[Event]) -> None:
    assert SENTENCES[event].fields() <= event.model_fields.keys()


@pytest.mark.parametrize("event", SENTENCES, ids=lambda event: event.__name__)
def test_the_values_that_a_sentence_shows_have_words_in_every_language(event: type[Event]) -> None:
    hints = get_type_hints(event)
    for field in SENTENCES[event].fields():
        for value in _values(hints[field]):
            assert str(value.value).upper() in WORDS, f"words for {value!r} in story/words.py"


def _values(annotation: Any) -> Iterator[StrEnum]:
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _values(part)
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_told_event_is_one_sentence_with_nothing_of_its_making(event: Event) -> None:
    english, german = told(event, Language.EN), told(event, Language.DE)
    assert english != german
    for text in (english, german):
        assert re.fullmatch(r"\S(.*\S)?[.”“]", text), text
        assert not re.search(r"[{}\[\]]|  | [,;.]|None|\?\s", text), text


def told_twice(event: Event, about: About) -> tuple[str, str]:
    return told(event, Language.EN, about), told(event, Language.DE, about)


def test_goods_are_named_by_what_is_known_of_the_order() -> None:
    event = orders.LinesDelivered(
        shipment_id=OTHER,
        lines=(LineQuantity(line_id=LINE, quantity=2), LineQuantity(line_id=OTHER, quantity=1)),
    )
    assert told_twice(event, About("EUR", {LINE: "MUG-1"})) == (
        "2 × MUG-1, 1 unit reached the customer.",
        "2 × MUG-1, 1 Stück kamen beim Kunden an.",
    )


def test_amounts_and_reasons_are_written_as_the_language_does() -> None:
    event = StockAdjusted(sku="MUG-1", location="HAM", delta=-3, reason="counted twice")
    assert told_twice(event, About()) == (
        "The stock of MUG-1 at HAM was put right by -3, because “counted twice”.",
        "Der Bestand von MUG-1 in HAM wurde um -3 berichtigt, Grund: „counted twice“.",
    )
    granted = orders.CreditGranted(credit_id=LINE, amount=Decimal("12.50"))
    assert told_twice(granted, About("EUR")) == (
        "The customer owes 12.50 EUR less.",
        "Der Kunde schuldet 12,50 EUR weniger.",
    )


def test_what_an_event_does_not_say_is_left_out() -> None:
    sent = EXAMPLES[ShipmentDispatched].model_copy(update={"tracking_number": None})
    assert told(sent, Language.EN) == f"The parcel was handed to {sent.carrier}."  # type: ignore[attr-defined]


def test_what_was_erased_is_told_as_erased() -> None:
    """Whoever erases what a person said or was called leaves a mark in its place."""
    placed = EXAMPLES[orders.OrderPlaced].model_copy(update={"customer": "[erased]"})
    assert "by customer [erased]" in told(placed, Language.EN)
    note = EXAMPLES[PaymentCaptured].model_copy(update={"amount": "[erased]"})
    assert told(note, Language.DE) == "[erased] wurden eingezogen."
