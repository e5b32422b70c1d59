"""What a provider's event tells people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.provider_events import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ProviderEventHeard: Sentence(
        "{provider} told of a payment under its event {event_id}.",
        "{provider} meldete unter dem Ereignis {event_id} etwas zu einer Zahlung.",
    ),
}
