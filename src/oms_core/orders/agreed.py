"""What was agreed with a customer, as the events of an order tell it: people, lines, amounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from oms_core.kernel.message import Message
from oms_core.kernel.personal import Booked, Personal, Subject

ZERO = Decimal(0)


class CustomerDetails(Message):
    """Who buys. `reference` is the caller's own id of the customer."""

    reference: Subject[str]
    email: Personal[str | None] = None
    name: Personal[str | None] = None
    vat_id: Booked[Personal[str | None]] = None


class Contact(Message):
    """What is known of who buys, besides the caller's own id of the customer."""

    email: Personal[str | None] = None
    name: Personal[str | None] = None
    vat_id: Booked[Personal[str | None]] = None


class PostalAddress(Message):
    """A postal address; `country` is ISO 3166-1 alpha-2, coordinates are WGS 84 degrees."""

    name: Personal[str]
    street: Personal[str]
    city: Personal[str]
    postal_code: Personal[str]
    country: str
    region: Personal[str | None] = None
    latitude: Personal[float | None] = None
    longitude: Personal[float | None] = None


class PricedLine(Message):
    """A line with everything that was agreed on it, so that nothing is computed anew later.

    `total = quantity * unit_price - discount + tax`, without `+ tax` when the order's prices
    include it. `discount` is the line's frozen share of all discounts; `percent_discount` is the
    part of it that percentages gave, which grows with the line when it is edited.
    """

    line_id: UUID
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    tax_rate: Decimal = ZERO
    discount: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal
    percent_discount: Decimal = ZERO


class AppliedDiscount(Message):
    """One discount as it was agreed: what it came to, and why. `percent` 10 is 10 %.

    Of one line only when it names it, else of the whole order.
    """

    amount: Decimal
    percent: Decimal | None = None
    code: str | None = None
    reason: Personal[str | None] = None
    line_id: UUID | None = None


class AssessedDuty(Message):
    """What was computed as due on so many units of a line: `rate` of their customs value."""

    line_id: UUID
    quantity: int
    value: Decimal
    rate: Decimal
    amount: Decimal
    commodity_code: str | None = None
    origin_country: str | None = None


class CancelledUnits(Message):
    """Units taken out of one bucket; reserved ones name their location, released ones their
    shipment too.
    """

    line_id: UUID
    quantity: int
    bucket: Literal["pending", "backordered", "reserved"]
    location: str | None = None
    shipment_id: UUID | None = None


class CancelledAmounts(Message):
    """What is no longer owed for a line: its share of the frozen amounts."""

    line_id: UUID
    subtotal: Decimal
    discount: Decimal
    tax: Decimal


class EditedLine(Message):
    """A line's terms from now on, and what is owed for those of its units that are not cancelled.

    One that the order did not have yet is added to it.
    """

    terms: PricedLine
    subtotal: Decimal
    discount: Decimal
    tax: Decimal


class CreditedLine(Message):
    """What is given up of a line's price for so many of its units: their share of its terms.

    `amount = subtotal - discount + tax`, without `+ tax` when the order's prices include it.
    """

    line_id: UUID
    quantity: int
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    amount: Decimal


class Promise(Message):
    """When units of a line that wait for stock should be there, and until when they wait at all."""

    line_id: UUID
    promised_by: datetime | None = None
    waits_until: datetime | None = None


class LineRefund(Message):
    """So much of a refund is for a line; less than zero when it did not come about."""

    line_id: UUID
    amount: Decimal
