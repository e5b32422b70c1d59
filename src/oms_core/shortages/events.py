"""What happens to the list of products that anybody waits for. One stream for the installation."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event


class ShortageBegan(Event):
    """Orders wait for this product, or customers to hear of it."""

    TOPIC: ClassVar[str] = "shortages.ShortageBegan.v1"
    sku: str


class ShortageEnded(Event):
    """Nobody waits for this product any more."""

    TOPIC: ClassVar[str] = "shortages.ShortageEnded.v1"
    sku: str


class ShortagesReviewed(Event):
    """Something changed that may let those who wait have stock that is there already.

    It is the stream `stream_id`, as of its `version`: rules, a location or a product. `skus` are
    the products whose turn is looked at anew.
    """

    TOPIC: ClassVar[str] = "shortages.ShortagesReviewed.v1"
    stream_id: UUID
    version: int
    skus: tuple[str, ...]


ShortageEvent = ShortageBegan | ShortageEnded | ShortagesReviewed
