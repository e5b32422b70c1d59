"""Gives back what was paid: to the provider's customer, or to the gift card that had paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from oms_core.gift_cards.gift_card import GiftCard
from oms_core.kernel.aggregate import Streams
from oms_core.orders.order import Order
from oms_core.payments.events import RefundRequested
from oms_core.payments.payment import Payment
from oms_core.payments.posting import post
from oms_core.payments.refusals import GiftCardsPayThemselves

GIFT_CARD = "gift_card"
"""The provider and method of payments by gift card."""


def refuse_gift_card(provider: str) -> None:
    """Refuse to note, ask or hear anything of gift cards: they are kept here."""
    if provider == GIFT_CARD:
        raise GiftCardsPayThemselves(field=("provider",))


async def gift_cards_of(
    payments: Iterable[Payment], streams: Streams
) -> Mapping[UUID | None, GiftCard]:
    """Find the gift cards that paid, by id."""
    ids = dict.fromkeys(p.gift_card_id for p in payments if p.gift_card_id is not None)
    return {card.id: card for card in await streams.find(GiftCard, ids)}


def give_back(
    order: Order,
    payment: Payment,
    request: RefundRequested,
    cards: Mapping[UUID | None, GiftCard],
) -> None:
    """Refund a payment and post it; what a gift card had paid goes back to it at once."""
    before = payment.sums
    payment.refund(request)
    post(order, payment, before)
    if card := cards.get(payment.gift_card_id):
        card.credit(payment.id, order.id, request.amount)
