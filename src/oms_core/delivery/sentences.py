"""What the events of a shipping method tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.delivery import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ShippingMethodConfigured: Sentence(
        "The shipping method {code}, “{name}”, was configured anew.",
        "Die Versandart {code}, „{name}“, wurde neu eingerichtet.",
    ),
    events.ShippingMethodWithdrawn: Sentence(
        "The shipping method was withdrawn, because “{reason}”.",
        "Die Versandart wurde zurückgezogen, Grund: „{reason}“.",
    ),
}
