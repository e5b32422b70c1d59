"""Credits: what units were sold for, to the cent, however they are divided up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    ORDER,
    authorize,
    cancel,
    capture,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    refund,
    stocked,
    uid,
)

from oms_core.channels.commands import ConfigureChannel
from oms_core.orders import crediting
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import ExchangeCreditPosted, PricedLine
from oms_core.orders.line import OrderLine
from oms_core.orders.order import Order
from oms_core.orders.refusals import (
    CreditAlreadyGranted,
    CreditWasCarriedOver,
    PaymentExceedsTotal,
    ShippingAlreadyCredited,
    ShippingWasRefunded,
    TooFewUnitsToCredit,
)
from oms_core.orders.status import PaymentStatus

CENTS = st.integers(0, 5000).map(lambda n: Decimal(n).scaleb(-2))


def delivered(**terms: Any) -> Story:
    """Three caps at 10 EUR with 19 % tax and 4.90 EUR shipping, paid and delivered."""
    terms = {"shipping_price": eur("4.90")} | terms
    stock = stocked({("CAP", "HAM"): 5})
    begun = Story().after(*stock, place(("CAP", 3), **terms))
    total = begun.history.fold(Order, ORDER).total
    return begun.after(*paid(str(total)), dispatch(1), deliver(1))


def credit(story: Story, units: int, number: int = 95, *, fee: str = "0", **asked: Any) -> Order:
    """Credit units of the first line past any command."""
    order = story.history.fold(Order, ORDER)
    wanted = {LINE_1: units} if units else {}
    order.grant_credit(
        crediting.decide(order, wanted, **asked).granted(uid(number), fee=Decimal(fee))
    )
    story.history.append(ORDER, *order.pending)
    return order


def carried_over(story: Story, amount: str) -> None:
    event = ExchangeCreditPosted(
        credit_id=uid(95), amount=Decimal(amount), replacement_id=UUID(int=77)
    )
    story.history.append(ORDER, event)


def test_a_credit_lowers_what_is_owed_and_makes_a_refund_due() -> None:
    begun = delivered()
    order = credit(begun, 1)
    assert (order.total, order.owed) == (Decimal("40.60"), Decimal("28.70"))
    assert order.refund_due == Decimal("11.90")
    assert order.view().lines[0].credited == order.view().credited == Decimal("11.90")
    assert order.view().payment_status is PaymentStatus.PAID
    begun.after(refund("11.90"))
    assert begun.history.fold(Order, ORDER).refund_due == 0


def test_a_fee_stays_with_the_shop_and_shipping_goes_back_only_if_asked() -> None:
    begun = delivered()
    assert credit(begun, 1, fee="2.50").credits.granted == Decimal("9.40")
    order = credit(begun, 0, 96, shipping=True)
    assert order.credits.granted == Decimal("14.30")
    with pytest.raises(ShippingAlreadyCredited):
        credit(begun, 0, 97, shipping=True)
    assert credit(begun, 2, 98).owed == Decimal("2.50")


def test_no_more_units_are_credited_than_arrived_and_none_twice() -> None:
    begun = delivered()
    credit(begun, 2)
    with pytest.raises(TooFewUnitsToCredit, match="but only 1 arrived"):
        credit(begun, 2, 96)
    with pytest.raises(CreditAlreadyGranted):
        credit(begun, 1)


def test_what_was_never_paid_is_not_refunded() -> None:
    """Delivered on account: a credit is an amount less to pay, and no more may be collected."""
    stock = stocked({("CAP", "HAM"): 5})
    begun = Story().after(*stock, place(("CAP", 3)), *paid("35.70"), dispatch(1), deliver(1))
    order = credit(begun, 3)
    assert (order.owed, order.refund_due) == (0, Decimal("35.70"))
    unpaid = Story().after(*stock, place(("CAP", 3)), authorize("35.70"), capture("20"))
    unpaid.history.append(ORDER, *begun.history.streams[ORDER][-1:])
    assert unpaid.history.fold(Order, ORDER).refund_due == 20
    unpaid.when(capture("1")).refused(PaymentExceedsTotal, "comes to 0", field="amount")


def test_what_pays_for_a_replacement_is_not_refunded_too() -> None:
    """Else the customer would have both the replacement and the money that paid for it."""
    begun = delivered()
    assert credit(begun, 1).refund_due == Decimal("11.90")
    carried_over(begun, "-11.90")
    order = begun.history.fold(Order, ORDER)
    assert (order.refund_due, order.view().payment_status) == (0, PaymentStatus.PAID)
    begun.when(refund("28.71")).refused(
        CreditWasCarriedOver, "11.90 of what was captured", field="amount"
    )
    begun.after(refund("28.70"))
    assert begun.history.fold(Order, ORDER).view().payment_status is PaymentStatus.REFUNDED


def test_credit_that_came_from_another_order_counts_as_paid() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 3)))
    event = ExchangeCreditPosted(credit_id=uid(95), amount=Decimal("30"), origin_id=uid(77))
    begun.history.append(ORDER, event)
    begun.when(authorize("5.71")).refused(PaymentExceedsTotal, "comes to 5.70", field="amount")
    begun.after(authorize("5.70"), capture("5.70"))
    order = begun.history.fold(Order, ORDER)
    assert order.is_secured
    assert order.view().payment_status is PaymentStatus.PAID
    assert order.view().exchange_credit == 30


def test_shipping_that_was_refunded_is_not_edited_away_as_well() -> None:
    stock = stocked({("CAP", "HAM"): 5, ("CAP", "MUC"): 5})
    begun = Story().after(*stock, place(("CAP", 8), shipping_price=eur("4.90")), *paid("100.10"))
    begun.after(dispatch(1), deliver(1))
    credit(begun, 1, shipping=True)
    begun.when(EditOrder(order_id=ORDER, shipping_price=eur("0"))).refused(
        ShippingWasRefunded, "stays", field="shipping_price"
    )


@given(
    quantity=st.integers(1, 9),
    price=CENTS,
    discount=st.integers(0, 100),
    rate=st.sampled_from(["0", "0.07", "0.19", "1"]),
    parts=st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=9),
    include_tax=st.booleans(),
)
def test_crediting_and_cancelling_in_any_order_comes_to_the_whole(
    quantity: int,
    price: Decimal,
    discount: int,
    rate: str,
    parts: list[tuple[bool, int]],
    include_tax: bool,
) -> None:
    """No cent is given back twice or kept, whichever way the units go."""
    off = (price * quantity * discount / 100).quantize(Decimal("0.01"))
    tax = ((price * quantity - off) * Decimal(rate)).quantize(Decimal("0.01"))
    total = price * quantity - off + (0 if include_tax else tax)
    terms = PricedLine(
        line_id=LINE_1,
        sku="CAP",
        name="Cap",
        quantity=quantity,
        unit_price=price,
        discount=off,
        tax=tax,
        total=total,
    )
    line = OrderLine(terms, "EUR", prices_include_tax=include_tax)
    for cancelled, most in [*parts, (False, quantity)]:
        units = min(most, line.kept)
        if cancelled and units:
            line.disown(line.amounts_cancelled(units))
            line.cancelled += units
        elif units:
            line.credit(line.amounts_credited(units))
        assert 0 <= line.credited.amount <= line.total <= total
    assert line.kept == 0
    assert line.credited.amount == line.total


def test_an_edit_of_a_line_keeps_what_was_credited_of_it() -> None:
    """Half of the line arrived and one unit came back; the rest is edited away and back."""
    stock = stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 2})
    channel = ConfigureChannel(code="web", prices_include_tax=True)
    terms: dict[str, Any] = {"discount": eur("0.05")}
    begun = Story().after(channel, *stock, place(("CAP", 4), **terms), *paid("39.95"))
    begun.after(dispatch(1), deliver(1))
    before = credit(begun, 1)
    line = LineChange(line_id=LINE_1, quantity=3)
    begun.after(EditOrder(order_id=ORDER, lines=(line,)))
    edited = begun.history.fold(Order, ORDER)
    assert edited.lines[LINE_1].credited.amount == Decimal("9.99")
    assert edited.lines[LINE_1].kept == 2
    assert edited.owed == Decimal("19.97")  # two thirds of the discount of three
    begun.after(EditOrder(order_id=ORDER, lines=(line.model_copy(update={"quantity": 4}),)))
    assert begun.history.fold(Order, ORDER).owed == before.owed
    begun.after(cancel({LINE_1: 2}))
    assert credit(begun, 1, 96).owed == 0
