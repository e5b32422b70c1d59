"""Editing an order that was placed: terms, units and sums in one step, and back again.

Some tests are named after what went wrong elsewhere, by project and issue.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from tests.domain.edits import edit, new, story, sums, view
from tests.domain.kit import Story
from tests.domain.shop import (
    ADDRESS,
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    LINE_2,
    LINE_3,
    MUG_AT_HAMBURG,
    ORDER,
    at,
    cancel,
    deliver,
    dispatch,
    eur,
    paid,
    place,
    shipment_id,
    stocked,
    uid,
    units,
)

from oms_core.catalogue.product import NoSuchProduct
from oms_core.channels.commands import ConfigureChannel
from oms_core.kernel.money import AmountOutOfRange, Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.commands import HoldOrder
from oms_core.orders.edit_commands import EditOrder, LineChange
from oms_core.orders.events import (
    CancelledUnits,
    EditedLine,
    LinesBackordered,
    LinesReserved,
    OrderEdited,
    PostalAddress,
    PricedLine,
)
from oms_core.orders.placing import WantedDiscount
from oms_core.orders.refusals import (
    NoSuchOrder,
    NoSuchOrderLine,
    NothingLeftToOrder,
    OrderCancelled,
    OrderCompleted,
    OrderLineAlreadyAdded,
    ShippedPriceStays,
    ShippedUnitsStay,
    TooManyLines,
)
from oms_core.orders.status import OrderStatus, PaymentStatus
from oms_core.pricing.discounts import DiscountTooLarge
from oms_core.pricing.policy import RoundingLevel
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shipments.events import ShipmentLinesCancelled
from oms_core.stock.events import ReservationReleased, StockReserved
from oms_core.stock.stock_item import InsufficientStock, StockItem


def terms_of(line: UUID, quantity: int, tax: str, total: str, sku: str = "CAP") -> PricedLine:
    return PricedLine(
        line_id=line,
        sku=sku,
        name=sku.title(),
        quantity=quantity,
        unit_price=Decimal("10.00"),
        tax_rate=Decimal("0.19"),
        tax=Decimal(tax),
        total=Decimal(total),
    )


def owed(terms: PricedLine) -> EditedLine:
    """All units of a line are owed, as none is cancelled."""
    price = terms.quantity * terms.unit_price
    return EditedLine(terms=terms, subtotal=price, discount=terms.discount, tax=terms.tax)


def edited(difference: str, **terms: Any) -> OrderEdited:
    address = PostalAddress(**ADDRESS.model_dump())
    usual = {
        "shipping_address": address,
        "billing_address": address,
        "shipping_price": Decimal(0),
        "shipping_tax": Decimal(0),
        "shipping_tax_rate": Decimal(0),
    }
    return OrderEdited(**usual | terms, difference=Decimal(difference))


def test_saleor_3540_a_placed_order_can_be_edited() -> None:
    """One cap less and two mugs more: terms, reservations and totals change together."""
    begun = story()
    begun.when(edit({LINE_1: 2}, add_lines=new(2, "MUG", 2), reason="mugs instead")).then(
        {
            ORDER: [
                edited(
                    "11.90",
                    reason="mugs instead",
                    lines=(
                        owed(terms_of(LINE_1, 2, "3.80", "23.80")),
                        owed(terms_of(LINE_2, 2, "3.80", "23.80", "MUG")),
                    ),
                    removed=(
                        CancelledUnits(
                            line_id=LINE_1, quantity=1, bucket="reserved", location="HAM"
                        ),
                    ),
                    added=(units(LINE_2, 2),),
                ),
                LinesReserved(lines=(at("HAM", LINE_2, 2, "MUG"),)),
            ],
            CAP_AT_HAMBURG: [
                ReservationReleased(
                    sku="CAP", location="HAM", order_id=ORDER, lines=(units(LINE_1, 1),)
                )
            ],
            MUG_AT_HAMBURG: [
                StockReserved(sku="MUG", location="HAM", order_id=ORDER, lines=(units(LINE_2, 2),))
            ],
        }
    )
    assert (view(begun).total, view(begun).subtotal) == (Decimal("47.60"), 40)
    assert [line.quantity for line in view(begun).lines] == [2, 2]


def test_what_changes_nothing_records_nothing() -> None:
    begun = story(shipping_price=eur("4.90"))
    begun.when(edit()).then({})
    begun.when(edit({LINE_1: 3}, shipping_price=eur("4.90"), shipping_address=ADDRESS)).then({})


def test_vendure_1197_another_address_and_its_shipping_leave_the_order_open() -> None:
    begun = story(shipping_price=eur("4.90"))
    there = ADDRESS.model_copy(update={"street": "Deich 2"})
    done = begun.history.execute(
        edit(
            shipping_address=there,
            shipping_method="express",
            shipping_price=eur("9.90"),
            shipping_tax_rate=Decimal("0.19"),
        )
    )
    assert set(done.events) == {ORDER}
    now = view(begun)
    assert (now.shipping_address.street, now.billing_address.street) == ("Deich 2", "Deich 1")
    assert (now.shipping_method, now.shipping_price) == ("express", Decimal("9.90"))
    assert (now.shipping_tax, now.total) == (Decimal("1.88"), Decimal("47.48"))
    assert now.status is OrderStatus.OPEN


def test_a_line_gets_another_price() -> None:
    begun = story().after(edit(prices={LINE_1: "9.99"}))
    [line] = view(begun).lines
    assert (line.unit_price, line.tax, line.total) == (
        Decimal("9.99"),
        Decimal("5.69"),
        Decimal("35.66"),
    )


def test_a_line_that_is_taken_out_stays_with_no_units() -> None:
    begun = story(("CAP", 3), ("MUG", 1)).after(edit({LINE_1: 0}))
    first, second = view(begun).lines
    assert (first.quantity, first.total, first.reserved) == (0, 0, 0)
    assert view(begun).total == second.total
    begun.when(edit({LINE_2: 0})).refused(NothingLeftToOrder, "Cancel it instead", field="lines")
    begun.after(edit({LINE_1: 2}))
    assert view(begun).lines[0].reserved == 2


def test_units_that_were_shipped_cannot_be_edited_away() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 3}))
    begun.after(place(("CAP", 5)), *paid("59.50"), dispatch(1))
    begun.when(edit({LINE_1: 1})).refused(
        ShippedUnitsStay, "2 units of CAP were shipped", field="lines.0.quantity"
    )
    begun.when(edit(prices={LINE_1: "1"})).refused(
        ShippedPriceStays, "were shipped at 10.00", field="lines.0.unit_price"
    )
    done = begun.history.execute(edit({LINE_1: 3}))
    assert done.events[shipment_id(2)] == [
        ShipmentLinesCancelled(lines=(units(LINE_1, 2),), reason="edited")
    ]
    assert [type(event) for event in done.events[CAP_AT_MUNICH]] == [ReservationReleased]
    assert view(begun).total == Decimal("35.70")


def test_cancelled_units_stay_cancelled() -> None:
    begun = story(("CAP", 5)).after(cancel({LINE_1: 2}))
    begun.when(edit({LINE_1: 1})).refused(ShippedUnitsStay, "2 cancelled", field="lines.0.quantity")
    begun.after(edit({LINE_1: 4}))
    [line] = view(begun).lines
    assert (line.quantity, line.cancelled, line.reserved) == (4, 2, 2)
    assert line.total == Decimal("23.80")
    begun.after(cancel({LINE_1: 2}))
    assert view(begun).total == 0


def test_added_units_need_stock_or_leave_to_wait() -> None:
    begun = story()
    begun.when(edit({LINE_1: 10})).refused(
        InsufficientStock, "CAP: 7 wanted, 6 available", field="lines.0.quantity"
    )
    begun.when(edit(add_lines=new(2, "MUG", 10))).refused(
        InsufficientStock, "MUG: 10 wanted, 9 available", field="add_lines.0.quantity"
    )
    done = begun.history.execute(edit({LINE_1: 10}, allow_backorder=True))
    assert done.events[ORDER][1:] == [
        LinesReserved(lines=(at("HAM", LINE_1, 6),)),
        LinesBackordered(lines=(units(LINE_1, 1),)),
    ]


def test_an_order_that_may_wait_may_wait_for_more() -> None:
    begun = story(("CAP", 3), allow_backorder=True).after(edit({LINE_1: 10}))
    assert view(begun).lines[0].backordered == 1


def test_vendure_1210_stock_follows_an_edit_and_one_line_may_use_what_another_gives_back() -> None:
    begun = story(("CAP", 9)).after(edit({LINE_1: 4}, add_lines=new(2, "CAP", 5)))
    assert [line.reserved for line in view(begun).lines] == [4, 5]
    assert begun.history.fold(StockItem, CAP_AT_HAMBURG).available == 0


def test_waiting_units_go_first() -> None:
    begun = story(("CAP", 11), allow_backorder=True)
    done = begun.history.execute(edit({LINE_1: 8}))
    [event] = done.events[ORDER]
    assert isinstance(event, OrderEdited)
    assert [(part.bucket, part.quantity) for part in event.removed] == [
        ("backordered", 2),
        ("reserved", 1),
    ]


def test_percentages_hold_for_what_is_added_and_amounts_for_what_was_agreed() -> None:
    terms = {"discount": eur("6"), "discounts": (WantedDiscount(percent=Decimal(10)),)}
    begun = story(("CAP", 3), **terms)
    assert view(begun).discount == Decimal("8.40")
    begun.after(edit({LINE_1: 6}))
    assert view(begun).discount == Decimal("10.80")  # 6, and twice the 2.40
    begun.after(edit(add_lines=new(2, "MUG", 1)))
    assert view(begun).lines[1].discount == 1


def test_vendure_1795_a_discount_is_the_same_after_there_and_back() -> None:
    """An amount off two units: three are made of it, and two again."""
    begun = story(("CAP", 2), discount=eur("9.99"))
    before = sums(begun)
    begun.after(edit({LINE_1: 3}), edit({LINE_1: 2}))
    assert sums(begun) == before


def test_vendure_3098_a_percentage_is_of_the_units_that_are_left() -> None:
    """10 % of eight at 399 is 319.20, of seven 279.30."""
    ten = (WantedDiscount(percent=Decimal(10)),)
    line = new(1, "CAP", 8, unit_price=eur("399"))
    begun = Story().after(*stocked({("CAP", "HAM"): 9}), place(lines=line, discounts=ten))
    assert view(begun).discount == Decimal("319.20")
    begun.after(edit({LINE_1: 7}))
    assert view(begun).discount == Decimal("279.30")


def test_vendure_4013_adding_and_removing_leaves_nothing_to_refund() -> None:
    begun = story().after(*paid("35.70"))
    begun.after(edit(add_lines=new(2, "MUG", 1)))
    assert view(begun).payment_status is PaymentStatus.PARTIALLY_PAID
    begun.after(edit({LINE_2: 0}))
    assert view(begun).payment_status is PaymentStatus.PAID
    assert (view(begun).total, view(begun).captured) == (Decimal("35.70"), Decimal("35.70"))


def test_medusa_10686_what_is_outstanding_is_total_less_captured() -> None:
    begun = story().after(*paid("35.70"), edit({LINE_1: 4}))
    assert view(begun).total - view(begun).captured == Decimal("11.90")
    begun.after(edit({LINE_1: 2}))
    assert view(begun).total - view(begun).captured == Decimal("-11.90")


def test_medusa_11429_tax_stays_when_a_line_is_added() -> None:
    begun = story().after(edit(add_lines=new(2, "MUG", 1)))
    assert view(begun).tax == Decimal("7.60")


def test_added_units_go_to_the_warehouse_when_they_are_paid() -> None:
    begun = story().after(*paid("35.70"), edit({LINE_1: 4}))
    begun.when(ReleaseToWarehouse(order_id=ORDER)).then({})
    begun.after(*(c.model_copy(update={"reference": "pi_2"}) for c in paid("11.90")[:2]))
    released = begun.history.execute(ReleaseToWarehouse(order_id=ORDER))
    assert shipment_id(2) in released.events


def test_an_order_on_hold_can_be_edited() -> None:
    begun = story().after(HoldOrder(order_id=ORDER, hold_id=uid(70), reason="address"))
    begun.after(edit(shipping_address=ADDRESS.model_copy(update={"city": "Kiel"})))
    assert view(begun).shipping_address.city == "Kiel"


def test_an_order_that_is_done_with_is_not_edited() -> None:
    begun = story().after(*paid("35.70"), dispatch(1), deliver(1))
    begun.when(edit({LINE_1: 4})).refused(OrderCompleted)
    story().after(cancel()).when(edit({LINE_1: 4})).refused(OrderCancelled)


def test_what_does_not_exist_is_refused() -> None:
    Story().when(edit({LINE_1: 1})).refused(NoSuchOrder)
    story().when(edit({LINE_3: 1})).refused(NoSuchOrderLine, str(LINE_3), field="lines")
    story().when(edit(add_lines=new(2, "HAT", 1))).refused(
        NoSuchProduct, "no product HAT", field="add_lines.0.sku"
    )


def test_a_line_is_added_once() -> None:
    begun = story().after(edit(add_lines=new(2, "MUG", 1)))
    begun.when(edit(add_lines=new(2, "MUG", 1))).refused(
        OrderLineAlreadyAdded, str(LINE_2), field="add_lines.0"
    )


def test_an_order_has_1000_lines_at_most() -> None:
    begun = story(*[("CAP", 1)] * 999, allow_backorder=True)
    two = new(2000, "MUG", 1) + new(2001, "MUG", 1)
    begun.when(edit(add_lines=two)).refused(TooManyLines, "1000 lines at most", field="add_lines")
    begun.after(edit(add_lines=two[:1]))
    assert len(view(begun).lines) == 1000


def test_terms_of_an_edit_are_checked_like_those_of_a_new_order() -> None:
    dear = Money(Decimal(1), "USD")
    story().when(edit(shipping_price=dear)).refused(CurrencyMismatch, field="shipping_price")
    story().when(edit(add_lines=new(2, "MUG", 1, unit_price=dear))).refused(
        CurrencyMismatch, field="add_lines.0.unit_price"
    )
    change = LineChange(line_id=LINE_1, unit_price=dear)
    story().when(EditOrder(order_id=ORDER, lines=(change,))).refused(
        CurrencyMismatch, field="lines.0.unit_price"
    )
    off = WantedDiscount(amount=eur("10.01"))
    story().when(edit(add_lines=new(2, "MUG", 1, discount=off))).refused(
        DiscountTooLarge, field="add_lines.0.discount"
    )
    story().when(edit(prices={LINE_1: "999999999999999.99"})).refused(
        AmountOutOfRange, field="lines"
    )


@pytest.mark.parametrize("name", ["lines", "add_lines"])
def test_a_line_is_named_once(name: str) -> None:
    one = new(1, "CAP", 1) if name == "add_lines" else (LineChange(line_id=LINE_1, quantity=1),)
    with pytest.raises(ValidationError, match="line id of its own"):
        EditOrder(order_id=ORDER, **{name: one * 2})


def test_an_edit_keeps_the_prices_of_the_day_the_order_was_placed() -> None:
    gross = ConfigureChannel(
        code="web", prices_include_tax=True, rounding_level=RoundingLevel.DOCUMENT
    )
    begun = story().after(gross, edit({LINE_1: 4}))
    assert (view(begun).prices_include_tax, view(begun).total) == (False, Decimal("47.60"))
