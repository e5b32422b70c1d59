"""Placing an order: price it, source it, and reserve its stock in one go, or refuse it whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import (
    Code,
    Country,
    Currency,
    Email,
    Latitude,
    Longitude,
    Moment,
    Price,
    Quantity,
    Text,
)
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.kernel.money import Money, checked
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import CustomerDetails, OrderPlaced, PostalAddress
from oms_core.orders.order import Order, order_id
from oms_core.orders.pricing import Item, priced
from oms_core.orders.quantities import SkuQuantity, SourcedQuantity
from oms_core.sourcing.plan import SourcingPlan, plan
from oms_core.stock.stock_item import InsufficientStock, StockItem, stock_item_id

ZERO = Decimal(0)
MOST_LINES = 1000


class Customer(CustomerDetails):
    """Who buys, checked."""

    reference: Code
    email: Email | None = None
    name: Text | None = None
    vat_id: Code | None = None


class Address(PostalAddress):
    """Where to ship or bill, checked."""

    name: Text
    street: Text
    city: Text
    postal_code: Code
    country: Country
    region: Text | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class WantedLine(Message):
    """So many units of a SKU, at the product's price when none is given."""

    line_id: UUID
    sku: Code
    quantity: Quantity
    unit_price: Price | None = None


def _told_apart(lines: tuple[WantedLine, ...]) -> tuple[WantedLine, ...]:
    if len({line.line_id for line in lines}) < len(lines):
        raise ValueError("must each have a line id of its own")
    return lines


class PlaceOrder(Command):
    """Promise goods to a customer. Without `allow_backorder` it is all or nothing."""

    number: Code
    channel: Code
    currency: Currency
    placed_at: Moment
    customer: Customer
    shipping_address: Address
    billing_address: Address | None = None
    lines: Annotated[
        tuple[WantedLine, ...],
        Field(min_length=1, max_length=MOST_LINES),
        AfterValidator(_told_apart),
    ]
    shipping_price: Price | None = None
    discount: Price | None = None
    allow_backorder: bool = False

    def touches(self) -> Iterable[UUID]:
        return order_id(self.number), *{product_id(line.sku) for line in self.lines}


@handles(PlaceOrder)
async def place_order(command: PlaceOrder, streams: Streams) -> Order:
    """Append to the order and to every stock item it takes from, in one transaction."""
    [order] = await streams.find(Order, [order_id(command.number)])
    products = await _products(command, streams)
    items = await _stock(products, streams)
    terms = _terms(command, products)
    sourcing = _source(terms, items, allow_backorder=command.allow_backorder)
    order.place(terms)
    for item in items:
        if lines := [line for line in sourcing.sourced if _is_at(line, item)]:
            item.reserve(order.id, [line.bare() for line in lines])
    order.reserve(sourcing.sourced)
    order.backorder(sourcing.unsourced)
    return order


async def _products(command: PlaceOrder, streams: Streams) -> dict[str, Product]:
    skus = list(dict.fromkeys(line.sku for line in command.lines))
    found = await streams.find(Product, [product_id(sku) for sku in skus])
    products = dict(zip(skus, found, strict=True))
    for i, line in enumerate(command.lines):
        if not products[line.sku].exists:
            raise NoSuchProduct(sku=line.sku, field=("lines", str(i), "sku"))
    return products


async def _stock(products: Mapping[str, Product], streams: Streams) -> list[StockItem]:
    """Load the stock in the order of its ids: the same order for every buyer of the same goods."""
    ids = {stock_item_id(sku, code) for sku, p in products.items() for code in p.locations}
    return await streams.find(StockItem, sorted(ids))


def _terms(command: PlaceOrder, products: Mapping[str, Product]) -> OrderPlaced:
    discount = _amount(command.discount, command.currency, "discount")
    shipping = _amount(command.shipping_price, command.currency, "shipping_price")
    items = [_item(i, line, products, command.currency) for i, line in enumerate(command.lines)]
    lines = priced(items, discount, command.currency)
    subtotal = sum((line.quantity * line.unit_price for line in lines), ZERO)
    tax = sum((line.tax for line in lines), ZERO)
    return OrderPlaced(
        number=command.number,
        channel=command.channel,
        currency=command.currency,
        placed_at=command.placed_at,
        customer=CustomerDetails(**command.customer.model_dump()),
        shipping_address=PostalAddress(**command.shipping_address.model_dump()),
        billing_address=PostalAddress(
            **(command.billing_address or command.shipping_address).model_dump()
        ),
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        shipping_price=shipping,
        tax=tax,
        total=checked(subtotal - discount + shipping + tax, command.currency, field=("lines",)),
        allow_backorder=command.allow_backorder,
    )


def _item(i: int, line: WantedLine, products: Mapping[str, Product], currency: str) -> Item:
    facts = products[line.sku].facts
    price = line.unit_price or facts.price
    return Item(
        line_id=line.line_id,
        sku=line.sku,
        name=facts.name,
        quantity=line.quantity,
        unit_price=_amount(price, currency, "lines", str(i), "unit_price"),
        tax_rate=facts.tax_rate,
    )


def _amount(money: Money | None, currency: str, *field: str) -> Decimal:
    if money is None:
        return ZERO
    if money.currency != currency:
        raise CurrencyMismatch(given=money.currency, expected=currency, field=field)
    return money.amount


def _source(
    terms: OrderPlaced, items: Sequence[StockItem], *, allow_backorder: bool
) -> SourcingPlan:
    wanted = [
        SkuQuantity(line_id=line.line_id, sku=line.sku, quantity=line.quantity)
        for line in terms.lines
    ]
    available = {(item.sku, item.location): item.available for item in items if item.exists}
    sourcing = plan(wanted, available)
    if sourcing.unsourced and not allow_backorder:
        raise _short(terms, available, sourcing.unsourced[0].line_id)
    return sourcing


def _short(
    terms: OrderPlaced, available: Mapping[tuple[str, str], int], line_id: UUID
) -> InsufficientStock:
    index, line = next((i, ln) for i, ln in enumerate(terms.lines) if ln.line_id == line_id)
    return InsufficientStock(
        sku=line.sku,
        wanted=sum(other.quantity for other in terms.lines if other.sku == line.sku),
        available=sum(max(n, 0) for (sku, _), n in available.items() if sku == line.sku),
        field=("lines", str(index), "quantity"),
    )


def _is_at(line: SourcedQuantity, item: StockItem) -> bool:
    return line.sku == item.sku and line.location == item.location
