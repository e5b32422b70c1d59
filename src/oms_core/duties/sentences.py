"""What the events of the duty rates tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.duties import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.DutyRatesPublished: Sentence(
        "Goods that enter the customs territory {territory} pay new rates from now on.",
        "Für Waren ins Zollgebiet {territory} gelten von nun an neue Zollsätze.",
    ),
    events.DutyRatesWithdrawn: Sentence(
        "No duties are computed for the customs territory {territory} any more, because"
        " “{reason}”.",
        "Für das Zollgebiet {territory} wird kein Zoll mehr berechnet, Grund: „{reason}“.",
    ),
}
