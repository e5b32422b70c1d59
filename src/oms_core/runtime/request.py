"""What goes into the command bus, and what comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command


class CommandKey(NamedTuple):
    """The caller's name for one request, and the SHA-256 of its canonical input.

    Its answer is given again for so many days; for ever, without a number.
    """

    key: str
    input_hash: bytes
    days: int | None = None


class Request(NamedTuple):
    """A command with all that surrounds it. `occurred_at` is the business time, in UTC."""

    command: Command
    cause: Cause
    occurred_at: datetime
    key: CommandKey | None = None
    expected_version: int | None = None

    @property
    def command_name(self) -> str:
        """The name under which the key is remembered."""
        return type(self.command).__name__


class Outcome(NamedTuple):
    """What a command did. `view` is the aggregate's view right after it, also when replayed.

    `position` is that of its last event; 0 when there was nothing to do.
    """

    stream_id: UUID
    version: int
    position: int
    view: Any
    replayed: bool = False

    def __repr__(self) -> str:
        """Leave out what it shows, which may be of persons."""
        facts = self.stream_id, self.version, self.position, self.replayed
        return "Outcome(stream_id={!r}, version={}, position={}, replayed={})".format(*facts)

    def at(self, position: int) -> Outcome:
        """Add where the last event came to stand."""
        return Outcome(self.stream_id, self.version, position, self.view, self.replayed)


class Unavailable(Exception):
    """The request could not be carried out now; nothing was done. Send it again with its key."""
