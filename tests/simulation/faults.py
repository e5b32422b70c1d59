"""Bad luck: which faults there are, how often they strike, and how often they did."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What goes wrong in the real world."""

    KILLED_BEFORE_COMMIT = "a server was killed before its commit"
    KILLED_AFTER_COMMIT = "a server was killed after its commit, before it answered"
    CONNECTION_LOST_BEFORE_COMMIT = "the database was lost before a commit"
    CONNECTION_LOST_AFTER_COMMIT = "the database was lost after a commit"
    ANSWER_LOST = "an answer was lost, the caller asked again"
    SENT_TWICE_AT_ONCE = "a request was sent to two servers at once"
    SENT_AGAIN_LATER = "a request was sent again after it was answered"
    DONE_TWICE = "the same was asked for under another key"
    KEY_USED_AGAIN = "a key was used for another request"
    RACE = "another server stored something between a decision and its append"
    STALE_DECISION = "somebody decided on an old version"
    SERVER_RESTARTED = "a server was restarted and knew nothing"
    PROCESS_KILLED = "a process was killed between two steps"
    PROCESS_LATE = "a process stood still for hours"
    PROCESS_TWICE = "two runners of a process took the same page"
    STEPS_REDELIVERED = "a process was taken back in the log"
    STEPS_REDELIVERED_WITHOUT_KEYS = "steps came again under other keys"
    TIMERS_LATE = "a timer went off a day late"
    TIMER_TWICE = "a timer went off twice"
    TIMER_OUTDATED = "a timer went off that was cancelled or moved"
    EVENTS_REORDERED = "a process saw events in another order"


OFTEN = {
    Fault.KILLED_BEFORE_COMMIT: 0.002,
    Fault.KILLED_AFTER_COMMIT: 0.002,
    Fault.CONNECTION_LOST_BEFORE_COMMIT: 0.002,
    Fault.CONNECTION_LOST_AFTER_COMMIT: 0.002,
    Fault.ANSWER_LOST: 0.01,
    Fault.SENT_TWICE_AT_ONCE: 0.01,
    Fault.SENT_AGAIN_LATER: 0.01,
    Fault.DONE_TWICE: 0.02,
    Fault.KEY_USED_AGAIN: 0.005,
    Fault.RACE: 0.03,
    Fault.STALE_DECISION: 0.02,
    Fault.SERVER_RESTARTED: 0.001,
    Fault.PROCESS_KILLED: 0.05,
    Fault.PROCESS_LATE: 0.02,
    Fault.PROCESS_TWICE: 0.05,
    Fault.STEPS_REDELIVERED: 0.02,
    Fault.STEPS_REDELIVERED_WITHOUT_KEYS: 0.05,
    Fault.TIMERS_LATE: 0.05,
    Fault.TIMER_TWICE: 0.05,
    Fault.TIMER_OUTDATED: 0.2,
    Fault.EVENTS_REORDERED: 0.2,
}
"""How likely each is, whenever it could happen. People have bad luck of their own."""


class Killed(BaseException):
    """The process is gone at this very moment; nobody catches that."""


class Faults:
    """Decides by one source of chance, so that a seed has one outcome."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.struck: Counter[str] = Counter()
        self.active = True

    def strike(self, fault: Fault) -> bool:
        """Tell whether this goes wrong now, and count it."""
        if not self.active or self._rng.random() >= OFTEN[fault]:
            return False
        self.struck[fault] += 1
        return True
