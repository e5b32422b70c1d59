"""What can go wrong around the system, each as a sentence that an operator can act on."""

from __future__ import annotations


class SetupError(Exception):
    """The installation is not as it must be. The message says what to do about it."""


class UnknownTopic(Exception):
    """A stored event has a topic that this version of the program does not know."""
