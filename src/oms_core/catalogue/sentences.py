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
    events.ProductFactsDeclared: Sentence(
        "What a shipper needs to know of the product was said anew[: commodity code"
        " {commodity_code}][, made in {origin_country}].",
        "Die Versandangaben des Artikels wurden neu erfasst[: Warennummer {commodity_code}]"
        "[, Ursprung {origin_country}].",
    ),
    events.ProductPriced: Sentence(
        "The product costs {price} from {valid_from} on[ until {valid_until}][ on {channel}].",
        "Der Artikel kostet {price} ab {valid_from}[ bis {valid_until}][ über {channel}].",
    ),
    events.PriceWithdrawn: Sentence(
        "The price in {currency} that begins at {valid_from}[ on {channel}] was taken back.",
        "Der Preis in {currency} ab {valid_from}[ über {channel}] wurde zurückgenommen.",
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
