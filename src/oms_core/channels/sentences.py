"""What the events of a channel tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.channels import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ChannelConfigured: Sentence(
        "The channel {code} was configured anew.",
        "Der Kanal {code} wurde neu eingerichtet.",
    ),
}
