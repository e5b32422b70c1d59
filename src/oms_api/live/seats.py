"""How many may subscribe at once, and the end of all subscriptions when a worker stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from oms_api import metrics
from oms_api.failures import Failure

MOST_OF_A_CONNECTION = 50

_OF_A_CONNECTION = f"A connection may have {MOST_OF_A_CONNECTION} operations at once."
_OF_A_WORKER = "The server has no room for another subscription. Subscribe again in a minute."


class LiveSettings(BaseSettings):
    """What an operator may set: how many subscriptions a worker has at most, and connections; how
    long it waits for a token; and how often it looks whether a silent subscription may go on.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    most_subscriptions: int = Field(default=1_000, ge=0)
    init_seconds: float = Field(default=10.0, gt=0)
    rights_seconds: float = Field(default=10.0, gt=0)


class NoRoom(Failure):
    """There are as many subscriptions as there may be."""

    CODE = "TOO_MANY_SUBSCRIPTIONS"


class Seats:
    """The subscriptions of one worker."""

    def __init__(self, settings: LiveSettings) -> None:
        self.settings = settings
        self._most = settings.most_subscriptions
        self._connections = self._taken = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self.closing = asyncio.Event()
        """Set when the worker stops: whoever holds a connection ends it and tells how to go on."""

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """Hold a connection in here. Raises `NoRoom`."""
        if self._connections >= self._most or self.closing.is_set():
            raise NoRoom(_OF_A_WORKER)
        self._connections += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._connections -= 1
            if not self._connections:
                self._empty.set()

    @contextlib.contextmanager
    def subscription(self, of_this_connection: int = 0) -> Iterator[None]:
        """Hold a subscription in here, besides others of the same connection. Raises `NoRoom`."""
        if of_this_connection >= MOST_OF_A_CONNECTION:
            raise NoRoom(_OF_A_CONNECTION)
        if self._taken >= self._most:
            raise NoRoom(_OF_A_WORKER)
        self._taken += 1
        metrics.subscribed(self._taken)
        try:
            yield
        finally:
            self._taken -= 1
            metrics.subscribed(self._taken)

    async def leave(self, patience: float) -> None:
        """End all connections, and wait until they have."""
        self.closing.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._empty.wait()
