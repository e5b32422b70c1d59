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
}
