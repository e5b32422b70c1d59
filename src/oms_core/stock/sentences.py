"""What the events of a stock item tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.stock import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.StockReceived: Sentence(
        "{quantity} × {sku} came in at {location} ({condition})[return_id? , back from a "
        "customer][transfer_id? , from another location][, reference {reference}].",
        "{quantity} × {sku} gingen in {location} ein ({condition})[return_id? , zurück von "
        "einem Kunden][transfer_id? , von einem anderen Standort][, Referenz {reference}].",
    ),
    events.StockAdjusted: Sentence(
        "The stock of {sku} at {location} was put right by {delta}, because “{reason}”.",
        "Der Bestand von {sku} in {location} wurde um {delta} berichtigt, Grund: „{reason}“.",
    ),
    events.StockCounted: Sentence(
        "{counted} × {sku} were counted at {location} where {expected} were expected: “{reason}”.",
        "In {location} wurden {counted} × {sku} gezählt, erwartet waren {expected}: „{reason}“.",
    ),
    events.StockConditionChanged: Sentence(
        "{quantity} × {sku} at {location} are no longer “{before}”, but “{after}”, because "
        "“{reason}”.",
        "{quantity} × {sku} in {location} sind nicht mehr „{before}“, sondern „{after}“, "
        "Grund: „{reason}“.",
    ),
    events.StockScrapped: Sentence(
        "{quantity} × {sku} at {location} were thrown away ({condition}), because “{reason}”.",
        "{quantity} × {sku} in {location} wurden entsorgt ({condition}), Grund: „{reason}“.",
    ),
    events.StockReserved: Sentence(
        "{lines} of {sku} at {location} were promised to an order.",
        "{lines} von {sku} in {location} wurden einer Bestellung zugesagt.",
    ),
    events.ReservationReleased: Sentence(
        "{lines} of {sku} at {location} are free again.",
        "{lines} von {sku} in {location} sind wieder frei.",
    ),
    events.LotsPicked: Sentence(
        "It was noted of which lots {sku} at {location} is in hand for a shipment.",
        "Es wurde notiert, aus welchen Chargen {sku} in {location} für eine Sendung entnommen ist.",
    ),
    events.StockShipped: Sentence(
        "{lines} of {sku} left {location} with a shipment.",
        "{lines} von {sku} verließen {location} mit einer Sendung.",
    ),
    events.StockTransferredOut: Sentence(
        "{quantity} × {sku} left {location} for another location.",
        "{quantity} × {sku} verließen {location} zu einem anderen Standort.",
    ),
    events.StockPolicySet: Sentence(
        "[unlimited? {sku} at {location} is promised without limit][!unlimited? "
        "{safety_stock} × {sku} at {location} are kept back from every promise].",
        "[unlimited? {sku} in {location} wird unbegrenzt zugesagt][!unlimited? {safety_stock} "
        "× {sku} in {location} werden von jeder Zusage zurückgehalten].",
    ),
    events.ChannelShareSet: Sentence(
        "{quantity} × {sku} at {location} are set aside for the channel {channel}.",
        "{quantity} × {sku} in {location} sind für den Kanal {channel} vorbehalten.",
    ),
    events.ChannelSafetyStockSet: Sentence(
        "The last {quantity} × {sku} at {location} are kept back from the channel {channel}.",
        "Die letzten {quantity} × {sku} in {location} werden dem Kanal {channel} vorenthalten.",
    ),
    events.SupplyExpected: Sentence(
        "{quantity} × {sku} were announced for {location} on {expected_on} ({supply}).",
        "{quantity} × {sku} wurden für {location} zum {expected_on} angekündigt ({supply}).",
    ),
    events.SupplyRevised: Sentence(
        "The announced supply {supply} for {location} is now {quantity} × {sku} on {expected_on}.",
        "Die angekündigte Lieferung {supply} für {location} beträgt nun {quantity} × {sku} "
        "zum {expected_on}.",
    ),
    events.SupplyCancelled: Sentence(
        "Nothing more of the supply {supply} of {sku} will come to {location}, because “{reason}”.",
        "Von der Lieferung {supply} von {sku} kommt in {location} nichts mehr an, Grund: "
        "„{reason}“.",
    ),
}
