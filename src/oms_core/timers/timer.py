"""A timer: what to ask for, and when. It belongs to the stream of the event that set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oms_core.kernel.message import Command


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Ask for a command when its time has come.

    A stream has one timer of a name: set again, it is moved. With `since_known`, what is entered
    late waits as long as if it had been entered when it happened.
    """

    name: str
    due_at: datetime
    command: Command
    since_known: bool = False


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Do not ask any more."""

    name: str
