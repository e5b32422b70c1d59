"""Ties each command to the one pure coroutine that handles it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.message import Command

C = TypeVar("C", bound=Command)
Handler = Callable[[C, Streams], Coroutine[Any, Any, Aggregate[Any]]]

HANDLERS: dict[type[Command], Handler[Any]] = {}
"""Every handler by its command; filled as the capabilities are imported."""


def handles(command: type[C]) -> Callable[[Handler[C]], Handler[C]]:
    """Mark a coroutine as the handler of a command; it returns what the answer is about."""

    def register(handler: Handler[C]) -> Handler[C]:
        if command in HANDLERS:
            raise TypeError(f"{command.__name__} has two handlers")
        HANDLERS[command] = handler
        return handler

    return register
