"""Reads sealed facts in one pass: what stands in the body, and then the hidden values into it.

What `opened` gives has to be written as JSON to be read once more. It remains the way for what was
sealed differently once, and for persons who were erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

import orjson

from oms_core.kernel.message import Event, read_json
from oms_core.kernel.paths import Path, floats_of
from oms_core.runtime.privacy.sealing import MARK, decrypted, fields_by_purpose, is_given, opened
from oms_core.runtime.privacy.wrapped_keys import WrappedKeys


class _Place(NamedTuple):
    """Where values belong: the path to the objects that have them, and their name there."""

    above: Path
    name: str
    has_fractions: bool


class _NotAsNow(Exception):
    """What is hidden was sealed differently, or is not to be shown any more."""


def read_sealed(shape: type[Event], body: str, keys: WrappedKeys | None = None) -> Event:
    """Read a fact that something is hidden in; the keys are in the body if they are not given.

    Raises `ValidationError`.
    """
    try:
        return _filled(shape, body, keys)
    except (_NotAsNow, ValueError, LookupError):  # what is wrong with it shows below
        whole = orjson.dumps(opened(shape.TOPIC, body, keys))
        return read_json(shape, whole)


def _filled(shape: type[Event], body: str, keys: WrappedKeys | None) -> Event:
    """Read what stands in the body, and put the hidden values into it before anybody sees it.

    They stand behind all others, as the canonical form has it.
    """
    at = body.index(MARK) - 1
    beside: dict[str, Any] = orjson.loads("{" + body[at + 1 :])
    values = decrypted(shape.TOPIC, beside, keys)
    if beside:
        raise _NotAsNow
    event = read_json(shape, body[:at] + "}")
    for purpose, places in _places(shape).items():
        if purpose in values:
            _put_into(event, places, orjson.loads(values[purpose]))
        elif any(is_given(event, (*place.above, place.name)) for place in places.values()):
            raise _NotAsNow
    return event


def _put_into(event: Event, places: dict[str, _Place], values: Any) -> None:
    """Put values into a fact: a text in the place of a text, and nothing where there was nothing.
    A number has nothing in its place.
    """
    if not isinstance(values, dict):
        raise _NotAsNow
    last: Path = ()
    holders = [vars(event)]
    for path, given in values.items():
        above, name, has_fractions = places[path]
        if above != last:
            last, holders = above, _holders(event, above)
        for holder, value in zip(holders, given, strict=True):
            kind = value.__class__
            if kind is not holder[name].__class__ and not (kind is float and has_fractions):
                raise _NotAsNow
            holder[name] = value


def _holders(event: Event, above: Path) -> list[dict[str, Any]]:
    """Find the objects in a fact that a path leads to: their fields."""
    found = [vars(event)]
    for name in above:
        found = [vars(part) for holder in found for part in _parts(holder[name])]
    return found


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


@cache
def _places(shape: type[Event]) -> dict[str, dict[str, _Place]]:
    """Give the places of what is personal by purpose, and by how their paths are written."""
    fractions = {(*above, name) for above, names in floats_of(shape) for name in names}
    return {
        purpose: {
            written: _Place(path[:-1], path[-1], path in fractions)
            for written, path in fields.items()
        }
        for purpose, fields in fields_by_purpose(shape.TOPIC).items()
    }
