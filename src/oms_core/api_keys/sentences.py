"""What the events of API keys tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.api_keys import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.ApiKeyIssued: Sentence(
        "The API key {name} was issued with the rights {rights}"
        "[, for the channels {channels} only], until {expires_at}.",
        "Der API-Schlüssel {name} wurde mit den Rechten {rights} ausgestellt"
        "[, nur für die Kanäle {channels}], bis {expires_at}.",
    ),
    events.ApiKeyRevoked: Sentence(
        "The API key was revoked: {reason}.",
        "Der API-Schlüssel wurde widerrufen: {reason}.",
    ),
}
