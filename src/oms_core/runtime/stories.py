"""Every event's sentence, found beside the events of its capability."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from oms_core.kernel.message import Event
from oms_core.runtime.kinds import KINDS
from oms_core.story.telling import NOTHING, About, Sentence, tell
from oms_core.story.words import Language

SENTENCES: Mapping[type[Event], Sentence] = {
    event: sentence
    for capability in KINDS
    for event, sentence in import_module(f"oms_core.{capability}.sentences").SENTENCES.items()
}


def told(event: Event, language: Language, about: About = NOTHING) -> str:
    """Tell an event in a language: the way every history takes, in whatever form it is given."""
    return tell(SENTENCES[type(event)], event, language, about)
