"""The way in for commands: an input becomes a request on the command bus, its outcome an answer.

Ids, times and order numbers that a caller did not give are made here, so that everything behind
is pure. A refusal becomes `userErrors`; whatever else goes wrong is raised.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from uuid_utils.compat import uuid7

from oms_api import metrics
from oms_api.answers import Answer, ErrorCode, UserError
from oms_api.awaiting import Awaiting
from oms_api.folded_streams import FoldedStreams
from oms_api.inputs import CommandInput, Facts
from oms_api.rights.reach import REACH
from oms_api.sources import Pool
from oms_api.wrong_fields import path_of, user_errors
from oms_core.kernel.card_numbers import has_card_number
from oms_core.kernel.envelope import Cause
from oms_core.kernel.message import Command, maker
from oms_core.kernel.refusal import Invalid, Refusal
from oms_core.runtime import tracing
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.past import CLOCK_TOLERANCE
from oms_core.runtime.request import CommandKey, Request

REPLAYS: ContextVar[list[str] | None] = ContextVar("replays", default=None)
"""Takes the idempotency keys of a request whose first answers were given again."""

LONGEST_KEY = 255
NUMBER_TAKEN = "ORDER_NUMBER_TAKEN"
NUMBERS_AT_ONCE = 20


OF_ORDERS = ("order_id", "return_id", "claim_id", "payment_id", "shipment_id")
"""What the inputs call an order, and what belongs to one."""


class KeySettings(BaseSettings):
    """For how many days the answer to an idempotency key is given again; 0 for ever. Whatever it
    is, the key does nothing twice.
    """

    model_config = SettingsConfigDict(env_prefix="OMS_", frozen=True)

    idempotency_days: int = Field(default=30, ge=0, le=36_500)


class InTheFuture(Invalid):
    """{moment} has not come yet. Give a moment that has passed, or none for now."""


class UnusableKey(Invalid):
    """An idempotency key has 1 to 255 printable characters, and looks like no card number."""


class OrderNumbers:
    """Numbers for orders that come without one, fetched from the database in blocks.

    Numbers may be skipped (a process stops, an order is refused), never given twice.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._ready: deque[int] = deque()
        self._fetching = asyncio.Lock()

    async def next(self) -> str:
        """Give a number that nobody was given before, such as O-100001."""
        async with self._fetching:
            if not self._ready:
                await self._fetch()
            return f"O-{self._ready.popleft()}"

    async def _fetch(self) -> None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT nextval('oms.order_numbers') FROM generate_series(1, %s)",
                (NUMBERS_AT_ONCE,),
            )
            self._ready.extend([row[0] for row in await cursor.fetchall()])


class Gateway:
    """Carries out commands on the bus of this process."""

    def __init__(self, bus: CommandBus, pool: Pool, keys: KeySettings | None = None) -> None:
        self._awaiting = Awaiting(bus)
        self._key_days = (keys or KeySettings()).idempotency_days or None
        self._pool = pool
        self.numbers = OrderNumbers(pool)

    async def carry_out(
        self,
        cause: Cause,
        given: CommandInput,
        command: type[Command],
        *,
        moment: str | None = None,
        **made: object,
    ) -> Answer:
        """Carry out a command with the input's fields and those made here.

        `moment` names the command's field that takes the business time. A caller who hangs up
        does not stop what is queued. Raises `Unavailable`.
        """
        try:
            at = _business_time(given)
            facts = given.facts()
            if REACH.get().is_limited:
                facts = await self._within_reach(facts)
            facts |= made
            if moment is not None:
                facts[moment] = at
            request = Request(
                maker(command)(facts),
                cause,
                at,
                _key(given, self._key_days),
                getattr(given, "expected_version", None),
            )
            with tracing.span(request.command_name):
                outcome = await self._awaiting.outcome(request)
        except Refusal as refusal:
            return self._refused(user_error(refusal))
        except ValidationError as error:
            return self._refused(*user_errors(error))
        if outcome.replayed and request.key is not None:
            _note_replay(request.key.key)
        return Answer(
            FoldedStreams(self._pool), outcome.view, [], outcome.position or None, outcome.replayed
        )

    async def carry_out_numbered(
        self, cause: Cause, given: CommandInput, command: type[Command], **made: Any
    ) -> Answer:
        """Carry out a command that places an order: under the caller's number, or under the next
        that nobody has taken.
        """
        number: str | None = getattr(given, "number", None)
        if number is not None:
            return await self.carry_out(cause, given, command, number=number, **made)
        while True:
            made["number"] = await self.numbers.next()
            answer = await self.carry_out(cause, given, command, **made)
            if not any(error.reason == NUMBER_TAKEN for error in answer.user_errors):
                return answer

    async def _within_reach(self, facts: Facts) -> Facts:
        """Let what is out of reach be as if it did not exist: under an id that nothing has.

        Raises `Forbidden` for what is to be done for somebody else.
        """
        REACH.get().check(facts)
        named = {name: facts[name] for name in OF_ORDERS if name in facts}
        source = FoldedStreams(self._pool)
        for name, id in named.items():
            found = await source.aggregate(id)
            order = await source.order(getattr(found, "order_id", id))
            if order is None:
                facts[name] = new_id()
        return facts

    def _refused(self, *errors: UserError) -> Answer:
        metrics.refused(error.code for error in errors)
        return Answer(FoldedStreams(self._pool), user_errors=list(errors))


def _note_replay(key: str) -> None:
    replays = REPLAYS.get()
    if replays is not None:
        replays.append(key)


def new_id() -> UUID:
    """Make an id that sorts by time (UUIDv7)."""
    return uuid7()


def _business_time(given: CommandInput) -> datetime:
    now = datetime.now(UTC)
    moment: datetime | None = getattr(given, given.MOMENT, None)
    if moment is not None and moment > now + CLOCK_TOLERANCE:
        raise InTheFuture(moment=moment.isoformat(), field=(given.MOMENT,))
    return moment or now


def _key(given: CommandInput, days: int | None) -> CommandKey | None:
    key = given.idempotency_key
    if key is None:
        return None
    fits = 1 <= len(key) <= LONGEST_KEY and key.isprintable()
    if not fits or has_card_number(key, key=True):
        raise UnusableKey(field=("idempotency_key",))
    return CommandKey(key, given.fingerprint(), days)


def user_error(refusal: Refusal) -> UserError:
    """Show a refusal as an answer does."""
    return UserError(
        code=ErrorCode(refusal.CODE),
        reason=refusal.reason,
        message=str(refusal),
        field=path_of(refusal.field) if refusal.field else None,
    )
