"""Ends a child process with its parent, however the parent ends, also by SIGKILL."""

from __future__ import annotations

import os
import signal
import sys
import threading


def hold() -> None:
    """Stop this process as SIGTERM would once the parent's end of our standard input closes."""
    threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
