"""What the events of a return tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.returns import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ReturnRequested: Sentence(
        "The customer asked to send back {lines}: “{reason}”.",
        "Der Kunde bat, {lines} zurückzusenden: „{reason}“.",
    ),
    events.ReturnApproved: Sentence(
        "The return was approved[: “{note}”].",
        "Die Rücksendung wurde genehmigt[: „{note}“].",
    ),
    events.ReturnRejected: Sentence(
        "The return was turned down, because “{reason}”.",
        "Die Rücksendung wurde abgelehnt, Grund: „{reason}“.",
    ),
    events.ReturnLabelRecorded: Sentence(
        "The customer was given a return label of {carrier}[ ({tracking_number})].",
        "Der Kunde erhielt ein Rücksendeetikett von {carrier}[ ({tracking_number})].",
    ),
    events.ReturnSent: Sentence(
        "The goods are on their way back[ with {carrier}][ ({tracking_number})].",
        "Die Ware ist auf dem Rückweg[ mit {carrier}][ ({tracking_number})].",
    ),
    events.ReturnItemsReceived: Sentence(
        "{lines} came back.",
        "{lines} kamen zurück.",
    ),
    events.ReturnItemsInspected: Sentence(
        "A closer look at returned goods changed their condition: {lines}.",
        "Eine genauere Prüfung änderte den Zustand der Rückware: {lines}.",
    ),
    events.ReturnResolved: Sentence(
        "The customer was compensated with {amount}[, after a fee of {fee}][replacement_id? ; "
        "goods in exchange were ordered].",
        "Der Kunde wurde mit {amount} entschädigt[, nach Abzug einer Gebühr von "
        "{fee}][replacement_id? ; Ersatz wurde bestellt].",
    ),
    events.ReturnCancelled: Sentence(
        "The customer keeps the goods: “{reason}”.",
        "Der Kunde behält die Ware: „{reason}“.",
    ),
    events.ReturnClosed: Sentence(
        "The return is done.",
        "Die Rücksendung ist abgeschlossen.",
    ),
}
