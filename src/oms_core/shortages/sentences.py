"""What the events of the list of products that anybody waits for tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.shortages import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ShortageBegan: Sentence(
        "Orders wait for {sku}, or customers to hear of it.",
        "Bestellungen warten auf {sku}, oder Kunden auf eine Nachricht davon.",
    ),
    events.ShortageEnded: Sentence(
        "Nobody waits for {sku} any more.",
        "Niemand wartet mehr auf {sku}.",
    ),
    events.ShortagesReviewed: Sentence(
        "Something changed that may give stock to those who wait, so their turn is looked at anew.",
        "Etwas hat sich geändert, wodurch Wartende Ware bekommen können; es wird neu nachgesehen.",
    ),
}
