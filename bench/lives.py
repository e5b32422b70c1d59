"""The lives that orders lead in a filled store: commands with their times, in a random mix."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.locations.commands import RegisterLocation
from oms_core.orders.commands import CancelOrder
from oms_core.orders.order import Order
from oms_core.orders.placing import Address, Customer, PlaceOrder, WantedLine
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.returns.commands import RequestReturn
from oms_core.returns.receiving import ReceiveReturn
from oms_core.shipments.commands import DeliverShipment, DispatchShipment
from oms_core.stock.commands import ReceiveStock

LOCATIONS = ("HAM", "LEJ", "RTM", "WAW")
CHANNELS = ("web", "app", "marketplace", "phone")
SKUS = 1_000
ORDERS_A_CUSTOMER = 10
PLENTY = 1_000_000
PROVIDER = "psp"

# How far each order comes; the shares add up to 1. Most are done, as in a shop of some age.
ENDS = {
    "unpaid": 0.05,
    "cancelled": 0.08,
    "authorized": 0.04,
    "paid": 0.08,
    "dispatched": 0.07,
    "delivered": 0.64,
    "returned": 0.04,
}

Step = tuple[datetime, Command]


@dataclass(frozen=True)
class Life:
    """One order: what is ordered, by whom and when, and how far it comes."""

    placing: PlaceOrder
    end: str


def sku(number: int) -> str:
    """Name a SKU."""
    return f"SKU-{number:04}"


def stocked(number: int) -> tuple[str, ...]:
    """Tell where a SKU lies: every third at two locations."""
    first = number % len(LOCATIONS)
    return (LOCATIONS[first], LOCATIONS[first - 1]) if number % 3 == 0 else (LOCATIONS[first],)


def locations() -> Iterator[Command]:
    """Open the locations."""
    for code in LOCATIONS:
        yield RegisterLocation(code=code, name=code, country="DE")


def assortment(numbers: range) -> Iterator[Command]:
    """Register SKUs, and put plenty of each on its shelves."""
    for number in numbers:
        price = Money(Decimal(number % 90 + 10), "EUR")
        yield RegisterProduct(sku=sku(number), name=f"Article {number}", price=price)
        for location in stocked(number):
            yield ReceiveStock(sku=sku(number), location=location, quantity=PLENTY)


def number_of(order: int) -> str:
    """Give an order's number."""
    return f"F-{order:07}"


def line_id(number: str, line: int) -> UUID:
    """Give the id of an order's line."""
    return natural_id("line", number, str(line))


def return_id(order: UUID) -> UUID:
    """Give the id of an order's return."""
    return natural_id("return", str(order))


def reference(number: str) -> str:
    """Give what the payment provider calls an order's payment."""
    return f"psp-{number}"


def request_id(kind: type[Command], order: UUID) -> UUID:
    """Give the id of what the payment provider is asked for."""
    return natural_id(kind.__name__, str(order))


def texts(customer: int) -> list[str]:
    """Tell a customer's reference, name, email, street and postal code."""
    return [
        f"C-{customer}",
        f"Customer {customer}",
        f"c{customer}@example.org",
        f"Street {customer}",
        f"{20_000 + customer % 1_000}",
    ]


def life(rng: random.Random, order: int, placed_at: datetime, skus: range, by: int) -> Life:
    """Draw an order's life; mostly three lines. `by` is the number of the customer."""
    number = number_of(order)
    reference, name, email, street, postal_code = texts(by)
    lines = rng.sample(skus, rng.choice((1, 2, 3, 3, 3, 3, 4, 5)))
    placing = PlaceOrder(
        number=number,
        channel=rng.choice(CHANNELS),
        currency="EUR",
        placed_at=placed_at,
        customer=Customer(reference=reference, name=name, email=email),
        shipping_address=Address(
            name=name, street=street, city="Hamburg", postal_code=postal_code, country="DE"
        ),
        lines=tuple(
            WantedLine(line_id=line_id(number, i), sku=sku(wanted), quantity=rng.choice((1, 1, 2)))
            for i, wanted in enumerate(lines)
        ),
    )
    [end] = rng.choices(list(ENDS), list(ENDS.values()))
    return Life(placing, end)


def after_placing(rng: random.Random, one: Life, order: Order) -> Iterator[Step]:
    """Lead an order from there on. Reads the order as the steps change it."""
    at = one.placing.placed_at
    if one.end == "unpaid":
        return
    if one.end == "cancelled":
        yield at + _hours(rng.uniform(0.1, 20)), CancelOrder(order_id=order.id, reason="-")
        return
    yield at + timedelta(minutes=1), _pay(AuthorizePayment, order)
    if one.end == "authorized":
        return
    yield at + timedelta(minutes=2), _pay(CapturePayment, order)
    if one.end == "paid":
        return
    sent = at + _hours(rng.expovariate(1 / 20))
    for shipment in order.releases:
        yield sent, DispatchShipment(shipment_id=shipment, carrier="DHL", dispatched_at=sent)
    if one.end == "dispatched":
        return
    there = sent + _hours(rng.uniform(12, 90))
    for shipment in order.releases:
        yield there, DeliverShipment(shipment_id=shipment, delivered_at=there)
    if one.end == "returned":
        yield from _send_back(order, there)


def _hours(hours: float) -> timedelta:
    return timedelta(seconds=int(hours * 3_600))


def _pay(kind: type[AuthorizePayment | CapturePayment], order: Order) -> Command:
    return kind(
        order_id=order.id,
        request_id=request_id(kind, order.id),
        amount=Money(order.total, "EUR"),
        method="card",
        provider=PROVIDER,
        reference=reference(order.terms.number),
    )


def _send_back(order: Order, there: datetime) -> Iterator[Step]:
    line = next(iter(order.lines.values()))
    id = return_id(order.id)
    back = there + timedelta(days=3)
    yield (
        back,
        RequestReturn(
            return_id=id,
            order_id=order.id,
            lines=({"line_id": line.terms.line_id, "quantity": 1},),
            reason="too small",
        ),
    )
    yield back + timedelta(days=2), ReceiveReturn(return_id=id, restock=True)
