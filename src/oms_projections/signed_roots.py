"""Which roots were signed? Read straight from the event store, for auditors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import LiteralString

from oms_core.runtime.proof.proofs import ROOT_COLUMNS, SignedRoot
from oms_projections.paging import Listing, Sort, Where


class SignedRootSortField(StrEnum):
    """What a list of roots is sorted by."""

    SIZE = "SIZE"


@dataclass(frozen=True, slots=True)
class SignedRootFilter:
    """Which roots: all conditions must hold. `sealed_to` is exclusive."""

    sealed_from: datetime | None = None
    sealed_to: datetime | None = None


_CONDITIONS: Mapping[str, LiteralString] = {
    "sealed_from": "sealed_at >= %(sealed_from)s",
    "sealed_to": "sealed_at < %(sealed_to)s",
}


def where(filter: SignedRootFilter) -> Where:
    """Say in SQL which roots a filter asks for."""
    return Where.by(_CONDITIONS, filter)


LIST: Listing[SignedRoot] = Listing(
    "oms.signed_roots",
    ROOT_COLUMNS,
    lambda row: SignedRoot(*row),
    {SignedRootSortField.SIZE: {"size": "bigint"}},
    usual=Sort(SignedRootSortField.SIZE),
)
"""All roots, of which there is one a minute at most."""
