"""What the events of a transfer tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence
from oms_core.transfers import events

SENTENCES: Mapping[type[Event], Sentence] = {
    events.TransferPlanned: Sentence(
        "{lines} are to go from {source} to {destination} by {expected_on}, because "
        "“{reason}”[ (number {number})].",
        "{lines} sollen von {source} nach {destination} bis {expected_on}, Grund: „{reason}“[ "
        "(Nummer {number})].",
    ),
    events.TransferDispatched: Sentence(
        "The units left.",
        "Die Ware ist unterwegs.",
    ),
    events.TransferReceived: Sentence(
        "{lines} arrived.",
        "{lines} kamen an.",
    ),
    events.TransferDiscrepancyRecorded: Sentence(
        "{lines} left, but will not arrive: “{reason}”.",
        "{lines} gingen ab, kommen aber nicht an: „{reason}“.",
    ),
    events.TransferCancelled: Sentence(
        "The units stay where they are, because “{reason}”.",
        "Die Ware bleibt, wo sie ist, Grund: „{reason}“.",
    ),
}
