"""Takes what is personal out of the body of an event, and puts it back for who may read it.

The values are encrypted as one JSON object for each purpose, with a list of values by field, and
stand in the body as `"~sealed": {key id: base64}`. What is hashed is this body, so that proofs stay
valid when the key is gone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oms_core.kernel.message import TOPICS
from oms_core.kernel.paths import Path, by_holder, holders
from oms_core.kernel.personal import Purpose, personal_fields, slots, without
from oms_core.runtime.privacy.custody import custodian, decrypt, encrypt
from oms_core.runtime.privacy.looking import opened_with, shown_of
from oms_core.runtime.privacy.wrapped_keys import WrappedKeys

SEALED = "~sealed"
KEYS = "~keys"
PLAIN = "~plain"

READABLE = """
CASE WHEN strpos(body::text, '"~sealed":') > 0
     THEN left(body::text, -1) || ',"~keys":' || coalesce((
         SELECT json_object_agg(id, json_build_array(purpose, master, encode(wrapped, 'hex')))
         FROM oms.subject_keys
         WHERE id IN (SELECT json_object_keys(body -> '~sealed')::uuid)
           AND wrapped IS NOT NULL AND (held_until IS NULL OR held_until > current_date)
     )::text, '{}') || '}'
     WHEN position <= (SELECT until FROM oms.plain_text) THEN oms.masked(stream_id, body)
     ELSE body::text END"""
"""SQL for a body and the wrapped keys of what is sealed in it, as far as they are not destroyed.

A body from before there were keys says for which purposes it may be shown once its person is
erased. Not a function: Postgres would start its query anew for each body.
"""

AS_STORED = """
CASE WHEN position <= (SELECT until FROM oms.plain_text)
          AND strpos(body::text, '"~sealed":') = 0
     THEN oms.masked(stream_id, body)
     ELSE body::text END"""
"""The same without the keys: who reads many bodies asks for all `key_ids` at once, which costs
Postgres a fifth of it.
"""

WITHHELD = """
SELECT stream_id || '/' || version FROM oms.events
WHERE stream_id = ANY (%s) AND topic = ANY (%s) AND position <= (SELECT until FROM oms.plain_text)
  AND strpos(body::text, '"~sealed":') = 0 AND oms.masked(stream_id, body) <> body::text
"""
"""SQL for events of streams, in personal topics, whose contents are not given away any more: they
were recorded in plain text, and their person was erased."""

MARK = f'"{SEALED}":'
"""What stands before the hidden values. No text in a body can pretend that."""

_MARK_BYTES = MARK.encode()
_KEY_ID = re.compile(r'"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})":')
_HIDDEN = "[sealed]"
_BY_ID = orjson.OPT_SORT_KEYS
_PERSONAL_SINCE = frozenset({"reason", "tracking_number", "label", "label_reference", "place"})
"""Names of fields that became personal when what is sealed began to name its fields."""


class DataKey(NamedTuple):
    """The key of one person for one purpose; `id` is what events call it."""

    id: str
    key: AESGCM


def personal_topics() -> list[str]:
    """Name the topics of events that have personal fields."""
    return [topic for topic, shape in TOPICS.items() if personal_fields(shape)]


def is_given(value: Any, path: Sequence[str]) -> bool:
    """Tell whether a message has anything where a path leads to."""
    if isinstance(value, tuple):
        return any(is_given(each, path) for each in value)
    return value is not None and (not path or is_given(getattr(value, path[0]), path[1:]))


def hide(topic: str, data: dict[str, Any]) -> dict[Purpose, bytes]:
    """Take what is personal out of the body of an event; gives it as JSON, by what it is held for.

    There is nothing for a purpose where nothing was given.
    """
    hidden: dict[Purpose, bytes] = {}
    for purpose, places in _to_hide(topic):
        given: dict[str, list[object]] = {}
        for above, fields in places:
            _take(holders(data, above), fields, given)
        if given:
            hidden[purpose] = orjson.dumps(given)
    return hidden


def _take(
    holders: Sequence[dict[str, Any]],
    fields: Iterable[tuple[str, str]],
    given: dict[str, list[object]],
) -> None:
    """Move what objects have in these fields into lists with a place for each of them, by path."""
    for at, holder in enumerate(holders):
        for path, name in fields:
            if (value := holder[name]) is not None:
                if path not in given:
                    given[path] = [None] * len(holders)
                given[path][at] = value
                holder[name] = _HIDDEN if isinstance(value, str) else None


def sealed(
    topic: str, body: bytes, hidden: Mapping[Purpose, bytes], keys: Mapping[Purpose, DataKey]
) -> bytes:
    """Encrypt what was hidden in a body, and add it: behind all else, as the canonical form has it.

    Raises `KeyError` when there is no key for a purpose.
    """
    secrets: dict[str, str] = {}
    for purpose, values in hidden.items():
        key = keys[purpose]
        secret = encrypt(key.key, values, _about(topic, purpose))
        secrets[key.id] = base64.b64encode(secret).decode()
    return b"%b,%b%b}" % (body[:-1], _MARK_BYTES, orjson.dumps(secrets, None, _BY_ID))


def is_sealed(body: str | bytes) -> bool:
    """Tell whether something is hidden in a body. No text in it can pretend that."""
    return MARK in body if isinstance(body, str) else _MARK_BYTES in body


def hidden_for(topic: str, data: Mapping[str, Any]) -> set[str]:
    """Tell for which purposes something is hidden in a body."""
    fields = fields_by_purpose(topic)
    held = [purpose for purpose in fields if fields[purpose]]
    if len(held) == 1:
        return set(held)
    return {
        purpose
        for purpose in held
        if any(holder[name] == _HIDDEN for _, holder, name in _places(topic, data, purpose))
    }


def key_ids(bodies: Iterable[str]) -> set[str]:
    """Name the keys that something in these bodies is hidden with."""
    found: set[str] = set()
    for body in bodies:
        if (at := body.find(MARK)) >= 0:
            found.update(_KEY_ID.findall(body, at))
    return found


def opened(topic: str, body: str | bytes, keys: WrappedKeys | None = None) -> dict[str, Any]:
    """Put back what is hidden in a body, `[erased]` where the key is gone.

    The keys are in it if `READABLE` gave it; those of one `AS_STORED` come beside it.
    """
    data: dict[str, Any] = orjson.loads(body)
    values = decrypted(topic, data, keys)
    plain: list[str] = data.pop(PLAIN, [])
    for purpose in fields_by_purpose(topic):
        if purpose in values:
            _put_back(topic, data, purpose, orjson.loads(values[purpose]))
        elif purpose not in plain:
            for _, holder, name in _places(topic, data, purpose):
                holder[name] = without(holder[name])
    return data


def decrypted(topic: str, data: dict[str, Any], keys: WrappedKeys | None) -> dict[str, bytes]:
    """Take what is hidden out of the fields of a body; give the JSON of what there are keys for, by
    purpose.
    """
    hidden: dict[str, str] = data.pop(SEALED)
    if keys is None:
        keys = _within(data.pop(KEYS, {}))
    readable = {keys[id][0]: id for id in hidden if id in keys}
    opened_with(readable.values())
    values: dict[str, bytes] = {}
    for purpose in fields_by_purpose(topic):
        if (id := readable.get(purpose)) is not None:
            _, master, wrapped = keys[id]
            key = AESGCM(custodian().unwrap(master, wrapped))
            secret = base64.b64decode(hidden[id])
            values[purpose] = decrypt(key, secret, _about(topic, purpose))
    return values


def _about(topic: str, purpose: str) -> bytes:
    """Give what is authenticated beside the hidden values: they can't be moved to another fact."""
    return f"{topic} {purpose}".encode()


