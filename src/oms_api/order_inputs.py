"""What the mutations on orders are given."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import strawberry

from oms_api.gateway import new_id
from oms_api.inputs import CommandInput, Facts, LineQuantityInput, VersionedInput
from oms_api.money import MoneyInput
from oms_core.kernel.refusal import Invalid

MOST_ORDERS = 500
"""In one batch."""


@strawberry.input(description="Who buys.")
class CustomerInput:
    """Who buys."""

    reference: str = strawberry.field(description="Your own id of the customer.")
    email: str | None = strawberry.field(default=None, description="E-mail address.")
    name: str | None = strawberry.field(default=None, description="Name of the person or company.")
    vat_id: str | None = strawberry.field(default=None, description="VAT identification number.")


@strawberry.input(description="A postal address.")
class AddressInput:
    """A postal address."""

    name: str = strawberry.field(description="Who receives it.")
    street: str = strawberry.field(description="Street and house number.")
    city: str = strawberry.field(description="City.")
    postal_code: str = strawberry.field(description="Postal code.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    region: str | None = strawberry.field(default=None, description="State, province or county.")
    latitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees, -90 to 90."
    )
    longitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees, -180 to 180."
    )


@strawberry.input(description="A discount: either an amount or a percentage.")
class DiscountInput:
    """A discount: either an amount or a percentage."""

    amount: MoneyInput | None = strawberry.field(
        default=None, description="What it takes off; not more than what it is taken off."
    )
    percent: Decimal | None = strawberry.field(
        default=None,
        description='Over 0 up to 100: "10" is 10 % of what the discounts before it left.',
    )
    reason: str | None = strawberry.field(default=None, description="Why it is given.")


@strawberry.input(description="So many units of a SKU.")
class OrderLineInput:
    """So many units of a SKU."""

    sku: str = strawberry.field(description="What is ordered; a registered product.")
    quantity: int = strawberry.field(description="How many units, 1 to 1,000,000.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None,
        description="Agreed price of one unit, with tax when the channel's prices include it; the"
        " price that is valid then when missing.",
    )
    tax_rate: Decimal | None = strawberry.field(
        default=None,
        description='0 to 1: "0.19" is 19 %. The product\'s rate when it is missing.',
    )
    discount: DiscountInput | None = strawberry.field(
        default=None, description="Discount on this line, before those on the order."
    )
    promised_by: datetime | None = strawberry.field(
        default=None,
        description="What the customer is told: when it should be there if it has to wait.",
    )


@strawberry.input(description="Promise goods to a customer.")
class PlaceOrderInput(CommandInput):
    """Promise goods to a customer."""

    MOMENT: ClassVar[str] = "placed_at"

    number: str | None = strawberry.field(
        default=None, description="Your own order number, unique; one is given when it is missing."
    )
    channel: str = strawberry.field(description="Where it was placed, such as web.")
    currency: str = strawberry.field(description="ISO 4217 code of all amounts in it.")
    placed_at: datetime | None = strawberry.field(
        default=None, description="When it was placed, for imports; now when it is missing."
    )
    customer: CustomerInput = strawberry.field(description="Who buys.")
    shipping_address: AddressInput = strawberry.field(description="Where to send it.")
    billing_address: AddressInput | None = strawberry.field(
        default=None, description="Who is billed; the shipping address when it is missing."
    )
    lines: list[OrderLineInput] = strawberry.field(description="What is ordered, 1 to 1000 lines.")
    shipping_price: MoneyInput | None = strawberry.field(
        default=None,
        description="Price of the shipping, with tax when the channel's prices include it.",
    )
    discount: MoneyInput | None = strawberry.field(
        default=None, description="Discount on the goods; split over the lines to the cent."
    )
    allow_backorder: bool | None = strawberry.field(
        default=False,
        description="True: units without stock wait for it. False: all or nothing, else"
        " INSUFFICIENT_STOCK.",
    )
    discounts: list[DiscountInput] | None = strawberry.field(
        default=None,
        description="Further discounts on the goods, up to 20, taken off in this order after"
        " `discount`.",
    )
    coupon_code: str | None = strawberry.field(
        default=None,
        description="A coupon to redeem with this order; its discount is taken off last.",
    )
    shipping_method: str | None = strawberry.field(
        default=None, description="How to send it, such as express."
    )
    shipping_tax_rate: Decimal | None = strawberry.field(
        default=None,
        description='Tax on the shipping: "0.19" is 19 %. The channel\'s rate when it is missing.',
    )
    pickup_location: str | None = strawberry.field(
        default=None,
        description="Code of the location where the customer collects the goods: only its stock"
        " counts. They are sent when it is missing.",
    )
    duties: MoneyInput | None = strawberry.field(
        default=None, description="Import duties that the customer pays with the order, untaxed."
    )
    priority: int = strawberry.field(
        default=0,
        description="0 to 100: of orders placed at one moment, the highest is served first.",
    )

    def facts(self) -> Facts:
        facts = super().facts()
        for line in facts["lines"]:
            line["line_id"] = new_id()
        return facts


class BatchOutOfBounds(Invalid):
    """A batch has 1 to {most} orders, this one has {orders}. Send several batches."""


@strawberry.input(description="Place many orders.")
class PlaceOrdersInput:
    """Place many orders."""

    orders: list[PlaceOrderInput] = strawberry.field(
        description="1 to 500 orders, each with an idempotency key of its own."
    )

    def check(self) -> None:
        """Raise `BatchOutOfBounds` when there are too few or too many."""
        if not 1 <= len(self.orders) <= MOST_ORDERS:
            raise BatchOutOfBounds(most=MOST_ORDERS, orders=len(self.orders), field=("orders",))


@strawberry.input(description="Cancel units that have not left a warehouse.")
class CancelOrderInput(VersionedInput):
    """Cancel units that have not left a warehouse."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    reason: str = strawberry.field(description="Why they are not wanted any more.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which units; the whole order when it is missing."
    )
