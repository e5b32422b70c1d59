"""JSON in the one form that is hashed: the JSON Canonicalization Scheme, RFC 8785."""

from __future__ import annotations

import re
from typing import Any

import orjson
import rfc8785

_FRACTION = re.compile(rb'(?:":|[,\[])-?[0-9]+[.eE]')
_RARE = re.compile(rb"[\xf0-\xf4]")
"""What orjson may write in another way than RFC 8785: numbers with a fraction or an exponent, and
keys outside of the Basic Multilingual Plane, which sort differently as UTF-16. They also match
within strings: then the slow way gives the same. One pattern of both takes twice the time of two,
and ASCII, which most bodies are, has nothing of the second."""


def canonical(text: bytes | str) -> bytes:
    """Write JSON anew: keys sorted, no spaces, shortest numbers and escapes, UTF-8.

    Raises `orjson.JSONDecodeError`, and `rfc8785.CanonicalizationError` for what JSON can't say
    exactly.
    """
    return written(orjson.loads(text))


def written(value: Any, *, plain: bool = False) -> bytes:
    """Write a value of JSON, which has but text for keys, in canonical form.

    `plain` promises that there are neither fractions nor keys with rare characters. Raises
    `rfc8785.CanonicalizationError`.
    """
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return text if plain or not _is_special(text) else rfc8785.dumps(value)


def _is_special(written: bytes) -> bool:
    return bool(_FRACTION.search(written) or (not written.isascii() and _RARE.search(written)))
