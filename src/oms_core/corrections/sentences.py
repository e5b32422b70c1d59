"""What the events of corrections tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.corrections import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.CorrectionRecorded: Sentence(
        "What was recorded as {corrects} is not so, because “{reason}”"
        "[; {corrected_by} puts it right].",
        "Was als {corrects} erfasst wurde, stimmt nicht, Grund: „{reason}“"
        "[; {corrected_by} stellt es richtig].",
    ),
}
