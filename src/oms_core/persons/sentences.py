"""What the events of persons tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.kernel.message import Event
from oms_core.persons import events
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.CustomerErased: Sentence(
        "The customer {customer} was forgotten, with {orders} orders, because “{reason}”"
        "[; what the books need is kept until {held_until}].",
        "Die Kundschaft {customer} wurde vergessen, mit {orders} Bestellungen, Grund: „{reason}“"
        "[; was die Bücher brauchen, bleibt bis {held_until}].",
    ),
    events.RetentionEnded: Sentence(
        "What the books had to keep of the customer {customer} until {until} is forgotten.",
        "Was die Bücher über die Kundschaft {customer} bis {until} aufbewahren mussten, ist"
        " vergessen.",
    ),
}