def _within(keys: Mapping[str, tuple[str, str, str]]) -> WrappedKeys:
    return {id: (what, master, bytes.fromhex(key)) for id, (what, master, key) in keys.items()}


def body_shown(stream: UUID, topic: str, body: str) -> Any:
    """Give a body that `READABLE` gave as it is shown, and note whose it is."""
    if is_sealed(body):
        return opened(topic, body)
    if (shape := TOPICS.get(topic)) is not None and personal_fields(shape):
        shown_of(stream)
    return orjson.loads(body)


_Fields = Mapping[str, tuple[str, ...]]
"""Paths to fields, by how they are written."""


@cache
def fields_by_purpose(topic: str) -> Mapping[str, _Fields]:
    """Give the personal fields of a topic by purpose."""
    found: dict[str, dict[str, tuple[str, ...]]] = {purpose.value: {} for purpose in Purpose}
    for field in personal_fields(TOPICS[topic]):
        found[field.purpose.value][".".join(field.path)] = field.path
    return found


@cache
def _by_holder(topic: str, purpose: str) -> list[tuple[Path, list[tuple[str, str]]]]:
    """Give personal fields by the objects that have them: how the path is written, and the name."""
    return [
        (above, [(".".join((*above, name)), name) for name in names])
        for above, names in by_holder(fields_by_purpose(topic)[purpose].values())
    ]


@cache
def _to_hide(topic: str) -> list[tuple[Purpose, list[tuple[Path, list[tuple[str, str]]]]]]:
    return [(purpose, _by_holder(topic, purpose)) for purpose in sorted(Purpose)]


def _places(topic: str, data: Any, purpose: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Find what is personal in a body: how its path is written, an object that has it, the name."""
    for above, fields in _by_holder(topic, purpose):
        for holder in holders(data, above):
            for path, name in fields:
                if name in holder:
                    yield path, holder, name


def _put_back(
    topic: str, data: Any, purpose: str, values: dict[str, list[Any]] | list[Any]
) -> None:
    """Put values back. A field that became personal later stands in the body as it is.

    At first the values were one list, in the order of those fields that were personal then.
    """
    if isinstance(values, list):
        paths = fields_by_purpose(topic)[purpose].values()
        places = (slot for path in paths for slot in slots(data, path))
        then = [(holder, name) for holder, name in places if name not in _PERSONAL_SINCE]
        for (holder, name), value in zip(then, values, strict=True):
            holder[name] = value
        return
    for above, fields in _by_holder(topic, purpose):
        found = holders(data, above)
        for path, name in fields:
            if (some := values.get(path)) is not None:
                having = [holder for holder in found if name in holder]
                for holder, value in zip(having, some, strict=True):
                    holder[name] = value
