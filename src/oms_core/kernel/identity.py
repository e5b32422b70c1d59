"""Stream ids: derived from the natural key where there is one, a UUIDv7 from outside elsewhere."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

NAMESPACE = UUID("3f0c0a7e-6b0e-5d5a-9f6b-6f6d732e6f72")
"""Permanent. Changing it would disconnect every natural key from its stream."""


@lru_cache(100_000)
def natural_id(kind: str, *key: str) -> UUID:
    """Derive the id of the one stream that a natural key can have (RFC 9562, version 5).

    Two callers that register the same SKU write to the same stream, and the second one fails on
    its first version: uniqueness needs no further index.
    """
    return uuid5(NAMESPACE, "\x1f".join((kind, *key)))
