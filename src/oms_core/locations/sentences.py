"""What the events of a location tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.locations import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.LocationRegistered: Sentence(
        "The location {code}, “{name}”, was registered.",
        "Der Standort {code}, „{name}“, wurde angelegt.",
    ),
    events.LocationConfigured: Sentence(
        "The location works differently from now on ({kind})[; at most {capacity_per_day} "
        "orders a day].",
        "Der Standort arbeitet von nun an anders ({kind})[; höchstens {capacity_per_day} "
        "Bestellungen am Tag].",
    ),
    events.LocationClosed: Sentence(
        "The location gets no more orders, because “{reason}”.",
        "Der Standort bekommt keine Bestellungen mehr, Grund: „{reason}“.",
    ),
    events.LocationReopened: Sentence(
        "The location gets orders again: “{reason}”.",
        "Der Standort bekommt wieder Bestellungen: „{reason}“.",
    ),
    events.ReliefBegun: Sentence(
        "Others were asked to send in place of the location[day?  on {day}], because “{reason}”.",
        "Andere wurden gebeten, statt des Standorts zu senden[day? , am {day}], Grund: „{reason}“.",
    ),
    events.LocationMerged: Sentence(
        "The location is merged into {into}, because “{reason}”.",
        "Der Standort geht in {into} auf, Grund: „{reason}“.",
    ),
}
