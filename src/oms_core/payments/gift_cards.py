"""Paying with a gift card: card and payment move in one transaction; nobody has to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from oms_core.gift_cards.commands import GiftCardCode
from oms_core.gift_cards.gift_card import GiftCard, gift_card_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Moment, PositivePrice
from oms_core.kernel.handling import handles
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.orders.order import Order
from oms_core.payments.asking import to_set_aside
from oms_core.payments.commands import refuse_other_currency
from oms_core.payments.events import AuthorizationRequested, CaptureRequested
from oms_core.payments.payment import Payment, payment_id
from oms_core.payments.posting import post
from oms_core.payments.refunding import GIFT_CARD
from oms_core.payments.refusals import NothingToAuthorize


class PayWithGiftCard(Command):
    """Pay a part or all of an order; as much as there is on it and owed without an amount."""

    order_id: UUID
    request_id: UUID
    code: GiftCardCode
    amount: PositivePrice | None = None
    at: Moment

    def target(self) -> UUID:
        return self.order_id

    def touches(self) -> Iterable[UUID]:
        return (self.order_id, gift_card_id(self.code))


@handles(PayWithGiftCard)
async def pay_with_gift_card(command: PayWithGiftCard, streams: Streams) -> Payment:
    """Take it off the card and put it on the order."""
    order = await streams.get(Order, command.order_id)
    card = await streams.get(GiftCard, gift_card_id(command.code))
    reference = f"{card.facts.last4} {command.request_id}"
    [payment] = await streams.find(Payment, [payment_id(GIFT_CARD, reference)])
    if payment.exists:
        return payment
    amount = command.amount or _as_much_as_possible(order, card)
    refuse_other_currency(order, amount)
    order.refuse_authorization_of(amount.amount)
    card.refuse_unless_pays(amount, command.at)
    before = payment.sums
    payment.authorize(
        AuthorizationRequested(
            request_id=command.request_id,
            order_id=order.id,
            amount=amount,
            method=GIFT_CARD,
            provider=GIFT_CARD,
            reference=reference,
            gift_card_id=card.id,
        )
    )
    capture_id = natural_id("capture", str(payment.id))
    payment.capture(CaptureRequested(request_id=capture_id, amount=amount, reference=reference))
    card.redeem(payment.id, order.id, amount)
    post(order, payment, before)
    return payment


def _as_much_as_possible(order: Order, card: GiftCard) -> Money:
    unpaid = to_set_aside(order)
    if unpaid <= 0:
        raise NothingToAuthorize()
    return Money(min(unpaid, card.balance.amount), order.terms.currency)
