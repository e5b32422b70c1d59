"""From rows to a plan: every row in exactly one category, totals as in the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.retail.plain import totals_by_day

from oms_api.retail import model
from oms_api.retail.plan import Category, country_code, plan
from oms_api.retail.report import by_day
from oms_api.retail.rows import Row, read

AT = datetime(2010, 12, 1, 9, tzinfo=UTC)


def row(
    invoice: str,
    sku: str = "85123A",
    quantity: int = 1,
    price: str = "2.50",
    hours: float = 0,
    customer: str = "17850",
    country: str = "United Kingdom",
) -> Row:
    at = AT + timedelta(hours=hours)
    return Row(2, invoice, sku, "HEART", quantity, at, Decimal(price), customer, country)


def test_every_row_of_the_file_ends_in_exactly_one_category() -> None:
    rows, _ = read(None)
    made = plan(rows)
    assert made.categories.total() == len(rows)
    assert len(made.left_out) == sum(
        made.categories[category]
        for category in Category
        if category
        not in (Category.ORDER_LINE, Category.SHIPPING, Category.STOCK_CORRECTION, Category.CREDIT)
    )
    assert sum(len(order.lines) for order in made.orders) == made.categories[Category.ORDER_LINE]


def test_totals_by_day_are_those_of_the_file() -> None:
    made = plan(read(None)[0])
    assert {
        day.isoformat(): totals for day, totals in by_day(made.orders).items()
    } == totals_by_day()


def test_an_invoice_is_an_order_with_its_postage_and_without_its_fees() -> None:
    made = plan(
        [
            row("1", quantity=3),
            row("1", "POST", 2, "18.00"),
            row("1", "M", 1, "1.25"),
            row("2", "POST", 1, "18.00"),
        ]
    )
    [order] = made.orders
    assert (order.units, order.shipping, order.total) == (3, Decimal(36), Decimal("43.50"))
    assert made.categories[Category.FEE] == 1
    assert made.categories[Category.POSTAGE_WITHOUT_GOODS] == 1


def test_rows_without_price_and_customer_put_the_stock_right() -> None:
    made = plan([row("1", quantity=-10, price="0", customer=""), row("2", price="0", customer="1")])
    assert [r.quantity for r in made.corrections] == [-10]
    assert [order.total for order in made.orders] == [Decimal(0)]
    assert made.demand == {"85123A": 11}


def test_a_row_of_no_units_is_neither_sold_nor_corrected() -> None:
    made = plan([row("1", quantity=0)])
    assert (made.orders, made.corrections) == ([], [])
    assert [(one.invoice, one.what) for one in made.left_out] == [("1", "0 x 85123A at 2.50")]


def test_a_credit_takes_back_the_latest_purchase_at_the_same_price() -> None:
    made = plan(
        [
            row("1", quantity=5, hours=0),
            row("2", quantity=5, hours=1, price="2.10"),
            row("3", quantity=5, hours=2),
            row("C4", quantity=-7, hours=3),
        ]
    )
    assert [[(c.quantity, c.at) for c in o.credits] for o in made.orders] == [
        [(2, AT + timedelta(hours=3))],
        [],
        [(5, AT + timedelta(hours=3))],
    ]


def test_a_credit_for_more_than_was_bought_before_is_listed() -> None:
    made = plan(
        [
            row("1", quantity=5),
            row("C2", quantity=-6, hours=1),
            row("C3", quantity=-1, hours=-1),
            row("C4", quantity=-1, hours=1, customer="other"),
            row("C5", "D", -1, "27.50", hours=1),
            row("C6", quantity=1, hours=1),
        ]
    )
    assert made.categories[Category.UNMATCHED_CREDIT] == 3
    assert made.categories[Category.CREDIT_WITHOUT_GOODS] == 2
    assert made.orders[0].credits == []


def test_countries_get_their_iso_codes() -> None:
    """ISO 3166-1 has no EIRE."""
    names = {row.country for row in read(None)[0]}
    assert {name: country_code(name) for name in names if name in ("EIRE", "Japan")} == {
        "EIRE": "IE",
        "Japan": "JP",
    }
    assert all(country_code(name) for name in names)
    made = plan([row("1", country="Unspecified")])
    assert (made.orders, made.categories[Category.UNKNOWN_COUNTRY]) == ([], 1)


def test_the_model_tells_the_same_story_for_the_same_seed() -> None:
    made = plan(read(None)[0])
    for order in made.orders:
        times = model.times(order, 7)
        assert times == model.times(order, 7)
        assert order.at < times.paid < times.dispatched <= times.delivered
    assert model.opening_stock(made, 7) == model.opening_stock(made, 7)
    stock = {sku: units for sku, _, units in model.opening_stock(made, 7)}
    assert all(stock[sku] >= units for sku, units in made.demand.items() if units)
