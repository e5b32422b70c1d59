"""What the events of a product tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.catalogue import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ProductRegistered: Sentence(
        "The product {sku}, “{name}”, was registered at {price}.",
        "Der Artikel {sku}, „{name}“, wurde zu {price} angelegt.",
    ),
    events.ProductStocked: Sentence(
        "{location} keeps the product from now on.",
        "{location} führt den Artikel von nun an.",
    ),
    events.ProductBackordered: Sentence(
        "Orders wait for this product.",
        "Bestellungen warten auf diesen Artikel.",
    ),
    events.ProductCaughtUp: Sentence(
        "Nobody waits for this product any more.",
        "Niemand wartet mehr auf diesen Artikel.",
    ),
}
