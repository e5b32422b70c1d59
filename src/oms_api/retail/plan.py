"""Turns the retailer's rows into products, stock, orders, cancellations and returns.

Every row ends in exactly one category; what can't be used is listed with its reason.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import pycountry

from oms_api.retail.rows import BrokenRow, Row

T = TypeVar("T")

CURRENCY = "GBP"
POSTAGE = {"POST", "DOT", "C2"}
_PRODUCT = re.compile(r"\d{5}[A-Z]*|DCGS\w+")

COUNTRIES = {"EIRE": "IE", "Channel Islands": "JE", "RSA": "ZA", "USA": "US", "Korea": "KR"}
"""Names in the data that ISO 3166 does not know."""


class Category(StrEnum):
    """What became of a row."""

    ORDER_LINE = "order line"
    SHIPPING = "shipping price of an order"
    STOCK_CORRECTION = "stock correction"
    CREDIT = "cancelled or returned"
    UNMATCHED_CREDIT = "credit for goods not sold in this file"
    CREDIT_WITHOUT_GOODS = "credit without goods"
    FEE = "fee, voucher or manual charge, no goods"
    POSTAGE_WITHOUT_GOODS = "postage without goods"
    UNKNOWN_COUNTRY = "country that ISO 3166 does not know"
    BROKEN = "broken line of the file"


IMPORTED = (Category.ORDER_LINE, Category.SHIPPING, Category.STOCK_CORRECTION, Category.CREDIT)


@dataclass(frozen=True, slots=True)
class Product:
    """One stock code, with its most frequent description and price."""

    sku: str
    name: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Credit:
    """Units of one order line that a credit note took back, at its time."""

    invoice: str
    line: int
    quantity: int
    at: datetime


@dataclass(slots=True)
class PlannedOrder:
    """One invoice: its product rows, its postage, and what was taken back later."""

    number: str
    at: datetime
    customer: str
    country: str
    lines: list[Row]
    shipping: Decimal
    credits: list[Credit] = field(default_factory=list)

    @property
    def units(self) -> int:
        """Units ordered."""
        return sum(row.quantity for row in self.lines)

    @property
    def total(self) -> Decimal:
        """What was ordered, with postage."""
        return sum((row.amount for row in self.lines), self.shipping)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is not imported; a broken one has no invoice."""

    number: int
    invoice: str
    what: str
    category: Category


@dataclass(slots=True)
class Plan:
    """Everything that the file asks for, and the category of each of its rows."""

    products: list[Product] = field(default_factory=list)
    orders: list[PlannedOrder] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    categories: Counter[Category] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def demand(self) -> Counter[str]:
        """Units of each SKU that the orders and the corrections take away."""
        units: Counter[str] = Counter()
        for order in self.orders:
            for row in order.lines:
                units[row.sku] += row.quantity
        for row in self.corrections:
            units[row.sku] += max(-row.quantity, 0)
        return units

    @property
    def begins(self) -> datetime:
        """The time of the first thing in the file that is imported."""
        return min([order.at for order in self.orders] + [row.at for row in self.corrections])

    @property
    def ends(self) -> datetime:
        """The time of the last thing that happens to an order in the file."""
        credits = [credit.at for order in self.orders for credit in order.credits]
        return max([order.at for order in self.orders] + credits)

    @property
    def span(self) -> str:
        """What tells this file from others: its first and its last invoice."""
        numbers = [order.number for order in self.orders]
        numbers += [row.invoice for row in self.corrections]
        return f"{min(numbers)}-{max(numbers)}"

    def count(self, row: Row, category: Category) -> None:
        """Note what became of a row."""
        self.categories[category] += 1
        if category not in IMPORTED:
            what = f"{row.quantity} x {row.sku} at {row.price}"
            self.left_out.append(LeftOut(row.number, row.invoice, what, category))

    def count_broken(self, row: BrokenRow) -> None:
        """Note a line that can't be read."""
        self.categories[Category.BROKEN] += 1
        self.left_out.append(LeftOut(row.number, "", row.reason, Category.BROKEN))


