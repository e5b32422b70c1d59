"""Short words for a small shop: the commands and facts that most tests begin with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.commands import CancelOrder, WantedQuantity
from oms_core.orders.order import order_id
from oms_core.orders.placing import Address, Customer, PlaceOrder, WantedLine
from oms_core.orders.quantities import LineQuantity, SkuQuantity, SourcedQuantity
from oms_core.payments.commands import AuthorizePayment, CapturePayment, RefundPayment
from oms_core.payments.payment import payment_id
from oms_core.returns.commands import RequestReturn
from oms_core.shipments.commands import DeliverShipment, DispatchShipment, ReleaseToWarehouse
from oms_core.stock.commands import ReceiveStock
from oms_core.stock.stock_item import stock_item_id

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADDRESS = Address(name="Ada", street="Deich 1", city="Hamburg", postal_code="20459", country="DE")
ORDER = order_id("1001")
PAYMENT = payment_id("stripe", "pi_1")
CAP_AT_HAMBURG = stock_item_id("CAP", "HAM")
CAP_AT_MUNICH = stock_item_id("CAP", "MUC")
MUG_AT_HAMBURG = stock_item_id("MUG", "HAM")


def uid(number: int) -> UUID:
    """A fixed id to recognize: lines are 1, 2, 3; holds 70 and up; returns 80; requests 90."""
    return UUID(int=number)


LINE_1, LINE_2, LINE_3 = uid(1), uid(2), uid(3)
HOLD, RETURN, REQUEST = uid(70), uid(80), uid(90)


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def shipment_id(number: int, order: UUID = ORDER) -> UUID:
    """The id of an order's shipment, counted from 1."""
    return natural_id("shipment", str(order), str(number))


def stocked(stock: Mapping[tuple[str, str], int], **prices: str) -> list[Command]:
    """Register what is named and receive it. A price is 10 EUR, taxed at 19 %, unless given."""
    skus = sorted({sku for sku, _ in stock} | set(prices))
    codes = sorted({location for _, location in stock})
    return [
        *(_product(sku, prices.get(sku, "10")) for sku in skus),
        *(RegisterLocation(code=code, name=code, country="DE") for code in codes),
        *(
            ReceiveStock(sku=sku, location=location, quantity=units)
            for (sku, location), units in stock.items()
            if units
        ),
    ]


def _product(sku: str, price: str) -> RegisterProduct:
    return RegisterProduct(sku=sku, name=sku.title(), price=eur(price), tax_rate=Decimal("0.19"))


def place(*lines: tuple[str, int], number: str = "1001", **terms: Any) -> PlaceOrder:
    """Order these quantities; line ids count from 1 unless `lines` are given in full."""
    return PlaceOrder(
        **{
            "number": number,
            "channel": "web",
            "currency": "EUR",
            "placed_at": NOW,
            "customer": Customer(reference="C-1"),
            "shipping_address": ADDRESS,
            "lines": tuple(
                WantedLine(line_id=uid(i), sku=sku, quantity=quantity)
                for i, (sku, quantity) in enumerate(lines, start=1)
            ),
            **terms,
        }
    )


def authorize(amount: str, **terms: Any) -> AuthorizePayment:
    return AuthorizePayment(**_payment(amount, **terms))


def capture(amount: str, **terms: Any) -> CapturePayment:
    return CapturePayment(**_payment(amount, **terms))


def refund(amount: str, **terms: Any) -> RefundPayment:
    return RefundPayment(**_payment(amount, **terms))


def _payment(amount: str, currency: str = "EUR", **terms: Any) -> dict[str, Any]:
    usual = {"order_id": ORDER, "request_id": REQUEST, "amount": Money(Decimal(amount), currency)}
    return usual | {"method": "card", "provider": "stripe", "reference": "pi_1"} | terms


def paid(amount: str) -> list[Command]:
    """Pay the order and hand it to the warehouses."""
    return [authorize(amount), capture(amount), ReleaseToWarehouse(order_id=ORDER)]


def dispatch(number: int) -> DispatchShipment:
    """Dispatch the order's shipment, counted from 1."""
    return DispatchShipment(shipment_id=shipment_id(number), carrier="DHL", dispatched_at=NOW)


def deliver(number: int) -> DeliverShipment:
    """Deliver the order's shipment, counted from 1."""
    return DeliverShipment(shipment_id=shipment_id(number), delivered_at=NOW)


def cancel(units: Mapping[UUID, int] | None = None) -> CancelOrder:
    """Cancel these units, or the whole order."""
    lines = None if units is None else wanted(units)
    return CancelOrder(order_id=ORDER, reason="changed my mind", lines=lines)


def send_back(units: Mapping[UUID, int], id: UUID = RETURN) -> RequestReturn:
    """Ask to return these units."""
    return RequestReturn(return_id=id, order_id=ORDER, lines=wanted(units), reason="too small")


def wanted(units: Mapping[UUID, int]) -> tuple[WantedQuantity, ...]:
    return tuple(WantedQuantity(line_id=id, quantity=count) for id, count in units.items())


def units(line_id: UUID, quantity: int) -> LineQuantity:
    return LineQuantity(line_id=line_id, quantity=quantity)


def of_sku(line_id: UUID, quantity: int, sku: str) -> SkuQuantity:
    return SkuQuantity(line_id=line_id, quantity=quantity, sku=sku)


def at(location: str, line_id: UUID, quantity: int, sku: str = "CAP") -> SourcedQuantity:
    return SourcedQuantity(line_id=line_id, sku=sku, quantity=quantity, location=location)
