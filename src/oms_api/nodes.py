"""Global ids: opaque to clients, one for everything that has an id of its own."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

import strawberry

from oms_api.failures import InvalidId


@strawberry.interface(description="Anything that `node(id:)` can find again.")
class Node:
    """What has an id of its own."""

    id: strawberry.ID = strawberry.field(description="Its global id: opaque, permanent.")


def global_id(kind: str, key: object) -> strawberry.ID:
    """Make the global id of a thing."""
    return strawberry.ID(urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


def id_of(kind: str, attribute: str = "id") -> Callable[[Any], strawberry.ID]:
    """Make the resolver of an id field; `attribute` may have dots."""
    key = attrgetter(attribute)

    def resolve(root: Any) -> strawberry.ID:
        return global_id(kind, key(root))

    return resolve


def parse_global_id(text: str) -> tuple[str, str]:
    """Take a global id apart into its kind and key. Raises `InvalidId`."""
    try:
        decoded = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raise _invalid(text) from None
    kind, colon, key = decoded.partition(":")
    if not colon or global_id(kind, key) != text:
        raise _invalid(text)
    return kind, key


def parse_id(kind: str | None, text: str) -> UUID:
    """Read the id of a thing of this kind (of any when None), global or as a plain UUID.

    Raises `InvalidId`.
    """
    plain = parse_plain_id(text)
    if plain is not None:
        return plain
    found, key = parse_global_id(text)
    uuid = parse_plain_id(key)
    if kind not in (None, found) or uuid is None:
        raise _invalid(text, kind)
    return uuid


def parse_event_id(text: str) -> str:
    """Read the id of an event, global or as stream and version. Raises `InvalidId`."""
    kind, key = ("Event", text) if "/" in text else parse_global_id(text)
    stream_id, _, version = key.partition("/")
    if kind != "Event" or parse_plain_id(stream_id) is None or not version.isdecimal():
        raise _invalid(text, "Event")
    return key


def parse_plain_id(text: str) -> UUID | None:
    """Read a plain UUID; None for anything else."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text.lower() else None


def _invalid(text: str, kind: str | None = None) -> InvalidId:
    of_kind = "" if kind is None else f" of the kind {kind}"
    return InvalidId(f"{text!r} is not an id{of_kind}. Take ids from an earlier answer.")
