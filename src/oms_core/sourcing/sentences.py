"""What the events of the sourcing rules tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.sourcing import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.SourcingRulesPublished: Sentence(
        "Orders are sourced by new rules from now on.",
        "Bestellungen werden von nun an nach neuen Regeln zugeteilt.",
    ),
    events.SourcingRulesWithdrawn: Sentence(
        "Orders are sourced without rules from now on, because “{reason}”.",
        "Bestellungen werden von nun an ohne Regeln zugeteilt, Grund: „{reason}“.",
    ),
}
