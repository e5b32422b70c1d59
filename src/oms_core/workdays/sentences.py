"""What the events of a location's day tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence
from oms_core.workdays import events

SENTENCES: Mapping[type[Event], Sentence] = {
    events.OrderScheduled: Sentence(
        "{location} is to send a part of an order on {day}.",
        "{location} soll am {day} einen Teil einer Bestellung versenden.",
    ),
    events.OrderUnscheduled: Sentence(
        "{location} need not send anything of an order on {day} any more.",
        "{location} muss am {day} nichts mehr von einer Bestellung versenden.",
    ),
    events.RoomAwaited: Sentence(
        "{location} is full on {day}; units of {sku} are there for those who wait for room.",
        "{location} ist am {day} voll; Wartende bekommen dort {sku}, sobald Platz wird.",
    ),
}
