"""What makes messages of their fields makes, and refuses, what their class does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from oms_core.kernel.message import Message, maker
from oms_core.orders.events import CustomerDetails, PostalAddress, PricedLine
from oms_core.orders.quantities import LineQuantity, SourcedQuantity
from oms_core.stock.events import StockReserved

LINE = LineQuantity(line_id=UUID(int=1), quantity=2)
SOURCED = SourcedQuantity(**vars(LINE), sku="CAP", location="HAM")
MADE: list[Message] = [
    LINE,
    SOURCED,
    CustomerDetails(reference="C-1", name="Ada"),
    PostalAddress(name="Ada", street="Deich 1", city="Hamburg", postal_code="20459", country="DE"),
    PricedLine(
        line_id=UUID(int=1),
        sku="CAP",
        name="Cap",
        quantity=2,
        unit_price=Decimal("9.90"),
        tax_rate=Decimal("0.19"),
        total=Decimal("19.80"),
    ),
    StockReserved(sku="CAP", location="HAM", order_id=UUID(int=2), lines=(LINE,), channel="web"),
]
ANYTHING = st.one_of(
    st.sampled_from([None, True, "DE", "7", (LINE,), (SOURCED,), [LINE], UUID(int=3)]),
    st.integers(),
    st.decimals(),
    st.text(max_size=3),
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[type[Message], dict[str, Any]]:
    """Fields of a message: some left out, some of another kind, and some that it has not got."""
    message = draw(st.sampled_from(MADE))
    names = [*type(message).model_fields, "unheard_of"]
    left_out = draw(st.sets(st.sampled_from(names), max_size=2))
    changed = draw(st.dictionaries(st.sampled_from(names), ANYTHING, max_size=2))
    fields = {k: v for k, v in vars(message).items() if k not in left_out}
    return type(message), fields | changed


@given(asked())
@example((LineQuantity, dict(vars(LINE))))
@example((LineQuantity, {"line_id": "no id", "unheard_of": 1}))
def test_a_maker_makes_and_refuses_what_its_class_does(
    given: tuple[type[Message], dict[str, Any]],
) -> None:
    kind, fields = given
    before = dict(fields)
    try:
        expected = kind(**fields)
    except ValidationError as error:
        with pytest.raises(ValidationError) as refused:
            maker(kind)(fields)
        assert repr(refused.value.errors()) == repr(error.errors())
        return
    made = maker(kind)(fields)
    assert type(made) is kind
    assert (repr(made), made.model_fields_set) == (repr(expected), expected.model_fields_set)
    assert repr(fields) == repr(before)


def test_what_a_maker_made_can_not_be_changed() -> None:
    made = maker(LineQuantity)(vars(LINE))
    with pytest.raises(ValidationError):
        made.quantity = 3  # type: ignore[misc]
    assert made == LINE