def plan(rows: Sequence[Row]) -> Plan:
    """Plan an import."""
    made = Plan()
    invoices: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.is_credit:
            invoices[row.invoice].append(row)
    for lines in invoices.values():
        _plan_invoice(made, lines)
    made.orders.sort(key=lambda order: (order.at, order.number))
    _match_credits(made, sorted((r for r in rows if r.is_credit), key=lambda r: r.at))
    made.products = _products(made, rows)
    return made


def _plan_invoice(made: Plan, rows: Sequence[Row]) -> None:
    country = country_code(rows[0].country)
    order = PlannedOrder(
        number=rows[0].invoice,
        at=rows[0].at,
        customer=rows[0].customer or f"guest-{rows[0].invoice}",
        country=country or "",
        lines=[row for row in rows if _is_order_line(row) and country],
        shipping=Decimal(0),
    )
    for row in rows:
        category = _category(row, order)
        made.count(row, category)
        if category is Category.SHIPPING:
            order.shipping += row.amount
        elif category is Category.STOCK_CORRECTION:
            made.corrections.append(row)
    if order.lines:
        made.orders.append(order)


def _category(row: Row, order: PlannedOrder) -> Category:
    if row.sku in POSTAGE and row.amount >= 0:
        return Category.SHIPPING if order.lines else Category.POSTAGE_WITHOUT_GOODS
    if not _PRODUCT.fullmatch(row.sku) or not row.quantity:
        return Category.FEE
    if _is_order_line(row):
        return Category.ORDER_LINE if order.country else Category.UNKNOWN_COUNTRY
    return Category.STOCK_CORRECTION


def _is_order_line(row: Row) -> bool:
    """Goods that somebody got. Rows without price and customer put the stock figure right."""
    sold = row.price > 0 or bool(row.customer)
    return bool(_PRODUCT.fullmatch(row.sku)) and row.quantity > 0 and sold


def _match_credits(made: Plan, credits: Iterable[Row]) -> None:
    """Tie each credited row to what the same customer bought: same price first, latest first.

    A row whose units were not all bought in this file is not matched at all.
    """
    by_customer: dict[str, list[PlannedOrder]] = defaultdict(list)
    for order in made.orders:
        by_customer[order.customer].append(order)
    left = {
        (order.number, i): row.quantity
        for order in made.orders
        for i, row in enumerate(order.lines)
    }
    for row in credits:
        if not _PRODUCT.fullmatch(row.sku) or row.quantity >= 0:
            made.count(row, Category.CREDIT_WITHOUT_GOODS)
            continue
        found = _sources(row, by_customer[row.customer] if row.customer else (), left)
        made.count(row, Category.CREDIT if found else Category.UNMATCHED_CREDIT)
        for order, credit in found:
            left[order.number, credit.line] -= credit.quantity
            order.credits.append(credit)


def _sources(
    row: Row, orders: Iterable[PlannedOrder], left: dict[tuple[str, int], int]
) -> list[tuple[PlannedOrder, Credit]]:
    candidates = [
        (order, i, line)
        for order in orders
        for i, line in enumerate(order.lines)
        if line.sku == row.sku and order.at <= row.at and left[order.number, i]
    ]
    candidates.sort(key=lambda c: (c[2].price == row.price, c[0].at), reverse=True)
    found: list[tuple[PlannedOrder, Credit]] = []
    wanted = -row.quantity
    for order, i, _ in candidates:
        units = min(wanted, left[order.number, i])
        if units:
            found.append((order, Credit(row.invoice, i, units, row.at)))
        wanted -= units
    return found if wanted == 0 else []


def _products(made: Plan, rows: Iterable[Row]) -> list[Product]:
    needed = {row.sku for order in made.orders for row in order.lines}
    needed |= {row.sku for row in made.corrections}
    names: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, Counter[Decimal]] = defaultdict(Counter)
    for row in rows:
        if row.description and row.price > 0:
            names[row.sku][row.description] += 1
        if row.price > 0:
            prices[row.sku][row.price] += 1
    return [
        Product(sku, _most(names[sku]) or sku, _most(prices[sku]) or Decimal(0))
        for sku in sorted(needed)
    ]


def _most(counted: Counter[T]) -> T | None:
    return max(counted, key=lambda value: (counted[value], str(value)), default=None)


def country_code(name: str) -> str | None:
    """Give the ISO 3166 code of a country as the data name it; None when there is none."""
    if name in COUNTRIES:
        return COUNTRIES[name]
    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        return None
