"""What is seen of short texts at a glance is what looking closely tells."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from oms_core.kernel import fields
from oms_core.kernel.card_numbers import has_card_number

CARDS = ["4111111111111111", "4222222222222", "4111 1111 1111 1111", "5555-5555-5555-4444"]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(" \t\n\x00\x7f\xa0\u2028\ud800a1-", max_size=15),
    st.text("0123456789 -", max_size=20),
    st.builds(lambda a, b, c: a + b + c, st.text(max_size=3), st.sampled_from(CARDS), st.text()),
)


def _clean(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be blank")
    if fields._CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


def _no_card_as_key(value: str) -> str:
    if has_card_number(value, key=True):
        raise ValueError(fields.CARD_NUMBER)
    return value


def closely(longest: int, *validators: Any) -> Any:
    looks = map(AfterValidator, (_clean, *validators))
    return Annotated[str, Field(max_length=longest), *looks]


def found(kind: Any, text: str) -> object:
    try:
        return TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        return [(e["type"], e["msg"]) for e in error.errors(include_context=False)]


@pytest.mark.parametrize(
    ("kind", "by_looking_closely"),
    [
        (fields.Text, closely(200, fields._no_card)),
        (fields.LongText, closely(2000, fields._no_card)),
        (fields.Code, closely(80, _no_card_as_key)),
        (fields.Number, closely(80)),
    ],
)
def test_a_text_is_taken_or_refused_as_if_looked_at_closely(
    kind: Any, by_looking_closely: Any
) -> None:
    @given(TEXTS)
    def check(text: str) -> None:
        assert found(kind, text) == found(by_looking_closely, text)

    check()
