"""The terms of an order: what a customer wants, priced and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from oms_core.catalogue.prices import Market
from oms_core.catalogue.product import Product
from oms_core.channels.channel import Channel
from oms_core.coupons.coupon import Coupon
from oms_core.delivery.shipping_method import Offer
from oms_core.kernel.message import maker
from oms_core.kernel.money import Money, checked
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.duties import Border
from oms_core.orders.events import AssessedDuty, CustomerDetails, OrderPlaced, PostalAddress
from oms_core.orders.pricing import Item, quote
from oms_core.pricing.discounts import Discount
from oms_core.pricing.policy import PricingPolicy
from oms_core.pricing.taxes import Taxable
from oms_core.sourcing.plan import SourcingPlan

if TYPE_CHECKING:
    from oms_core.orders.placing import PlaceOrder, WantedDiscount, WantedLine

ZERO = Decimal(0)
_customer_details = maker(CustomerDetails)
_postal_address = maker(PostalAddress)


def terms_of(
    command: PlaceOrder,
    products: Mapping[str, Product],
    channel: Channel,
    coupon: Coupon | None,
    offer: Offer | None = None,
    *,
    border: Border | None = None,
    plan: SourcingPlan | None = None,
) -> OrderPlaced:
    """Price what a customer wants. Raises refusals that name the field.

    The shipping costs what it is offered for, unless the command has another price. Duties are
    due on what crosses the border by the plan.
    """
    currency, policy = command.currency, channel.policy
    discounts = _discounts(command)
    shipping = _shipping(command, policy, offer)
    market = Market(command.channel, currency, command.placed_at)
    items = [
        item_of(line, products, market, "lines", str(i)) for i, line in enumerate(command.lines)
    ]
    if coupon is not None:
        goods = Money(sum((i.quantity * i.unit_price for i in items), ZERO), currency)
        coupon.refuse_unless_usable(command.customer.reference, command.placed_at, goods)
        discounts.append(coupon.discount)
    quoted = quote(items, discounts, policy, currency, shipping=shipping)
    assessed: tuple[AssessedDuty, ...] = ()
    if border is not None and plan is not None:
        net = shipping.amount - (quoted.shipping_tax if policy.prices_include_tax else ZERO)
        assessed = border.assess(quoted.lines, plan, net, policy, currency)
    duties = amount_of(command.duties, currency, "duties")
    duties += sum([due.amount for due in assessed], ZERO)
    total = quoted.total + duties
    shipping_address = _postal_address(vars(command.shipping_address))
    billing = command.billing_address
    return OrderPlaced(
        number=command.number,
        channel=command.channel,
        currency=currency,
        placed_at=command.placed_at,
        customer=_customer_details(vars(command.customer)),
        shipping_address=shipping_address,
        billing_address=shipping_address if billing is None else _postal_address(vars(billing)),
        lines=quoted.lines,
        subtotal=quoted.subtotal,
        discount=quoted.discount,
        shipping_price=shipping.amount,
        shipping_tax=quoted.shipping_tax,
        tax=quoted.tax,
        total=checked(total, currency, field=("lines",)),
        prices_include_tax=policy.prices_include_tax,
        allow_backorder=command.allow_backorder,
        discounts=quoted.discounts,
        duties=duties,
        assessed_duties=assessed,
        shipping_tax_rate=shipping.rate,
        shipping_method=command.shipping_method,
        promise=None if offer is None else offer.promise,
        pickup_location=command.pickup_location,
        rounding_mode=policy.rounding_mode,
        rounding_level=policy.rounding_level,
        payment_due_at=channel.payment_due_at(command.placed_at) if total else None,
        priority=command.priority,
        payments=channel.payment_policy if channel.exists else None,
    )


def unpromised(terms: OrderPlaced) -> OrderPlaced:
    """Take the promise back: there is none for what waits for stock."""
    return terms.model_copy(update={"promise": None})


def _shipping(command: PlaceOrder, policy: PricingPolicy, offer: Offer | None) -> Taxable:
    offered = None if offer is None else offer.price
    price = amount_of(command.shipping_price or offered, command.currency, "shipping_price")
    rate = command.shipping_tax_rate
    return Taxable(price, policy.shipping_tax_rate if rate is None else rate)


def _discounts(command: PlaceOrder) -> list[Discount]:
    found = [
        discount_of(discount, command.currency, "discounts", str(i))
        for i, discount in enumerate(command.discounts)
    ]
    if whole := amount_of(command.discount, command.currency, "discount"):
        found.insert(0, Discount(whole, field=("discount",)))
    return found


def discount_of(wanted: WantedDiscount, currency: str, *field: str) -> Discount:
    """Read a discount. Raises `CurrencyMismatch`."""
    amount = amount_of(wanted.amount, currency, *field, "amount")
    return Discount(amount, wanted.percent, reason=wanted.reason, field=field)


def item_of(line: WantedLine, products: Mapping[str, Product], market: Market, *field: str) -> Item:
    """Read a wanted line, with the product's valid price and its tax rate where it has none.

    Raises `CurrencyMismatch` and `NoPriceValid`.
    """
    sku, currency = line.sku, market.currency
    product = products[sku]
    facts = product.facts
    if (wanted := line.unit_price) is None:
        unit_price = product.price_on(market, *field, "unit_price").amount
    else:
        unit_price = amount_of(wanted, currency, *field, "unit_price")
    own = line.discount
    return Item(
        line_id=line.line_id,
        sku=sku,
        name=facts.name,
        quantity=line.quantity,
        unit_price=unit_price,
        tax_rate=facts.tax_rate if line.tax_rate is None else line.tax_rate,
        discount=None if own is None else discount_of(own, currency, *field, "discount"),
    )


def amount_of(money: Money | None, currency: str, *field: str) -> Decimal:
    """Read an amount, nothing when there is none. Raises `CurrencyMismatch`."""
    if money is None:
        return ZERO
    if money.currency != currency:
        raise CurrencyMismatch(given=money.currency, expected=currency, field=field)
    return money.amount
