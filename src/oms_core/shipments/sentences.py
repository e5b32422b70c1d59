"""What the events of a shipment tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.shipments import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ShipmentPlanned: Sentence(
        "{location} was given a shipment to prepare: {lines}.",
        "{location} erhielt eine Sendung zur Vorbereitung: {lines}.",
    ),
    events.PickingStarted: Sentence(
        "[picker? {picker} started][!picker? Somebody started] to take the goods from the shelves.",
        "[picker? {picker} begann][!picker? Jemand begann], die Ware aus den Regalen zu nehmen.",
    ),
    events.ItemsPicked: Sentence(
        "[lines? {lines} were taken from the shelves][!lines? It was told which units are in "
        "hand].",
        "[lines? {lines} wurden aus den Regalen genommen][!lines? Es wurde gesagt, welche Stücke "
        "entnommen sind].",
    ),
    events.ItemsShortPicked: Sentence(
        "{lines} were not there or not fit to be sent: “{reason}”.",
        "{lines} waren nicht da oder nicht versandfähig: „{reason}“.",
    ),
    events.ParcelsPacked: Sentence(
        "The goods were packed.",
        "Die Ware wurde verpackt.",
    ),
    events.ParcelLabeled: Sentence(
        "Parcel {parcel} got a label of {carrier} ({tracking_number}).",
        "Paket {parcel} erhielt ein Etikett von {carrier} ({tracking_number}).",
    ),
    events.ShipmentSplit: Sentence(
        "{lines} go with a shipment of their own.",
        "{lines} gehen mit einer eigenen Sendung.",
    ),
    events.ShipmentLinesAdded: Sentence(
        "{lines} of another shipment go with this one.",
        "{lines} einer anderen Sendung gehen mit dieser.",
    ),
    events.ShipmentMerged: Sentence(
        "Everything goes with another shipment.",
        "Alles geht mit einer anderen Sendung.",
    ),
    events.ShipmentRelocated: Sentence(
        "{location} sends the goods instead, because “{reason}”.",
        "{location} versendet die Ware stattdessen, Grund: „{reason}“.",
    ),
    events.ShipmentLinesCancelled: Sentence(
        "{lines} need not be sent any more, because “{reason}”.",
        "{lines} müssen nicht mehr versandt werden, Grund: „{reason}“.",
    ),
    events.ShipmentCancelled: Sentence(
        "The shipment was cancelled, because “{reason}”.",
        "Die Sendung wurde abgesagt, Grund: „{reason}“.",
    ),
    events.ShipmentDispatched: Sentence(
        "The parcel was handed to {carrier}[ under the tracking number {tracking_number}].",
        "Das Paket wurde an {carrier} übergeben[, Sendungsnummer {tracking_number}].",
    ),
    events.TrackingRecorded: Sentence(
        "The carrier told: {status}[, {place}][ – “{details}”].",
        "Der Paketdienst meldete: {status}[, {place}][ – „{details}“].",
    ),
    events.ShipmentDelivered: Sentence(
        "The parcel reached the customer.",
        "Das Paket kam beim Kunden an.",
    ),
    events.UndeliveredGoodsReceived: Sentence(
        "Goods that were not delivered are back[restocked? , and on the shelf again].",
        "Nicht zugestellte Ware ist zurück[restocked?  und wieder im Regal].",
    ),
    events.GoodsLost: Sentence(
        "The parcel is lost: “{reason}”.",
        "Das Paket ist verloren: „{reason}“.",
    ),
    events.PickupPrepared: Sentence(
        "The goods wait for the customer at the location[, until {collect_by}].",
        "Die Ware liegt am Standort zur Abholung bereit[, bis {collect_by}].",
    ),
    events.GoodsHandedOver: Sentence(
        "The goods were handed over[ to {recipient}].",
        "Die Ware wurde übergeben[, an {recipient}].",
    ),
    events.PickupExpired: Sentence(
        "The customer did not collect the goods: “{reason}”.",
        "Der Kunde holte die Ware nicht ab: „{reason}“.",
    ),
}
