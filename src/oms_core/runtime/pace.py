"""How often a follower looks at the log: at once when it is idle, less often the more there is.

A page costs some transactions, however few events it has. Under load a follower therefore lets
events gather for a moment, and reads ten orders at once where it would have read one ten times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

GATHER_EACH = 0.001
MOST_GATHERING = 0.08
"""Seconds of rest after a page: so many for each of its events, and at most."""

BACKLOG = 400
"""After as many events there are more to be expected at once."""

SOON = 0.1
LATE = 0.5
"""Seconds after which the log is looked at without news: soon after there was something (it may
not have been final yet), later and later when nothing comes.
"""


Hear = Callable[[float], bool]
"""Waits for news, so many seconds at most; tells whether there was any."""


class Pace:
    """The rests of one follower, which can `hear` of news; it `gathers` unless others do."""

    def __init__(self, hear: Hear, stop: threading.Event, *, gathers: bool = True) -> None:
        self._hear = hear
        self._stop = stop
        self._gathers = gathers
        self._patience = SOON

    def rest(self, taken: int) -> None:
        """Wait until it is worth looking again, after so many events were taken."""
        if taken:
            self._patience = SOON
            if self._gathers and taken < BACKLOG:
                self._stop.wait(min(taken * GATHER_EACH, MOST_GATHERING))
            self._hear(0)
        elif self._hear(self._patience):
            self._patience = SOON
        else:
            self._patience = min(2 * self._patience, LATE)
