"""What the events of a gift card tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.gift_cards import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.GiftCardIssued: Sentence(
        "A gift card ending in {last4} was issued over {amount}[, valid until {expires_at}].",
        "Eine Geschenkkarte mit der Endung {last4} wurde über {amount} ausgegeben[, gültig "
        "bis {expires_at}].",
    ),
    events.GiftCardRedeemed: Sentence(
        "{amount} of the gift card paid for an order.",
        "{amount} der Geschenkkarte bezahlten eine Bestellung.",
    ),
    events.GiftCardCredited: Sentence(
        "{amount} went back to the gift card.",
        "{amount} gingen auf die Geschenkkarte zurück.",
    ),
}
