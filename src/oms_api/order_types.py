"""An order as the API shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from oms_api.claims import Claim
from oms_api.connections import After, Before, Connection, First, Last
from oms_api.context import Info
from oms_api.conversations import (
    CustomerMessage,
    OrderAttachment,
    OrderNote,
    conversation_version,
    said,
)
from oms_api.declare import resolved
from oms_api.enums import describe
from oms_api.events import (
    EVENTS,
    EventConnection,
    EventFilter,
    FilterEvents,
    SortEvents,
    page_of,
)
from oms_api.history import HistoryEntry, order_history
from oms_api.holds import OrderHold
from oms_api.money import Money, amount_of, line_amount_of
from oms_api.nodes import Node, global_id, id_of
from oms_api.order_links import OrderLink
from oms_api.order_timers import TIMERS, OrderTimer
from oms_api.payment_types import Payment
from oms_api.returns import Return
from oms_api.sources import PartOfOrder, SourcedOrder, SourcedShipment
from oms_core.claims.claim import ClaimView
from oms_core.orders.status import FulfillmentStatus, OrderStatus, PaymentStatus
from oms_core.payments.view import PaymentView
from oms_core.returns.view import ReturnView
from oms_projections.event_log import EventRecord

describe(
    OrderStatus,
    "Where an order as a whole stands; derived, never set.",
    OPEN="There is something left to ship, or on its way.",
    ON_HOLD="Nothing leaves a warehouse until it is released.",
    COMPLETED="Nothing is left to ship, and all that was shipped arrived.",
    CANCELLED="Every unit was cancelled.",
)
describe(
    PaymentStatus,
    "What was paid of what is owed; derived, never set.",
    UNPAID="Nothing was authorized or captured.",
    AUTHORIZED="An amount is set aside, nothing is captured.",
    PARTIALLY_PAID="A part of what is owed was captured.",
    PAID="All that is owed was captured.",
    PARTIALLY_REFUNDED="A part of what was captured went back.",
    REFUNDED="All that was captured went back.",
    CHARGED_BACK="The customer's bank took an amount back.",
)
describe(
    FulfillmentStatus,
    "How much of what will be shipped was shipped, and arrived; derived, never set.",
    UNFULFILLED="Nothing was shipped yet.",
    BACKORDERED="Nothing was shipped yet, and some units wait for stock.",
    PARTIALLY_SHIPPED="Some units are on their way, others are still to be shipped.",
    SHIPPED="All units are on their way.",
    PARTIALLY_DELIVERED="Some units arrived, others are still to come.",
    DELIVERED="All units arrived.",
)


@strawberry.type(description="Who buys.")
class Customer:
    """Who buys."""

    reference: str = strawberry.field(description="The shop's own id of the customer.")
    email: str | None = strawberry.field(description="E-mail address.")
    name: str | None = strawberry.field(description="Name of the person or company.")


@strawberry.type(description="A postal address.")
class Address:
    """A postal address."""

    name: str = strawberry.field(description="Who receives it.")
    street: str = strawberry.field(description="Street and house number.")
    city: str = strawberry.field(description="City.")
    postal_code: str = strawberry.field(description="Postal code.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    region: str | None = strawberry.field(description="State, province or county.")


def _line_of(root: Any) -> strawberry.ID | None:
    line_id = root.view.line_id
    return None if line_id is None else global_id("OrderLine", line_id)


@strawberry.type(
    description="One line of an order. `quantity` = `pending` + `reserved` + `backordered` +"
    " `shipped` + `cancelled`, always."
)
class OrderLine:
    """One line of an order."""

    id: strawberry.ID = resolved(
        id_of("OrderLine", "view.line_id"), strawberry.ID, "Its id, for inputs that name it."
    )
    sku: str = strawberry.field(description="What is ordered.")
    name: str = strawberry.field(description="The product's name when it was ordered.")
    quantity: int = strawberry.field(description="Units ordered; 0 when an edit took the line out.")
    unit_price: Money = resolved(
        line_amount_of("unit_price"),
        Money,
        "Agreed price of one unit, with tax when the order's prices include it.",
    )
    tax_rate: Decimal = strawberry.field(description='Agreed tax rate: "0.19" is 19 %.')
    discount: Money = resolved(
        line_amount_of("discount"),
        Money,
        "What is taken off this line now, after cancellations: its own discount and its share of"
        " the order's.",
    )
    tax: Money = resolved(
        line_amount_of("tax"), Money, "Tax owed on this line now, after cancellations."
    )
    total: Money = resolved(
        line_amount_of("total"),
        Money,
        "What is owed for this line now: after discount and cancellations, with tax.",
    )
    pending: int = strawberry.field(description="Units that wait for a source.")
    reserved: int = strawberry.field(
        description="Units that are set aside at a location: also while they are picked and packed."
    )
    backordered: int = strawberry.field(description="Units that wait for stock.")
    shipped: int = strawberry.field(description="Units that left a warehouse.")
    delivered: int = strawberry.field(description="Those of the shipped units that arrived.")
    cancelled: int = strawberry.field(description="Units that will not be shipped.")
    returned: int = strawberry.field(description="Those of the shipped units that came back.")
    credited: Money = resolved(
        line_amount_of("credited"), Money, "What was given up of `total`, for returns and claims."
    )
    refunded: Money = resolved(
        line_amount_of("refunded"), Money, "What was, or is being, given back for this line."
    )
    promised_by: datetime | None = strawberry.field(
        description="When units that had to wait should be there, as the customer was told."
    )
    waits_until: datetime | None = strawberry.field(
        description="Units that still wait for stock by then are cancelled. Null: never."
    )


@strawberry.type(description="What was promised about a delivery.")
class DeliveryPromise:
    """What was promised about a delivery."""

    method: str = strawberry.field(description="The shipping method's code.")
    ship_on: date = strawberry.field(description="The last parcel leaves on this day.")
    earliest: date = strawberry.field(description="It may arrive from this day on.")
    latest: date = strawberry.field(description="All has arrived by this day.")


@strawberry.type(description="A discount as it was agreed.")
class OrderDiscount:
    """A discount as it was agreed; resolved from `AppliedDiscount` with its currency."""

    amount: Money = resolved(line_amount_of("amount"), Money, "What it came to.")
    percent: Decimal | None = strawberry.field(
        description="The percentage it was given as: 10 is 10 %. Null when it was an amount."
    )
    code: str | None = strawberry.field(description="The coupon that gave it.")
    reason: str | None = strawberry.field(description="Why it was given.")
    line_id: strawberry.ID | None = resolved(
        _line_of, strawberry.ID | None, "The line it is on; null when it is on the whole order."
    )


def _discounts(root: Any) -> list[PartOfOrder]:
    return [PartOfOrder(discount, root.view.currency) for discount in root.view.discounts]


def _lines(root: Any) -> list[PartOfOrder]:
    return [PartOfOrder(line, root.view.currency) for line in root.view.lines]


async def _shipments(root: Any) -> list[SourcedShipment]:
    order: SourcedOrder = root
    return await order.source.shipments(order.view)


async def _payments(root: Any) -> list[PaymentView]:
    order: SourcedOrder = root
    return await order.source.payments(order.view)


async def _returns(root: Any) -> list[ReturnView]:
    order: SourcedOrder = root
    return await order.source.returns(order.view)


async def _claims(root: Any) -> list[ClaimView]:
    order: SourcedOrder = root
    return await order.source.claims(order.view)


async def _events(
    root: Any,
    *,
    filter: FilterEvents = None,
    sort: SortEvents = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Connection[EventRecord]:
    order: SourcedOrder = root
    part = EVENTS.part(sort, first, after, last, before)
    wanted = (filter or EventFilter()).read()
    return page_of(await order.source.events(order.view), wanted, part)


if TYPE_CHECKING:
    from oms_api.shipments import Shipment

LazyShipment = Annotated["Shipment", strawberry.lazy("oms_api.shipments")]


@strawberry.type(description="The commercial promise to a customer, and what became of it.")
class Order(Node):
    """An order; resolved from `SourcedOrder`."""

    id: strawberry.ID = resolved(id_of("Order", "view.id"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    number: str = strawberry.field(description="Its number for people, unique.")
    channel: str = strawberry.field(description="Where it was placed, such as web.")
    currency: str = strawberry.field(description="ISO 4217 code of all its amounts.")
    placed_at: datetime = strawberry.field(description="When the customer ordered.")
    status: OrderStatus = strawberry.field(description="Where it stands as a whole.")
    payment_status: PaymentStatus = strawberry.field(description="What was paid.")
    fulfillment_status: FulfillmentStatus = strawberry.field(description="What was shipped.")
    customer: Customer = strawberry.field(description="Who buys.")
    shipping_address: Address = strawberry.field(description="Where it is sent.")
    billing_address: Address = strawberry.field(description="Who is billed.")
    lines: list[OrderLine] = resolved(_lines, list[OrderLine], "What was ordered.")
    shipments: list[LazyShipment] = resolved(
        _shipments, list[LazyShipment], "What locations were asked to send, in that order."
    )
    returns: list[Return] = resolved(
        _returns, list[Return], "What the customer sends back, in the order of the requests."
    )
    payments: list[Payment] = resolved(
        _payments, list[Payment], "How it is paid, in the order in which payments were opened."
    )
    subtotal: Money = resolved(
        amount_of("subtotal"),
        Money,
        "Price of the goods that are not cancelled, before discounts; with tax when prices include"
        " it.",
    )
    discount: Money = resolved(amount_of("discount"), Money, "Discount on those goods.")
    discounts: list[OrderDiscount] = resolved(
        _discounts,
        list[OrderDiscount],
        "Every discount as it was agreed when the order was placed or the line was added, in the"
        " order in which they were taken off.",
    )
    shipping_price: Money = resolved(
        amount_of("shipping_price"),
        Money,
        "Price of the shipping; waived when everything is cancelled.",
    )
    shipping_method: str | None = strawberry.field(description="How it is sent.")
    pickup_location: str | None = strawberry.field(
        description="Code of the location where the customer collects the goods; null when they are"
        " sent."
    )
    promise: DeliveryPromise | None = strawberry.field(
        description="When it leaves and arrives; null when its shipping method promises nothing, or"
        " what was promised does not hold any more because it was edited."
    )
    shipping_tax: Money = resolved(
        amount_of("shipping_tax"), Money, "Tax on the shipping; a part of `tax`."
    )
    duties: Money = resolved(
        amount_of("duties"), Money, "Import duties; waived when everything is cancelled."
    )
    tax: Money = resolved(amount_of("tax"), Money, "Tax on goods and shipping.")
    prices_include_tax: bool = strawberry.field(
        description="Whether tax is contained in the prices; else it comes on top."
    )
    total: Money = resolved(
        amount_of("total"),
        Money,
        "What the customer owes: subtotal - discount + shipping + duties, + tax unless prices"
        " include it.",
    )
    authorized: Money = resolved(amount_of("authorized"), Money, "Set aside for it so far.")
    captured: Money = resolved(amount_of("captured"), Money, "Collected for it so far.")
    refunded: Money = resolved(amount_of("refunded"), Money, "Given back so far.")
    credited: Money = resolved(
        amount_of("credited"),
        Money,
        "What the customer owes less than `total`, for returns and claims, after restocking fees.",
    )
    exchange_credit: Money = resolved(
        amount_of("exchange_credit"),
        Money,
        "Credit that came from an order which this one replaces, and counts as paid; negative when"
        " it went to replacements of this one.",
    )
    priority: int = strawberry.field(
        description="Of orders placed at one moment, the highest gets scarce stock first."
    )
    payment_due_at: datetime | None = strawberry.field(
        description="Cancelled if nothing was paid or authorized by then. Null: never."
    )
    holds: list[OrderHold] = strawberry.field(
        description="What keeps it from going to a warehouse; released ones are in `events`."
    )
    claims: list[Claim] = resolved(
        _claims, list[Claim], "What the customer complained about, in the order of the claims."
    )
    tags: list[str] = strawberry.field(description="Its tags, in the order they were put on.")
    conversation_version: int = resolved(
        conversation_version,
        int,
        "How many notes, messages and attachments it has: the `expectedVersion` of the commands"
        " that add one.",
    )
    notes: list[OrderNote] = resolved(
        said("NoteAdded"), list[OrderNote], "What was noted on it, oldest first."
    )
    messages: list[CustomerMessage] = resolved(
        said("MessageRecorded"),
        list[CustomerMessage],
        "What the customer wrote about it and was written, oldest first.",
    )
    attachments: list[OrderAttachment] = resolved(
        said("AttachmentAdded"), list[OrderAttachment], "Files that belong to it, oldest first."
    )
    timers: list[OrderTimer] = TIMERS
    links: list[OrderLink] = resolved(
        lambda root: list(root.view.links),
        list[OrderLink],
        "Orders that this one belongs to, such as the one that replaces it.",
    )
    charged_back: Money = resolved(
        amount_of("charged_back"),
        Money,
        "Taken back by the customer's bank, unless the dispute was won.",
    )
    balance_due: Money = resolved(
        amount_of("balance_due"),
        Money,
        "What is still to be paid: the total, less what is here and what refunds let off.",
    )
    refund_due: Money = resolved(
        amount_of("refund_due"),
        Money,
        "What was paid and is not owed: after a cancellation, or when a provider collected more"
        " than it was asked for.",
    )
    events: EventConnection = resolved(
        _events,
        EventConnection,
        "Its whole history with that of its payments, shipments and returns, oldest first.",
    )
    history: list[HistoryEntry] = resolved(
        order_history,
        list[HistoryEntry],
        "All of `events` as a story for people, oldest first.",
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as an order."""
        return isinstance(value, SourcedOrder)
