"""Commands on gift cards. One pays with `payments.gift_cards`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.gift_cards.events import GiftCardIssued
from oms_core.gift_cards.gift_card import GiftCard, gift_card_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment, PositivePrice
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command

GiftCardCode = Annotated[Code, Field(min_length=8)]
"""Long enough not to be guessed."""


class IssueGiftCard(Command):
    """Put an amount on a new gift card."""

    code: GiftCardCode
    amount: PositivePrice
    expires_at: Moment | None = None

    def touches(self) -> Iterable[UUID]:
        return (gift_card_id(self.code),)


@handles(IssueGiftCard)
async def issue_gift_card(command: IssueGiftCard, streams: Streams) -> GiftCard:
    """Record the card without its code; refused when the code is taken."""
    [card] = await streams.find(GiftCard, [gift_card_id(command.code)])
    card.issue(
        GiftCardIssued(
            last4=command.code[-4:], amount=command.amount, expires_at=command.expires_at
        )
    )
    return card
