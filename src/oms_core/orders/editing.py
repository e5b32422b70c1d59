"""What an edit changes of an order that was placed: which terms, which units, which sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms_core.kernel.money import checked, rounded
from oms_core.orders.amending import amended
from oms_core.orders.cancelling import taken
from oms_core.orders.events import Contact, EditedLine, OrderEdited, PostalAddress, PricedLine
from oms_core.orders.line import NOTHING_CREDITED
from oms_core.orders.pricing import Item, Quote
from oms_core.orders.quantities import MOST_LINES, LineQuantity
from oms_core.orders.refusals import (
    NothingLeftToOrder,
    OrderLineAlreadyAdded,
    ShippedPriceStays,
    ShippedUnitsStay,
    ShippingWasRefunded,
    TooManyLines,
)
from oms_core.orders.repricing import added, own_discounts, policy_of, repriced, shipping_tax
from oms_core.orders.state import OrderState

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineChange:
    """Another quantity, price or tax rate of a line; None leaves it as it is."""

    line_id: UUID
    quantity: int | None = None
    unit_price: Decimal | None = None
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be changed; None leaves a thing as it is."""

    reason: str | None = None
    lines: Sequence[LineChange] = ()
    added: Sequence[Item] = ()
    shipping_address: PostalAddress | None = None
    billing_address: PostalAddress | None = None
    shipping_method: str | None = None
    shipping_price: Decimal | None = None
    shipping_tax_rate: Decimal | None = None
    contact: Contact | None = None


def decide(order: OrderState, edit: Edit) -> OrderEdited | None:
    """Decide an edit of an open order; None when it changes nothing.

    Raises `NoSuchOrderLine`, `OrderLineAlreadyAdded`, `TooManyLines`, `ShippedUnitsStay`,
    `ShippedPriceStays`, `ShippingWasRefunded`, `DiscountTooLarge`, `NothingLeftToOrder`, and
    `AmountOutOfRange` for a total that can't be booked.
    """
    if len(order.lines) + len(edit.added) > MOST_LINES:
        raise TooManyLines(most=MOST_LINES, field=("add_lines",))
    changed = [terms for i, each in enumerate(edit.lines) for terms in _changed(order, i, each)]
    quotes = [_added(order, i, item) for i, item in enumerate(edit.added)]
    new = [line for quoted in quotes for line in quoted.lines]
    more = {t.line_id: t.quantity - order.line(t.line_id).terms.quantity for t in changed}
    more |= {t.line_id: t.quantity for t in new}
    lines = tuple(_owed(order, terms) for terms in (*changed, *new))
    shipping = _shipping(order, edit)
    event = OrderEdited(
        reason=edit.reason,
        lines=lines,
        removed=tuple(taken(order, {id: -units for id, units in more.items() if units < 0})),
        added=tuple(LineQuantity(line_id=id, quantity=n) for id, n in more.items() if n > 0),
        discounts=tuple(d for quoted in quotes for d in own_discounts(quoted)),
        shipping_address=edit.shipping_address or order.terms.shipping_address,
        billing_address=edit.billing_address or order.terms.billing_address,
        shipping_method=edit.shipping_method or order.terms.shipping_method,
        **shipping,
        difference=_difference(order, lines, shipping),
        contact=_contact(order, edit),
    )
    agreed = amended(order.terms, event)
    if not lines and agreed == order.terms:
        return None
    _refuse_nothing_left(order, event)
    checked(agreed.total, agreed.currency, field=("lines",))
    return event


def _changed(order: OrderState, i: int, change: LineChange) -> Iterator[PricedLine]:
    line, field = order.line(change.line_id), ("lines", str(i))
    agreed = line.terms
    quantity = agreed.quantity if change.quantity is None else change.quantity
    price = agreed.unit_price if change.unit_price is None else change.unit_price
    rate = agreed.tax_rate if change.tax_rate is None else change.tax_rate
    if quantity < agreed.quantity - line.cancellable:
        raise ShippedUnitsStay(
            sku=agreed.sku,
            wanted=quantity,
            shipped=line.units.shipped,
            cancelled=line.cancelled,
            field=(*field, "quantity"),
        )
    for name, same in (
        ("unit_price", price == agreed.unit_price),
        ("tax_rate", rate == agreed.tax_rate),
    ):
        if line.units.shipped and not same:
            raise ShippedPriceStays(sku=agreed.sku, price=agreed.unit_price, field=(*field, name))
    policy, currency = policy_of(order.terms), order.terms.currency
    terms = repriced(line.first, quantity, price, policy, currency, tax_rate=rate)
    if terms != agreed:
        yield terms


def _contact(order: OrderState, edit: Edit) -> Contact | None:
    """Tell all that is known of who buys, if some of it is said anew."""
    if edit.contact is None:
        return None
    known = Contact(**order.terms.customer.model_dump(exclude={"reference"}))
    contact = known.model_copy(update=edit.contact.model_dump(exclude_none=True))
    return None if contact == known else contact


def _added(order: OrderState, i: int, item: Item) -> Quote:
    if item.line_id in order.lines:
        raise OrderLineAlreadyAdded(line_id=item.line_id, field=("add_lines", str(i)))
    return added(item, order.terms)


def _owed(order: OrderState, terms: PricedLine) -> EditedLine:
    """Leave out the share of the units that were cancelled before; what was credited stays."""
    known = order.lines.get(terms.line_id)
    credited = NOTHING_CREDITED if known is None else known.credited
    left = terms.quantity - (0 if known is None else known.cancelled) - credited.units

    def share(whole: Decimal) -> Decimal:
        return rounded(whole * left / terms.quantity, order.terms.currency) if left else ZERO

    return EditedLine(
        terms=terms,
        subtotal=credited.subtotal + left * terms.unit_price,
        discount=credited.discount + share(terms.discount),
        tax=credited.tax + share(terms.tax),
    )


def _shipping(order: OrderState, edit: Edit) -> Mapping[str, Decimal]:
    price, rate = edit.shipping_price, edit.shipping_tax_rate
    price = order.shipping_price if price is None else price
    rate = order.terms.shipping_tax_rate if rate is None else rate
    agreed = order.shipping_price, order.terms.shipping_tax_rate
    if order.credits.shipping_price and (price, rate) != agreed:
        raise ShippingWasRefunded(field=("shipping_price",))
    return {
        "shipping_price": price,
        "shipping_tax_rate": rate,
        "shipping_tax": shipping_tax(order.placed, price, rate),
    }


def _difference(
    order: OrderState, lines: Sequence[EditedLine], shipping: Mapping[str, Decimal]
) -> Decimal:
    on_top = 0 if order.terms.prices_include_tax else 1
    known = [order.lines[ln.terms.line_id] for ln in lines if ln.terms.line_id in order.lines]
    after = sum((ln.subtotal - ln.discount + on_top * ln.tax for ln in lines), ZERO)
    before = sum((line.total for line in known), ZERO)
    after += shipping["shipping_price"] + on_top * shipping["shipping_tax"]
    before += order.shipping_price + on_top * order.shipping_tax
    return after - before


def _refuse_nothing_left(order: OrderState, event: OrderEdited) -> None:
    units = order.units.unshipped + order.units.shipped
    units += sum(part.quantity for part in event.added)
    if units == sum(part.quantity for part in event.removed):
        raise NothingLeftToOrder(field=("lines",))
