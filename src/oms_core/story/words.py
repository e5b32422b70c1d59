"""Words for the values that events have, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """The languages that a history is told in."""

    EN = "EN"
    DE = "DE"


WORDS: Mapping[str, tuple[str, str]] = {
    # why an order is stopped
    "FRAUD": ("suspected fraud", "Betrugsverdacht"),
    "ADDRESS": ("address", "Adresse"),
    "PAYMENT": ("payment", "Zahlung"),
    "STOCK": ("stock", "Bestand"),
    "OTHER": ("another reason", "anderer Grund"),
    # the condition of goods
    "AVAILABLE": ("fit for sale", "verkäuflich"),
    "QUALITY_HOLD": ("to be checked", "in Prüfung"),
    "DAMAGED": ("damaged", "beschädigt"),
    # what a carrier tells
    "IN_TRANSIT": ("on its way", "unterwegs"),
    "OUT_FOR_DELIVERY": ("out for delivery", "in Zustellung"),
    "EXCEPTION": ("something is in the way", "Zustellhindernis"),
    "DELIVERED": ("delivered", "zugestellt"),
    "RETURNED_TO_SENDER": ("on its way back to the sender", "zurück an den Absender"),
    "LOST": ("lost", "verloren"),
    # what a payment provider tells
    "AUTHORIZED": ("set aside", "reserviert"),
    "AUTHORIZATION_DECLINED": ("declined", "abgelehnt"),
    "AUTHORIZATION_EXPIRED": ("lapsed", "verfallen"),
    "VOIDED": ("let go", "freigegeben"),
    "VOID_FAILED": ("not let go", "nicht freigegeben"),
    "CAPTURED": ("collected", "eingezogen"),
    "CAPTURE_FAILED": ("not collected", "nicht eingezogen"),
    "REFUNDED": ("given back", "erstattet"),
    "REFUND_FAILED": ("not given back", "nicht erstattet"),
    "CHARGEBACK_OPENED": ("charged back", "zurückgebucht"),
    "CHARGEBACK_WON": ("dispute won", "Streitfall gewonnen"),
    "CHARGEBACK_LOST": ("dispute lost", "Streitfall verloren"),
    # how a claim is decided
    "REPLACE": ("replacement", "Ersatz"),
    "REFUND": ("refund", "Erstattung"),
    "TAKE_BACK": ("the goods come back first", "die Ware kommt erst zurück"),
    "REJECT": ("rejected", "abgelehnt"),
    # what an order is to another
    "SPLIT_FROM": ("split from it", "davon abgetrennt"),
    "SPLIT_INTO": ("split into it", "darin aufgeteilt"),
    "REPLACEMENT_FOR": ("a replacement for it", "Ersatz dafür"),
    "REPLACED_BY": ("replaced by it", "dadurch ersetzt"),
    "EXCHANGE_FOR": ("in exchange for it", "im Tausch dafür"),
    "EXCHANGED_FOR": ("exchanged for it", "dagegen getauscht"),
    "DUPLICATE_OF": ("a duplicate of it", "eine Dublette davon"),
    "DUPLICATED_BY": ("duplicated by it", "dadurch verdoppelt"),
    "RELATED_TO": ("related to it", "damit verwandt"),
    # conversations
    "INTERNAL": ("internal", "intern"),
    "CUSTOMER": ("for the customer", "für den Kunden"),
    "FROM_CUSTOMER": ("from the customer", "vom Kunden"),
    "TO_CUSTOMER": ("to the customer", "an den Kunden"),
    # why locations were chosen
    "PLACED": ("the order was placed", "Bestellung aufgegeben"),
    "EDITED": ("the order was changed", "Bestellung geändert"),
    "REJECTED": ("a location said no", "Standort lehnte ab"),
    "WAVE": ("sourced together with others", "mit anderen gemeinsam geplant"),
    "REROUTED": ("units did not get there", "Ware kam nicht an"),
    "RELIEVED": ("a location is closed or overrun", "Standort geschlossen oder überlastet"),
    "RESTOCKED": ("there is stock again", "wieder Bestand da"),
    # kinds of location
    "WAREHOUSE": ("warehouse", "Lager"),
    "STORE": ("store", "Filiale"),
    "DROP_SHIP": ("supplier", "Lieferant"),
    "THIRD_PARTY": ("third party", "Dienstleister"),
}
"""By the name of the value; values of one name mean the same wherever they stand."""
