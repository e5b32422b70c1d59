"""Card numbers have no place here: how a text is searched for what looks like one.

A card number (ISO/IEC 7812) has 13 to 19 digits, begins with the digits of an issuer and ends with
a Luhn check digit. All three are looked at, because one in ten numbers passes Luhn by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import ean, iban, luhn

ISSUERS: tuple[tuple[str, int, int, tuple[int, ...]], ...] = (
    ("Visa", 4, 4, (13, 16, 19)),
    ("Mastercard", 51, 55, (16,)),
    ("Mastercard", 2221, 2720, (16,)),
    ("American Express", 34, 34, (15,)),
    ("American Express", 37, 37, (15,)),
    ("Discover", 6011, 6011, (16, 19)),
    ("Discover", 644, 659, (16, 19)),
    ("Diners Club", 300, 305, (14, 16)),
    ("Diners Club", 3095, 3095, (14, 16)),
    ("Diners Club", 36, 36, (14, 16, 19)),
    ("Diners Club", 38, 39, (14, 16, 19)),
    ("JCB", 3528, 3589, (16, 19)),
    ("UnionPay", 62, 62, (16, 17, 18, 19)),
    ("UnionPay", 81, 81, (16, 17, 18, 19)),
    ("Maestro", 50, 50, (16, 18, 19)),
    ("Maestro", 56, 58, (16, 18, 19)),
    ("Maestro", 63, 63, (16, 18, 19)),
    ("Maestro", 67, 67, (16, 18, 19)),
    ("RuPay", 60, 60, (16,)),
    ("Mir", 2200, 2204, (16, 17, 18, 19)),
    ("Troy", 9792, 9792, (16,)),
)
"""Network, first and last prefix, and the lengths in use; brands that ride on these are included.

Lengths that a network reserves but does not issue are left out: numbers of marketplaces have them.
"""

FEWEST_DIGITS = 13
"""Of a card number; no shorter text has one."""

_RUN = re.compile(r"\d(?:[\s.\-_/\u2010-\u2015]{0,2}\d){12,}")
_BLOCK = re.compile(r"\d+")
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_HEX = re.compile(
    r"(?<![^\W_])(?=\d*[a-f]\d*[a-f])"
    r"(?:[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![^\W_])",
    re.IGNORECASE,
)
"""Ids that programs make up: object ids, UUIDs without hyphens, digests."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}")


def has_card_number(text: str, *, key: bool = False) -> bool:
    """Tell whether something in a text looks like a card number, however its digits are grouped.

    In a key that others gave, what is a GTIN or has 13 digits (only cards of old had as few) is
    taken for what it says. An IBAN, a UUID or a digest may contain such digits and is none.
    """
    if not _RUN.search(text):
        return False
    return any(
        _is_card_number(digits) and not (key and (len(digits) == 13 or ean.is_valid(digits)))
        for digits in _candidates(_without_ibans(_HEX.sub("id", _UUID.sub("id", text))))
    )


def _candidates(text: str) -> Iterator[str]:
    """Give every row of 13 to 19 digits that begins and ends where a block of digits does."""
    for run in _RUN.findall(text):
        blocks = [_ascii(block) for block in _BLOCK.findall(run)]
        for first in range(len(blocks)):
            row = ""
            for block in blocks[first:]:
                row += block
                if len(row) > 19:
                    break
                if len(row) >= FEWEST_DIGITS:
                    yield row


def _ascii(digits: str) -> str:
    return "".join(str(int(digit)) for digit in digits)


def _is_card_number(digits: str) -> bool:
    return luhn.is_valid(digits) and any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last
        for _, first, last, lengths in ISSUERS
    )


def _without_ibans(text: str) -> str:
    """Cut out account numbers, whose ends words may follow."""
    for found in _IBAN.findall(text):
        parts = found.split(" ")
        for count in range(len(parts), 0, -1):
            if iban.is_valid(account := " ".join(parts[:count])):
                text = text.replace(account, "IBAN")
                break
    return text
