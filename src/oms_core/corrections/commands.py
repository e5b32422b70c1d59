"""The command that says of an event that it is not so."""

from __future__ import annotations

from uuid import UUID

from oms_core.corrections.correction import Corrections, corrections_id, stream_and_version
from oms_core.corrections.events import CorrectionRecorded
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import EventId, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command


class RecordCorrection(Command):
    """Note that what was recorded is not so, and which later event counters it, if one does.

    Whoever asks has made sure that both events are there: none is ever removed.
    """

    corrects: EventId
    reason: Text
    corrected_by: EventId | None = None
    order_id: UUID | None = None

    def target(self) -> UUID:
        return corrections_id(stream_and_version(self.corrects)[0])


@handles(RecordCorrection)
async def record_correction(command: RecordCorrection, streams: Streams) -> Corrections:
    """Add it to the corrections of the event's stream."""
    [corrections] = await streams.find(Corrections, [command.target()])
    corrections.note(CorrectionRecorded(**command.model_dump()))
    return corrections
