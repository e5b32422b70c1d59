"""Integrators: machines get keys of their own, and lose some of them again."""

from __future__ import annotations

from datetime import timedelta
from string import ascii_lowercase

from tests.simulation.people.person import Person

from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.api_keys.events import ApiKeyIssued


class Integrators(Person):
    """Issue a key now and then, and revoke every other one; at times twice."""

    def listen(self) -> None:
        self.on(ApiKeyIssued, lambda _, issued: self._issued(issued.name))

    def begin(self, orders: int) -> None:
        for _ in range(orders // 100 + 2):
            self.world.after(self.rng.uniform(0, orders / 4), self._issue)

    def _issue(self) -> None:
        self.ask(
            IssueApiKey(
                name="".join(self.one_of(ascii_lowercase) for _ in range(8)),
                sha256="0" * 64,
                rights=("READ_STOCK",),
                issued_at=self.now,
                expires_at=self.now + timedelta(days=self.rng.randint(1, 365)),
            )
        )

    def _issued(self, name: str) -> None:
        for _ in range(self.rng.randint(0, 2)):
            self.world.soon(48, lambda: self._revoke(name))

    def _revoke(self, name: str) -> None:
        self.ask(RevokeApiKey(name=name, reason="lost", revoked_at=self.now))
