"""What happens to a gift card. One stream per code, whichever way its letters are written.

The code is a secret and stands nowhere: the stream's id follows from it, and `last4` is what people
may see of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.money import Money


class GiftCardIssued(Event):
    """Whoever knows the code may pay with as much, before `expires_at` if there is one."""

    TOPIC: ClassVar[str] = "gift_cards.GiftCardIssued.v1"
    last4: str
    amount: Money
    expires_at: datetime | None = None


class GiftCardRedeemed(Event):
    """A part or all of it paid for an order, recorded together with the payment."""

    TOPIC: ClassVar[str] = "gift_cards.GiftCardRedeemed.v1"
    payment_id: UUID
    order_id: UUID
    amount: Money


class GiftCardCredited(Event):
    """An amount that it had paid went back to it, recorded together with the refund."""

    TOPIC: ClassVar[str] = "gift_cards.GiftCardCredited.v1"
    payment_id: UUID
    order_id: UUID
    amount: Money


GiftCardEvent = GiftCardIssued | GiftCardRedeemed | GiftCardCredited
