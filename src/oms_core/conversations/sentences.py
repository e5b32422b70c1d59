"""What the events of a conversation tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.conversations import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.NoteAdded: Sentence(
        "It was noted ({visibility}): “{text}”",
        "Es wurde notiert ({visibility}): „{text}“",
    ),
    events.MessageRecorded: Sentence(
        "A message {direction} by {channel}[, “{subject}”]: “{text}”",
        "Eine Nachricht {direction} per {channel}[, „{subject}“]: „{text}“",
    ),
    events.AttachmentAdded: Sentence(
        "The file “{name}” was added ({visibility}).",
        "Die Datei „{name}“ wurde hinzugefügt ({visibility}).",
    ),
}
