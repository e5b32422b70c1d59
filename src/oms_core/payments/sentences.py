"""What the events of a payment tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.payments import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.AuthorizationRequested: Sentence(
        "[asked? {provider} was asked to set aside {amount}][!asked? A payment of {amount} "
        "through {provider} was announced] ({method}, reference {reference}).",
        "[asked? {provider} wurde gebeten, {amount} zu reservieren][!asked? Eine Zahlung von "
        "{amount} über {provider} wurde angekündigt] ({method}, Referenz {reference}).",
    ),
    events.PaymentAuthorized: Sentence(
        "{amount} were set aside for the order[, until {expires_at}][; "
        "what should not lapse is collected on {capture_at}].",
        "{amount} wurden für die Bestellung reserviert[, bis {expires_at}][; was "
        "nicht verfallen soll, wird am {capture_at} eingezogen].",
    ),
    events.AuthorizationDeclined: Sentence(
        "The payment was declined: “{reason}”.",
        "Die Zahlung wurde abgelehnt: „{reason}“.",
    ),
    events.AuthorizationExpired: Sentence(
        "{amount} that had been set aside lapsed.",
        "Die Reservierung von {amount} ist verfallen.",
    ),
    events.VoidRequested: Sentence(
        "The provider was asked to let go of {amount}.",
        "Der Zahlungsdienst wurde gebeten, {amount} freizugeben.",
    ),
    events.AuthorizationVoided: Sentence(
        "The provider let go of {amount}.",
        "Der Zahlungsdienst gab {amount} frei.",
    ),
    events.VoidFailed: Sentence(
        "The provider did not let go of the amount: “{reason}”.",
        "Der Zahlungsdienst gab den Betrag nicht frei: „{reason}“.",
    ),
    events.CaptureRequested: Sentence(
        "{amount} were to be collected (reference {reference}).",
        "{amount} sollten eingezogen werden (Referenz {reference}).",
    ),
    events.PaymentCaptured: Sentence(
        "{amount} were collected.",
        "{amount} wurden eingezogen.",
    ),
    events.CaptureFailed: Sentence(
        "The amount was not collected: “{reason}”.",
        "Der Betrag wurde nicht eingezogen: „{reason}“.",
    ),
    events.RefundRequested: Sentence(
        "{amount} were to be given back (reference {reference}).",
        "{amount} sollten erstattet werden (Referenz {reference}).",
    ),
    events.PaymentRefunded: Sentence(
        "{amount} were given back.",
        "{amount} wurden erstattet.",
    ),
    events.RefundFailed: Sentence(
        "The amount was not given back: “{reason}”.",
        "Der Betrag wurde nicht erstattet: „{reason}“.",
    ),
    events.RefundReversed: Sentence(
        "A refund did not reach the customer and is here again: “{reason}”.",
        "Eine Erstattung kam beim Kunden nicht an und ist wieder hier: „{reason}“.",
    ),
    events.RefundContested: Sentence(
        "The provider says that it gave back {amount}, which is more than is here.",
        "Der Zahlungsdienst meldet eine Erstattung von {amount}, mehr als hier ist.",
    ),
    events.ContestedRefundAccepted: Sentence(
        "A refund of more than was here did take place.",
        "Eine Erstattung von mehr, als hier war, hat stattgefunden.",
    ),
    events.ContestedRefundDismissed: Sentence(
        "A refund of more than was here did not take place.",
        "Eine Erstattung von mehr, als hier war, hat nicht stattgefunden.",
    ),
    events.OutcomeDeferred: Sentence(
        "The provider will tell later what became of the request.",
        "Der Zahlungsdienst meldet später, was aus der Anfrage wurde.",
    ),
    events.ProviderReported: Sentence(
        "The provider reported of its own accord ({report_id}): {kind}, {amount}.",
        "Der Zahlungsdienst meldete von sich aus ({report_id}): {kind}, {amount}.",
    ),
    events.ChargebackOpened: Sentence(
        "The customer’s bank took back {amount} (case {case})[: “{reason}”].",
        "Die Bank des Kunden buchte {amount} zurück (Fall {case})[: „{reason}“].",
    ),
    events.ChargebackWon: Sentence(
        "The dispute {case} was won: the amount is here again.",
        "Der Streitfall {case} wurde gewonnen: Der Betrag ist wieder hier.",
    ),
    events.ChargebackLost: Sentence(
        "The dispute {case} was lost: the amount is gone.",
        "Der Streitfall {case} wurde verloren: Der Betrag ist weg.",
    ),
}
