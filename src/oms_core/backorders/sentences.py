"""What the events of those who wait for a SKU tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.backorders import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.BackordersQueued: Sentence(
        "{lines} of {sku} wait for stock for an order.",
        "{lines} von {sku} warten für eine Bestellung auf Ware.",
    ),
    events.BackordersDropped: Sentence(
        "{lines} of {sku} do not wait for stock any more.",
        "{lines} von {sku} warten nicht mehr auf Ware.",
    ),
    events.BackordersFilled: Sentence(
        "Those whose turn it was got stock: {lines} of {sku}.",
        "Wer an der Reihe war, bekam Ware: {lines} von {sku}.",
    ),
    events.BackordersPassedOver: Sentence(
        "Those first in turn may not take the {sku} that is there, so others are asked.",
        "Wer zuerst an der Reihe ist, darf {sku} von dort nicht bekommen; andere werden gefragt.",
    ),
    events.BackordersPostponed: Sentence(
        "Locations that have {sku} for those who wait are full for the day, until {until}.",
        "Standorte, die {sku} für Wartende haben, sind für den Tag voll, bis {until}.",
    ),
    events.BackordersResumed: Sentence(
        "Nobody who waits for {sku} is held up by a full day any more.",
        "Niemand, der auf {sku} wartet, wird mehr von einem vollen Tag aufgehalten.",
    ),
}
