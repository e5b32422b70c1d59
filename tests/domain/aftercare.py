"""Short words for what happens after delivery: returns received, inspected, refunded, exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tests.domain.kit import Story
from tests.domain.shop import (
    LINE_1,
    NOW,
    ORDER,
    RETURN,
    deliver,
    dispatch,
    paid,
    place,
    send_back,
    stocked,
    uid,
    wanted,
)

from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import WantedLine
from oms_core.returns.events import Condition
from oms_core.returns.exchanging import ExchangeReturn, Replacement
from oms_core.returns.goods_return import Return
from oms_core.returns.receiving import (
    InspectedLine,
    InspectReturn,
    ReceivedLine,
    ReceiveReturn,
    ReceiveReturnItems,
)
from oms_core.returns.refunding import RefundReturn

SECOND = order_id("1001-X")
RESTOCK = ReceiveReturn(return_id=RETURN, restock=True)
SET_APART = ReceiveReturn(return_id=RETURN, restock=False)


def delivered(*, units: int = 3, **terms: Any) -> Story:
    """So many caps at 10 EUR with 19 % tax from Hamburg, paid and delivered; two more there."""
    begun = Story().after(*stocked({("CAP", "HAM"): units + 2, ("MUG", "HAM"): 5}, MUG="25"))
    begun.after(place(("CAP", units), **terms))
    total = order(begun).total
    return begun.after(*paid(str(total)), dispatch(1), deliver(1))


def sent_back(units: int = 3, **terms: Any) -> Story:
    """The same, and all of it is to come back."""
    return delivered(units=units, **terms).after(send_back({LINE_1: units}))


def order(story: Story, id: UUID = ORDER) -> Order:
    return story.history.fold(Order, id)


def goods(story: Story) -> Return:
    return story.history.fold(Return, RETURN)


def receive(
    *lines: tuple[int, Condition], line_id: UUID = LINE_1, location: str | None = None
) -> ReceiveReturnItems:
    """Take so many units in, in a condition, perhaps at another location."""
    received = [
        ReceivedLine(line_id=line_id, quantity=n, condition=condition, location=location)
        for n, condition in lines
    ]
    return ReceiveReturnItems(return_id=RETURN, lines=tuple(received))


def inspect(units: int, condition: Condition, line_id: UUID = LINE_1, **more: Any) -> InspectReturn:
    line = InspectedLine(line_id=line_id, quantity=units, condition=condition, **more)
    return InspectReturn(return_id=RETURN, lines=(line,))


def refund_return(
    units: Mapping[UUID, int] | None = None, number: int = 95, **more: Any
) -> RefundReturn:
    lines = None if units is None else wanted(units)
    return RefundReturn(return_id=RETURN, credit_id=uid(number), lines=lines, **more)


def exchange(
    *lines: tuple[str, int],
    number: str = "1001-X",
    prices: Mapping[str, Any] | None = None,
    **more: Any,
) -> ExchangeReturn:
    """Order these quantities in exchange; line ids count from 21."""
    terms = {k: more.pop(k) for k in ("shipping_price", "allow_backorder") if k in more}
    replacement = Replacement(
        lines=tuple(
            WantedLine(line_id=uid(20 + i), sku=sku, quantity=n, unit_price=(prices or {}).get(sku))
            for i, (sku, n) in enumerate(lines, start=1)
        ),
        **terms,
    )
    usual = {"return_id": RETURN, "credit_id": uid(95), "number": number, "placed_at": NOW}
    return ExchangeReturn(**(usual | more), replacement=replacement)
