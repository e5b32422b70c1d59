"""There and back again: whoever edits an order and edits it back is where he began, to the cent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.edits import new, sums, view
from tests.domain.kit import Story
from tests.domain.price_list import open_for_pricing, priced
from tests.domain.shop import ORDER, eur, place, stocked, uid

from oms_core.kernel.money import Money
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.order import Order
from oms_core.orders.view import OrderLineView

LINES = st.tuples(st.sampled_from(["CAP", "MUG"]), st.integers(1, 9))
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.07", "0.19")])
PRICES = st.integers(0, 3000).map(lambda cents: str(Decimal(cents).scaleb(-2)))


@st.composite
def edits(draw: st.DrawFn, lines: int, added: int) -> EditOrder:
    """Change some of the lines, add one, send it otherwise."""
    ids = st.sampled_from([uid(i) for i in range(1, lines + 1)])
    change = st.tuples(st.integers(1, 9), st.none() | PRICES, st.none() | RATES)
    changed = draw(st.dictionaries(ids, change))
    return EditOrder(
        order_id=ORDER,
        lines=tuple(
            LineChange(
                line_id=id,
                quantity=n,
                unit_price=None if price is None else eur(price),
                tax_rate=rate,
            )
            for id, (n, price, rate) in changed.items()
        ),
        add_lines=draw(st.sampled_from([(), new(added, "MUG", 2)])),
        shipping_price=draw(st.none() | PRICES.map(eur)),
        allow_backorder=True,
    )


def back(lines: tuple[OrderLineView, ...], first: tuple[OrderLineView, ...]) -> EditOrder:
    """Lead the lines back to what they were at first."""
    then = {line.line_id: (line.quantity, line.unit_price, line.tax_rate) for line in first}
    changes = []
    for line in lines:
        now = 0, line.unit_price, line.tax_rate
        quantity, price, rate = then.get(line.line_id, now)
        money = Money(price, "EUR")
        changes.append(
            LineChange(line_id=line.line_id, quantity=quantity, unit_price=money, tax_rate=rate)
        )
    return EditOrder(order_id=ORDER, lines=tuple(changes), allow_backorder=True)


@given(
    lines=st.lists(LINES, min_size=1, max_size=4),
    price=priced(),
    shipping=PRICES,
    off=st.integers(0, 999),
    data=st.data(),
)
def test_editing_and_editing_back_gives_the_same_totals(
    lines: list[tuple[str, int]],
    price: Mapping[str, Any],
    shipping: str,
    off: int,
    data: st.DataObject,
) -> None:
    terms = {**price, "coupon_code": None, "discount": Money(Decimal(off).scaleb(-2), "EUR")}
    begun = Story().after(
        *stocked({("CAP", "HAM"): 9, ("MUG", "HAM"): 9}), *open_for_pricing("MUG")
    )
    begun.after(place(*lines, **terms, shipping_price=eur(shipping), allow_backorder=True))
    before, first = sums(begun), view(begun).lines
    for step in range(data.draw(st.integers(1, 3))):
        begun.after(data.draw(edits(len(lines), 100 + step)))
        now = begun.history.fold(Order, ORDER)
        assert now.total == now.terms.total == now.view().total
    there_and_back = back(view(begun).lines, first)
    begun.after(there_and_back.model_copy(update={"shipping_price": eur(shipping)}))
    assert sums(begun) == before
