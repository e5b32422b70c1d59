"""What the events of a claim tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.claims import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ClaimOpened: Sentence(
        "The customer complained about {lines}[: “{description}”].",
        "Der Kunde reklamierte {lines}[: „{description}“].",
    ),
    events.ClaimResolved: Sentence(
        "The complaint was decided ({resolution})[, because “{reason}”][; the customer owes "
        "{amount} less].",
        "Über die Reklamation wurde entschieden ({resolution})[, Grund: „{reason}“][; der "
        "Kunde schuldet {amount} weniger].",
    ),
}
