"""The list of products that anybody waits for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import assert_never
from uuid import UUID

from oms_core.catalogue.product import product_id
from oms_core.kernel.identity import natural_id
from oms_core.kernel.message import Message
from oms_core.kernel.snapshot import LongLived, Snapshot
from oms_core.shortages.events import (
    ShortageBegan,
    ShortageEnded,
    ShortageEvent,
    ShortagesReviewed,
)

SHORTAGES = natural_id("shortages")
"""The stream of the installation's one list."""

REVIEWED_AT_ONCE = 500
"""Products that one event names at most."""


@dataclass(frozen=True, slots=True)
class ShortagesView:
    """How many products anybody waits for."""

    id: UUID
    version: int
    products: int


class ReviewedStream(Message):
    """A change that was dealt with: the version of a stream."""

    stream_id: UUID
    version: int


class ShortagesSnapshot(Snapshot):
    """Everything that decisions about the list need."""

    TOPIC = "shortages.ShortagesSnapshot.v1"

    skus: tuple[str, ...]
    reviewed: tuple[ReviewedStream, ...]


class Shortages(LongLived[ShortageEvent, ShortagesSnapshot]):
    """Products that anybody waits for, and up to which version of what they were looked after.

    A queue knows who waits for one product; nothing else knows for which products anybody does.
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.skus: dict[str, None] = {}
        self.reviewed: dict[UUID, int] = {}

    def follow(self, sku: str, *, waited_for: bool) -> None:
        """Note whether anybody waits for a product; nothing happens when that is known."""
        if waited_for != (sku in self.skus):
            self.record(ShortageBegan(sku=sku) if waited_for else ShortageEnded(sku=sku))

    def review(self, stream_id: UUID, version: int, skus: Iterable[str]) -> None:
        """Look after these products anew; nothing happens when that change was dealt with."""
        if self.reviewed.get(stream_id, 0) >= version:
            return
        left = iter(skus)
        while part := tuple(islice(left, REVIEWED_AT_ONCE)):
            self.record(ShortagesReviewed(stream_id=stream_id, version=version, skus=part))

    def evolve(self, event: ShortageEvent) -> None:
        match event:
            case ShortageBegan():
                self.skus[event.sku] = None
            case ShortageEnded():
                del self.skus[event.sku]
                self.reviewed.pop(product_id(event.sku), None)
            case ShortagesReviewed():
                self.reviewed[event.stream_id] = event.version
            case _:
                assert_never(event)

    @property
    def entries(self) -> int:
        return len(self.skus) + len(self.reviewed)

    def snapshot(self) -> ShortagesSnapshot:
        """Show the whole state."""
        reviewed = (ReviewedStream(stream_id=i, version=v) for i, v in self.reviewed.items())
        return ShortagesSnapshot(skus=tuple(self.skus), reviewed=tuple(reviewed))

    def restore(self, snapshot: ShortagesSnapshot) -> None:
        """Take over a state that `snapshot` showed."""
        self.skus = dict.fromkeys(snapshot.skus)
        self.reviewed = {each.stream_id: each.version for each in snapshot.reviewed}

    def view(self) -> ShortagesView:
        """Show the list as it is now."""
        return ShortagesView(self.id, self.version, len(self.skus))
