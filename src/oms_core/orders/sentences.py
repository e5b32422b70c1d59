"""What the events of an order tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.orders import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.OrderPlaced: Sentence(
        "Order {number} was placed on the channel {channel} by customer {customer.reference}: "
        "{lines}, {total} in all[; it is collected at {pickup_location}].",
        "Bestellung {number} wurde über den Kanal {channel} von Kunde {customer.reference} "
        "aufgegeben: {lines}, insgesamt {total}[; Abholung in {pickup_location}].",
    ),
    events.LinesReserved: Sentence(
        "Stock was reserved[from_backorder?  for units that had waited for it]: {lines}.",
        "Ware wurde reserviert[from_backorder? , auf die gewartet wurde]: {lines}.",
    ),
    events.LinesBackordered: Sentence(
        "There was not enough stock: {lines} wait for more.",
        "Der Bestand reichte nicht: {lines} warten auf Nachschub.",
    ),
    events.PromiseMade: Sentence(
        "The customer was told how long the wait may be.",
        "Dem Kunden wurde gesagt, wie lange es dauern kann.",
    ),
    events.PromiseRevised: Sentence(
        "The customer was told another day, because “{reason}”.",
        "Dem Kunden wurde ein anderer Tag genannt, Grund: „{reason}“.",
    ),
    events.LinesReleased: Sentence(
        "{location} was asked to send {lines}.",
        "{location} wurde beauftragt, {lines} zu versenden.",
    ),
    events.LinesShipped: Sentence(
        "{lines} left {location}.",
        "{lines} verließen {location}.",
    ),
    events.LinesDelivered: Sentence(
        "{lines} reached the customer.",
        "{lines} kamen beim Kunden an.",
    ),
    events.LinesUnreserved: Sentence(
        "{location} can’t send {lines} after all, because “{reason}”: another source is needed.",
        "{location} kann {lines} doch nicht versenden, Grund: „{reason}“; eine andere Quelle "
        "wird gesucht.",
    ),
    events.LinesRecalled: Sentence(
        "{lines} stay reserved, but go with another shipment.",
        "{lines} bleiben reserviert, gehen aber mit einer anderen Sendung.",
    ),
    events.LinesRegrouped: Sentence(
        "{lines} go with another shipment from the same location.",
        "{lines} gehen mit einer anderen Sendung vom selben Standort.",
    ),
    events.LinesUndelivered: Sentence(
        "{lines} will not arrive, because “{reason}”; they are still owed to the customer.",
        "{lines} kommen nicht an, Grund: „{reason}“; sie stehen dem Kunden weiter zu.",
    ),
    events.LinesUnassigned: Sentence(
        "{location} does not send {units}, because “{reason}”: another source is needed.",
        "{location} versendet {units} nicht, Grund: „{reason}“; eine andere Quelle wird gesucht.",
    ),
    events.LinesCancelled: Sentence(
        "{units} were cancelled, because “{reason}”.",
        "{units} wurden storniert, Grund: „{reason}“.",
    ),
    events.OrderEdited: Sentence(
        "The order was changed[, because “{reason}”][; added: {added}][; taken off: "
        "{removed}]; the amount owed changed by {difference}.",
        "Die Bestellung wurde geändert[, Grund: „{reason}“][; hinzugekommen: {added}][; "
        "entfallen: {removed}]; der geschuldete Betrag änderte sich um {difference}.",
    ),
    events.LinesReturnRequested: Sentence(
        "The customer wants to send back {lines}.",
        "Der Kunde möchte {lines} zurücksenden.",
    ),
    events.LinesReturned: Sentence(
        "{lines} came back.",
        "{lines} kamen zurück.",
    ),
    events.LinesReturnWithdrawn: Sentence(
        "{lines} will not be sent back[kept? , and the customer keeps them].",
        "{lines} werden nicht zurückgesandt[kept? , der Kunde behält sie].",
    ),
    events.LinesClaimed: Sentence(
        "The customer complained about {lines}.",
        "Der Kunde reklamierte {lines}.",
    ),
    events.ClaimEnded: Sentence(
        "The complaint was [settled? settled][!settled? turned down].",
        "Die Reklamation wurde [settled? anerkannt][!settled? abgelehnt].",
    ),
    events.PaymentPosted: Sentence(
        "The payments of the order moved[ – authorized: {authorized}][ – collected: "
        "{captured}][ – given back: {refunded}][ – charged back: {charged_back}][ – asked to "
        "authorize: {authorizing}][ – asked to collect: {capturing}][ – asked to give back: "
        "{refunding}].",
        "Die Zahlungen der Bestellung änderten sich[ – reserviert: {authorized}][ – "
        "eingezogen: {captured}][ – erstattet: {refunded}][ – zurückgebucht: {charged_back}][ "
        "– Reservierung angefragt: {authorizing}][ – Einzug angefragt: {capturing}][ – "
        "Erstattung angefragt: {refunding}].",
    ),
    events.CreditGranted: Sentence(
        "The customer owes {amount} less[, because “{reason}”][, after a fee of {fee}].",
        "Der Kunde schuldet {amount} weniger[, Grund: „{reason}“][, nach Abzug einer Gebühr "
        "von {fee}].",
    ),
    events.ExchangeCreditPosted: Sentence(
        "Credit of {amount} was carried over [origin_id? from the order that this one "
        "replaces][!origin_id? to the order that replaces this one].",
        "Ein Guthaben von {amount} wurde [origin_id? von der ersetzten "
        "Bestellung][!origin_id? auf die Ersatzbestellung] übertragen.",
    ),
    events.OrderLinked: Sentence(
        "It was noted what this order is to order {number}: {kind}.",
        "Es wurde vermerkt, was diese Bestellung zur Bestellung {number} ist: {kind}.",
    ),
    events.OrderUnlinked: Sentence(
        "It was noted that this order is not that to order {number} any more: {kind}.",
        "Es wurde zurückgenommen, was diese Bestellung zur Bestellung {number} ist: {kind}.",
    ),
    events.OrderTagged: Sentence(
        "The tags were changed[; put on: {added}][; taken off: {removed}].",
        "Die Schlagwörter wurden geändert[; hinzugefügt: {added}][; entfernt: {removed}].",
    ),
    events.HoldPlaced: Sentence(
        "The order was stopped ({kind}), because “{reason}”.",
        "Die Bestellung wurde angehalten ({kind}), Grund: „{reason}“.",
    ),
    events.HoldEscalated: Sentence(
        "Nobody has decided about the hold for too long.",
        "Über den Halt wurde zu lange nicht entschieden.",
    ),
    events.HoldReleased: Sentence(
        "The hold was released, because “{reason}”.",
        "Der Halt wurde aufgehoben, Grund: „{reason}“.",
    ),
}
