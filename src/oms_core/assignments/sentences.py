"""What the decisions about an order's locations tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.assignments import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.SourcingDecided: Sentence(
        "It was decided where the goods come from ({occasion})[: {reasons.chosen}][; "
        "{unsourced} wait for stock][; not asked: {excluded}].",
        "Es wurde entschieden, woher die Ware kommt ({occasion})[: {reasons.chosen}][; "
        "{unsourced} warten auf Ware][; nicht gefragt: {excluded}].",
    ),
}
