"""Placing an order: priced to the cent, sourced, reserved or backordered; or refused whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError
from tests.domain.kit import Done, Story
from tests.domain.shop import (
    ADDRESS,
    CAP_AT_HAMBURG,
    CAP_AT_MUNICH,
    LINE_1,
    LINE_2,
    LINE_3,
    MUG_AT_HAMBURG,
    NOW,
    ORDER,
    at,
    eur,
    place,
    stocked,
    uid,
    units,
)

from oms_core.backorders.queue import queue_id
from oms_core.catalogue.commands import RegisterProduct
from oms_core.catalogue.product import NoSuchProduct, product_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import AmountOutOfRange, Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import (
    CustomerDetails,
    LinesBackordered,
    LinesReserved,
    OrderPlaced,
    PostalAddress,
    PricedLine,
)
from oms_core.orders.order import Order
from oms_core.orders.placing import WantedLine
from oms_core.orders.refusals import OrderNumberTaken
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus
from oms_core.orders.view import OrderView
from oms_core.pricing.discounts import DiscountTooLarge
from oms_core.stock.commands import AdjustStock
from oms_core.stock.events import StockReserved
from oms_core.stock.stock_item import InsufficientStock


def placed(done: Done) -> OrderPlaced:
    [terms] = [event for event in done.events[ORDER] if isinstance(event, OrderPlaced)]
    return terms


def seen(done: Done) -> OrderView:
    assert isinstance(done.answer, Order)
    return done.answer.view()


def run(*commands: Command) -> Done:
    *before, last = commands
    return Story().after(*before).history.execute(last)


def reserved(location: str, **lines: int) -> StockReserved:
    return StockReserved(
        sku="CAP",
        location=location,
        order_id=ORDER,
        lines=tuple(units(uid(int(name[1:])), count) for name, count in lines.items()),
    )


def test_an_order_is_recorded_with_its_terms_and_its_reservation() -> None:
    terms = OrderPlaced(
        number="1001",
        channel="web",
        currency="EUR",
        placed_at=NOW,
        customer=CustomerDetails(reference="C-1"),
        shipping_address=PostalAddress(**ADDRESS.model_dump()),
        billing_address=PostalAddress(**ADDRESS.model_dump()),
        lines=(
            PricedLine(
                line_id=LINE_1,
                sku="CAP",
                name="Cap",
                quantity=2,
                unit_price=Decimal("10.00"),
                tax_rate=Decimal("0.19"),
                tax=Decimal("3.80"),
                total=Decimal("23.80"),
            ),
        ),
        subtotal=Decimal("20.00"),
        tax=Decimal("3.80"),
        total=Decimal("23.80"),
    )
    Story().after(*stocked({("CAP", "HAM"): 5})).when(place(("CAP", 2))).then(
        {
            ORDER: [terms, LinesReserved(lines=(at("HAM", LINE_1, 2),))],
            CAP_AT_HAMBURG: [reserved("HAM", l1=2)],
        }
    )


def test_a_placed_order_is_open_unpaid_and_unfulfilled() -> None:
    view = seen(run(*stocked({("CAP", "HAM"): 5}), place(("CAP", 2))))
    assert view.status is OrderStatus.OPEN
    assert view.payment_status is PaymentStatus.UNPAID
    assert view.fulfillment_status is FulfillmentStatus.UNFULFILLED
    assert (view.version, view.lines[0].reserved, view.lines[0].pending) == (2, 2, 0)


def test_the_products_price_is_the_default_and_a_given_one_goes_first() -> None:
    lines = (
        WantedLine(line_id=LINE_1, sku="CAP", quantity=1),
        WantedLine(line_id=LINE_2, sku="CAP", quantity=1, unit_price=eur("7.5")),
        WantedLine(line_id=LINE_3, sku="CAP", quantity=1, unit_price=eur("0")),
    )
    done = run(*stocked({("CAP", "HAM"): 5}), place(lines=lines))
    assert [line.unit_price for line in placed(done).lines] == [
        Decimal("10.00"),
        Decimal("7.50"),
        Decimal(0),
    ]


def test_the_discount_is_split_by_amount_to_the_cent_and_tax_is_on_the_rest() -> None:
    stock = stocked({("CAP", "HAM"): 9, ("MUG", "HAM"): 9, ("PEN", "HAM"): 9}, PEN="0.01")
    terms = placed(run(*stock, place(("CAP", 1), ("MUG", 1), ("PEN", 1), discount=eur("10"))))
    assert [line.discount for line in terms.lines] == [Decimal("5.00"), Decimal("5.00"), 0]
    assert [line.tax for line in terms.lines] == [Decimal("0.95"), Decimal("0.95"), 0]
    assert terms.discount == Decimal(10)
    assert terms.total == Decimal("20.01") - 10 + Decimal("1.90")


def test_a_discount_that_does_not_divide_gives_the_odd_cents_to_the_largest_remainders() -> None:
    stock = stocked({(sku, "HAM"): 1 for sku in ("CAP", "MUG", "PEN")})
    terms = placed(run(*stock, place(("CAP", 1), ("MUG", 1), ("PEN", 1), discount=eur("0.02"))))
    assert [line.discount for line in terms.lines] == [Decimal("0.01"), Decimal("0.01"), 0]


def test_a_discount_may_take_everything_and_no_more() -> None:
    stock = stocked({("CAP", "HAM"): 5})
    terms = placed(run(*stock, place(("CAP", 2), discount=eur("20"))))
    assert (terms.total, terms.tax) == (0, 0)
    Story().after(*stock).when(place(("CAP", 2), discount=eur("20.01"))).refused(
        DiscountTooLarge, "20.01 is more than the goods cost (20.00)", field="discount"
    )


def test_shipping_is_added_to_the_total() -> None:
    terms = placed(run(*stocked({("CAP", "HAM"): 5}), place(("CAP", 1), shipping_price=eur("4.9"))))
    assert terms.shipping_price == Decimal("4.90")
    assert terms.total == Decimal("16.80")


def test_tax_is_rounded_half_up_per_line() -> None:
    stock = stocked({("CAP", "HAM"): 5}, CAP="0.50")  # 19 % of 0.50 are 0.095
    assert placed(run(*stock, place(("CAP", 1)))).tax == Decimal("0.10")


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"discount": Money(Decimal(1), "USD")}, "discount"),
        ({"shipping_price": Money(Decimal(1), "USD")}, "shipping_price"),
        (
            {
                "lines": (
                    WantedLine(line_id=LINE_1, sku="CAP", quantity=1),
                    WantedLine(
                        line_id=LINE_2, sku="CAP", quantity=1, unit_price=Money(Decimal(1), "USD")
                    ),
                )
            },
            "lines.1.unit_price",
        ),
    ],
)
def test_another_currency_is_refused_at_its_field(terms: dict[str, object], field: str) -> None:
    Story().after(*stocked({("CAP", "HAM"): 5})).when(place(("CAP", 1), **terms)).refused(
        CurrencyMismatch, "is needed", field=field
    )


def test_a_product_priced_in_another_currency_sells_at_a_given_price() -> None:
    lines = (
        WantedLine(line_id=LINE_1, sku="CAP", quantity=1, unit_price=Money(Decimal(9), "USD")),
    )
    done = run(*stocked({("CAP", "HAM"): 5}), place(currency="USD", lines=lines))
    assert (placed(done).currency, placed(done).subtotal) == ("USD", 9)


def test_an_unknown_sku_is_refused_at_its_line() -> None:
    Story().after(*stocked({("CAP", "HAM"): 5})).when(place(("CAP", 1), ("HAT", 1))).refused(
        NoSuchProduct, "no product HAT", field="lines.1.sku"
    )


def test_a_number_is_used_once() -> None:
    story = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 1)))
    story.when(place(("CAP", 1))).refused(OrderNumberTaken, "1001 was placed", field="number")


def test_two_lines_of_one_sku_share_its_stock() -> None:
    story = Story().after(*stocked({("CAP", "HAM"): 5}))
    story.when(place(("CAP", 3), ("CAP", 3))).refused(
        InsufficientStock, "CAP: 6 wanted, 5 available", field="lines.1.quantity"
    )
    done = story.history.execute(place(("CAP", 3), ("CAP", 2)))
    assert done.events[CAP_AT_HAMBURG] == [reserved("HAM", l1=3, l2=2)]


def test_an_order_is_split_over_locations_when_none_has_it_all() -> None:
    done = run(*stocked({("CAP", "HAM"): 2, ("CAP", "MUC"): 3}), place(("CAP", 4)))
    assert done.events[ORDER][1:] == [
        LinesReserved(lines=(at("MUC", LINE_1, 3), at("HAM", LINE_1, 1)))
    ]
    assert done.events[CAP_AT_MUNICH] == [reserved("MUC", l1=3)]
    assert done.events[CAP_AT_HAMBURG] == [reserved("HAM", l1=1)]


def test_one_missing_unit_refuses_the_whole_order() -> None:
    Story().after(*stocked({("CAP", "HAM"): 2, ("MUG", "HAM"): 9})).when(
        place(("MUG", 9), ("CAP", 3))
    ).refused(InsufficientStock, "CAP: 3 wanted, 2 available", field="lines.1.quantity")


def test_a_product_that_was_never_stocked_is_not_available() -> None:
    Story().after(*stocked({}, HAT="5")).when(place(("HAT", 1))).refused(
        InsufficientStock, "HAT: 1 wanted, 0 available", field="lines.0.quantity"
    )


def test_what_is_promised_is_not_available() -> None:
    story = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 4), number="1000"))
    lines = (WantedLine(line_id=uid(11), sku="CAP", quantity=2),)
    story.when(place(lines=lines)).refused(
        InsufficientStock, "2 wanted, 1 available", field="lines.0.quantity"
    )


def test_stock_that_a_count_took_below_its_promises_offers_nothing() -> None:
    story = Story().after(
        *stocked({("CAP", "HAM"): 5}),
        place(("CAP", 4), number="1000"),
        AdjustStock(sku="CAP", location="HAM", delta=-3, reason="count"),
    )
    lines = (WantedLine(line_id=uid(11), sku="CAP", quantity=1),)
    story.when(place(lines=lines)).refused(
        InsufficientStock, "1 wanted, 0 available", field="lines.0.quantity"
    )


def test_a_backorder_reserves_what_is_there_and_waits_for_the_rest() -> None:
    done = run(
        *stocked({("CAP", "HAM"): 2, ("MUG", "HAM"): 1}),
        place(("CAP", 5), ("MUG", 1), allow_backorder=True),
    )
    assert done.events[ORDER][1:] == [
        LinesReserved(lines=(at("HAM", LINE_1, 2), at("HAM", LINE_2, 1, "MUG"))),
        LinesBackordered(lines=(units(LINE_1, 3),)),
    ]
    waits = {queue_id("CAP"), product_id("CAP")}
    assert set(done.events) == {ORDER, CAP_AT_HAMBURG, MUG_AT_HAMBURG} | waits
    assert seen(done).fulfillment_status is FulfillmentStatus.BACKORDERED


def test_a_backorder_of_nothing_in_stock_reserves_nothing() -> None:
    done = run(*stocked({}, HAT="5"), place(("HAT", 2), allow_backorder=True))
    assert done.events[ORDER][1:] == [LinesBackordered(lines=(units(LINE_1, 2),))]


def test_yen_have_no_decimals() -> None:
    hat = RegisterProduct(
        sku="HAT", name="Hat", price=Money(Decimal(333), "JPY"), tax_rate=Decimal("0.1")
    )
    terms = placed(run(hat, place(("HAT", 1), currency="JPY", allow_backorder=True)))
    assert (terms.tax, terms.total) == (33, 366)  # 33.3 rounded


def test_an_order_that_no_column_could_hold_is_refused() -> None:
    hat = RegisterProduct(sku="HAT", name="Hat", price=eur("999999999999999.99"))
    story = Story().after(hat)
    story.when(place(("HAT", 2), allow_backorder=True)).refused(
        AmountOutOfRange, "from 0 up to 10^15", field="lines"
    )
    discounted = place(("HAT", 2), discount=eur("999999999999999.99"), allow_backorder=True)
    assert placed(story.history.execute(discounted)).total == Decimal("999999999999999.99")


def test_two_lines_with_one_id_are_refused() -> None:
    lines = tuple(WantedLine(line_id=LINE_1, sku="CAP", quantity=1) for _ in range(2))
    with pytest.raises(ValidationError, match="line id of its own"):
        place(lines=lines)


@pytest.mark.parametrize("count", [0, 1001])
def test_an_order_has_1_to_1000_lines(count: int) -> None:
    with pytest.raises(ValidationError, match="lines"):
        place(*[("CAP", 1)] * count)


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 1.5])
def test_a_line_has_1_to_a_million_whole_units(quantity: float) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        place(("CAP", quantity))  # type: ignore[arg-type]
