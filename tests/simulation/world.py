"""One small world: an agenda in virtual time, servers, and everybody's requests."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from tests.domain.crashes import may_be_meant_twice
from tests.domain.kit import check_events, check_refusal
from tests.simulation.checks import Checks
from tests.simulation.faults import Fault, Faults
from tests.simulation.memory import Memory
from tests.simulation.rehearsals import Rehearsals
from tests.simulation.servers import Server

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import IdempotencyConflict, Refusal, VersionConflict
from oms_core.orders.order import Order
from oms_core.payments.commands import CapturePayment, RefundPayment
from oms_core.runtime.command_group import Execution
from oms_core.runtime.request import CommandKey, Outcome, Request, Unavailable

A = TypeVar("A", bound=Aggregate[Any])
BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
LARGEST_GROUP = 6
TRIES = 50
MOST_ACTIONS = 200_000


@dataclass(slots=True)
class Call:
    """A request of somebody who goes on asking until it is answered."""

    request: Request
    tries: int = 0
    refused: Callable[[Refusal], None] | None = None
    first: Outcome | None = None
    """The answer that was given before, which has to come again."""

    last: bool = False
    """Nothing more is to come of it: no repetition, no second thought."""


class World:
    """Everything that happens, in its order. The same seed gives the same world."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.now = BEGIN
        self.faults = Faults(self.rng)
        self.memory = Memory(self.faults)
        self.servers = [Server(self.memory, self.rng) for _ in range(2)]
        self.checks = Checks(self.memory.history)
        self.rehearsals = Rehearsals(self.memory.history)
        self.results: Counter[tuple[str, str]] = Counter()
        self.reached: Counter[str] = Counter()
        self.trace: list[tuple[datetime, str, Command, str]] = []
        self.listeners: dict[type[Event], list[Callable[[UUID, Any], None]]] = {}
        self.readers: list[Callable[[], None]] = []
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._waiting: list[Call] = []
        self._count = 0
        self._seen = 0
        self.actions = 0
        self._nested = False

    # ------------------------------------------------------------------------------------- time

    def after(self, hours: float, action: Callable[[], None]) -> None:
        """Do something later, in whole minutes, so that many things fall on the same one."""
        self._count += 1
        minutes = max(int(hours * 60), 0)
        when = self.now + timedelta(minutes=minutes)
        heapq.heappush(self._agenda, (when, self._count, action))

    def soon(self, mean_hours: float, action: Callable[[], None]) -> None:
        """Do something after a time that is about as long as this, at times far longer."""
        self.after(self.rng.expovariate(1 / mean_hours), action)

    def run(self) -> None:
        """Play until nothing is left on the agenda."""
        while self._agenda or self._waiting:
            if self._agenda and (not self._waiting or self._agenda[0][0] == self.now):
                self.now, _, action = heapq.heappop(self._agenda)
                self.actions += 1
                assert self.actions < MOST_ACTIONS, "somebody goes on for ever"
                action()
            if len(self._waiting) >= LARGEST_GROUP or self.chance(0.5):
                self.flush()

    # ----------------------------------------------------------------------------------- chance

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def new_id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    # --------------------------------------------------------------------------------- requests

    def ask(
        self,
        command: Command,
        actor: str,
        *,
        refused: Callable[[Refusal], None] | None = None,
        expected_version: int | None = None,
    ) -> None:
        """Have a command carried out, sooner or later, once."""
        request = Request(
            command, Cause(actor, self.new_id()), self.now, self._key(command), expected_version
        )
        if expected_version is None and self.faults.strike(Fault.STALE_DECISION):
            request = self._stale(request)
        self._waiting.append(Call(request, refused=refused))

    def _key(self, command: Command) -> CommandKey:
        return CommandKey(f"{self.rng.getrandbits(64)}", type(command).__name__.encode())

    def _stale(self, request: Request) -> Request:
        target = request.command.target()
        version = 0 if target is None else len(self.memory.history.streams.get(target, ()))
        return request._replace(expected_version=version - 1) if version > 1 else request

    def flush(self) -> None:
        """Carry out everything that waits; what was asked for at once may come in any order."""
        while self._waiting:
            self.rng.shuffle(self._waiting)
            self._execute(self._take(self.rng.randint(1, LARGEST_GROUP)), *self._two_servers())

    def carry_out(self, requests: Sequence[Request]) -> None:
        """Do as a process does: go on asking until all are answered, one way or the other."""
        self.flush()
        self._waiting = [Call(request) for request in requests]
        self.flush()

    def _two_servers(self) -> list[Server]:
        return self.rng.sample(self.servers, 2)

    def _take(self, most: int) -> list[Call]:
        """Take some calls; a second one with the same key waits, as it does on the bus."""
        group: list[Call] = []
        keys = set()
        for call in list(self._waiting):
            assert call.request.key is not None
            name = (call.request.cause.actor, call.request.key.key)
            if len(group) < most and name not in keys:
                keys.add(name)
                group.append(call)
                self._waiting.remove(call)
        return group

    def _execute(self, group: list[Call], server: Server, other: Server) -> None:
        if self.faults.strike(Fault.SERVER_RESTARTED):
            server.restart()
        if self._nested:
            pass
        elif self.faults.strike(Fault.SENT_TWICE_AT_ONCE):
            twins = [Call(call.request, last=True) for call in group]
            self.memory.meanwhile = lambda: self._meanwhile(twins, other, server)
        elif self._waiting and self.faults.strike(Fault.RACE):
            rivals = self._take(3)
            self.memory.meanwhile = lambda: self._meanwhile(rivals, other, server)
        done = server.execute_together([call.request for call in group])
        if (meanwhile := self.memory.meanwhile) is not None:  # nothing was appended
            self.memory.meanwhile = None
            meanwhile()
        self.notice()
        if done is None:
            for call in group:
                self._again(call)
            return
        for call, execution in zip(group, done, strict=True):
            self._settle(call, execution, server)

    def _meanwhile(self, group: list[Call], server: Server, other: Server) -> None:
        """Carry out something on one server while the other one is about to append."""
        self._nested = True
        try:
            self._execute(group, server, other)
        finally:
            self._nested = False

    def _again(self, call: Call) -> None:
        call.tries += 1
        assert call.tries < TRIES, f"{call.request.command!r} is never answered"
        if not call.last:
            self._waiting.append(call)

    def _settle(self, call: Call, done: Execution, server: Server) -> None:
        command, error = call.request.command, done.error
        if isinstance(error, Unavailable):
            self._again(call)
            return
        if isinstance(error, Refusal):
            self._note(call, type(error).__name__)
            assert str(error)
            if not isinstance(error, VersionConflict):
                check_refusal(command, type(error))
            self._refused(call, error)
            return
        if error is not None:
            self._note(call, repr(error))
            raise error
        assert done.outcome is not None
        recorded = bool(done.events)
        check_events(command, (type(envelope.event) for envelope in done.events))
        self._note(call, "replayed" if done.outcome.replayed else "done" if recorded else "nothing")
        if call.first is not None:
            assert done.outcome.replayed, f"{command!r} took effect twice"
            assert _told(done.outcome) == _told(call.first), f"{command!r} was answered otherwise"
        elif not call.last:
            self._answered(call, done, done.outcome, server)

    def _refused(self, call: Call, refusal: Refusal) -> None:
        if call.last:
            return
        if isinstance(refusal, VersionConflict):
            fresh = call.request._replace(
                expected_version=None, key=self._key(call.request.command)
            )
            self._waiting.append(Call(fresh, refused=call.refused))
        elif call.refused is not None:
            call.refused(refusal)

    def _answered(self, call: Call, done: Execution, outcome: Outcome, server: Server) -> None:
        recorded = bool(done.events)
        if self.faults.strike(Fault.ANSWER_LOST):
            self._waiting.append(Call(call.request, first=outcome if recorded else None, last=True))
        if recorded and self.faults.strike(Fault.SENT_AGAIN_LATER):
            again = Call(call.request, first=outcome)
            self.soon(5, lambda: self._waiting.append(again))
        if recorded and self._is_latest(done) and self.faults.strike(Fault.DONE_TWICE):
            self._do_twice(call.request, server)
        if recorded and self.faults.strike(Fault.KEY_USED_AGAIN):
            assert call.request.key is not None
            key = call.request.key._replace(input_hash=b"another")
            [other] = server.execute_together([call.request._replace(key=key)]) or [None]
            assert other is None or isinstance(other.error, IdempotencyConflict | Unavailable)

    def _is_latest(self, done: Execution) -> bool:
        """Tell whether nothing came after it, which it might have to be done again after."""
        versions = {event.originator_id: event.originator_version for event in done.events}
        streams = self.memory.history.streams
        return all(len(streams[id]) == version for id, version in versions.items())

    def _do_twice(self, request: Request, server: Server) -> None:
        """The same under another key: takes no effect, unless it may be meant twice.

        Money that moves twice moves under two ids: the API makes one for each request.
        """
        command = request.command
        if may_be_meant_twice(command) and isinstance(command, CapturePayment | RefundPayment):
            command = command.model_copy(update={"request_id": self.new_id()})
        again = request._replace(command=command, key=self._key(command), expected_version=None)
        done = server.execute_together([again])
        self.notice()
        if done is not None and done[0].events:
            assert may_be_meant_twice(request.command), f"{again.command!r} twice"

    def _note(self, call: Call, result: str) -> None:
        command = call.request.command
        self.results[type(command).__name__, result] += 1
        self.trace.append((self.now, call.request.cause.actor, command, result))

    # ------------------------------------------------------------------------ what has happened

    def notice(self) -> None:
        """See what was stored since: check it, and let people and processes react to it."""
        new = self.memory.log[self._seen :]
        if not new:
            return
        self._seen += len(new)
        for _, recorded in groupby(new, lambda envelope: envelope.cause):
            self.checks.after(list(recorded))
        for envelope in new:
            for listener in self.listeners.get(type(envelope.event), ()):
                listener(envelope.originator_id, envelope.event)
        for reader in self.readers:
            reader()

    def one(self, kind: type[A], id: UUID) -> A:
        """Give an aggregate as it is now."""
        found = self.checks.live[id]
        assert isinstance(found, kind)
        return found

    def orders(self) -> list[Order]:
        return self.checks.orders


def _told(outcome: Outcome) -> tuple[object, ...]:
    return outcome.stream_id, outcome.version, outcome.view
