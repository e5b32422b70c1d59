"""An order as an answer shows it. The read tables hold exactly these values.

Named tuples: making one takes a fifth of what a frozen dataclass takes, and whoever places,
projects or lists orders makes many.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from oms_core.delivery.promise import DeliveryPromise
from oms_core.orders.events import AppliedDiscount, CustomerDetails, OrderLinked, PostalAddress
from oms_core.orders.holds import Hold
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus


class OrderLineView(NamedTuple):
    """One line. `quantity = pending + reserved + backordered + shipped + cancelled`, always.

    `discount`, `tax` and `total` are what is owed now, after cancellations; `delivered` and
    `returned` are parts of `shipped`. `credited` is what was given up of `total`. Units that wait
    for stock were promised by a day, and wait until another.
    """

    line_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    tax_rate: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal
    pending: int
    reserved: int
    backordered: int
    shipped: int
    delivered: int
    cancelled: int
    returned: int
    credited: Decimal
    refunded: Decimal
    promised_by: datetime | None
    waits_until: datetime | None


class OrderView(NamedTuple):
    """One order after its event number `version`. Amounts are in `currency`.

    `discounts` are as they were agreed, `discount` is what is left of them after cancellations.
    `tax` is on goods and shipping; it is contained in `total` when prices include it, else a part
    of it like every other amount. `credited` is what the customer owes less for returns and claims;
    `exchange_credit` came from other orders, or went to them when it is negative. `balance_due` is
    still to be paid, `refund_due` was paid and is not owed: one of them is 0.
    """

    id: UUID
    version: int
    number: str
    channel: str
    currency: str
    placed_at: datetime
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    customer: CustomerDetails
    shipping_address: PostalAddress
    billing_address: PostalAddress
    lines: tuple[OrderLineView, ...]
    subtotal: Decimal
    discount: Decimal
    discounts: tuple[AppliedDiscount, ...]
    shipping_price: Decimal
    shipping_method: str | None
    pickup_location: str | None
    promise: DeliveryPromise | None
    shipping_tax: Decimal
    duties: Decimal
    tax: Decimal
    prices_include_tax: bool
    total: Decimal
    authorized: Decimal
    captured: Decimal
    refunded: Decimal
    credited: Decimal
    exchange_credit: Decimal
    charged_back: Decimal
    balance_due: Decimal
    refund_due: Decimal
    shipment_ids: tuple[UUID, ...]
    return_ids: tuple[UUID, ...]
    claim_ids: tuple[UUID, ...]
    payment_ids: tuple[UUID, ...]
    payment_due_at: datetime | None
    priority: int
    holds: tuple[Hold, ...]
    links: tuple[OrderLinked, ...]
    tags: tuple[str, ...]
