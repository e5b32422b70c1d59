"""What must be there before the first order: places, products and their stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oms_api.retail import model
from oms_api.retail.plan import CURRENCY, Plan, Product
from oms_api.retail.rows import Row


@dataclass(frozen=True, slots=True)
class Command:
    """One mutation with its input, and the rest of its idempotency key.

    The key names the file, because the next file has an opening stock of its own.
    """

    mutation: str
    key: str
    facts: Mapping[str, object]


def opening(plan: Plan, seed: int) -> list[tuple[str, list[Command]]]:
    """Give the commands in groups that follow each other; within one the order does not matter."""
    if not plan.orders and not plan.corrections:
        return []
    at = plan.begins.replace(hour=0, minute=0, second=0)
    span = plan.span
    places = (model.MAIN, *model.OTHERS)
    stock = model.opening_stock(plan, seed)
    return [
        ("places", [_location(place, span, at) for place in places]),
        ("products", [_product(product, span, at) for product in plan.products]),
        ("opening stock", [_receipt(*one, span, at) for one in stock]),
        ("stock corrections", [_correction(row) for row in plan.corrections]),
    ]


def _location(place: model.Place, span: str, at: datetime) -> Command:
    facts = {
        "code": place.code,
        "name": place.name,
        "country": place.country,
        "postalCode": place.postal_code,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "occurredAt": at.isoformat(),
    }
    return Command("registerLocation", f"{span}:location:{place.code}", facts)


def _product(product: Product, span: str, at: datetime) -> Command:
    facts = {
        "sku": product.sku,
        "name": product.name,
        "price": {"amount": str(product.price), "currency": CURRENCY},
        "occurredAt": at.isoformat(),
    }
    return Command("registerProduct", f"{span}:product:{product.sku}", facts)


def _receipt(sku: str, place: model.Place, units: int, span: str, at: datetime) -> Command:
    facts = {
        "sku": sku,
        "location": place.code,
        "quantity": units,
        "reference": "opening stock, made up",
        "occurredAt": at.isoformat(),
    }
    return Command("receiveStock", f"{span}:stock:{sku}", facts)


def _correction(row: Row) -> Command:
    facts = {
        "sku": row.sku,
        "location": model.MAIN.code,
        "delta": row.quantity,
        "reason": row.description or "stock correction without a reason in the data",
        "occurredAt": row.at.isoformat(),
    }
    return Command("adjustStock", f"{row.invoice}:correction:{row.number}", facts)
