"""What was recorded and is not so. One stream for each stream that has such an event."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from oms_core.kernel.message import Event
from oms_core.kernel.personal import Personal


class CorrectionRecorded(Event):
    """The event `corrects` says what is not so; it stays, and both are shown.

    `corrected_by` is the event that counters it, if there is one. Both are stream and version.
    """

    TOPIC: ClassVar[str] = "corrections.CorrectionRecorded.v1"
    corrects: str
    reason: Personal[str]
    corrected_by: str | None = None
    order_id: UUID | None = None


CorrectionEvent = CorrectionRecorded
