"""Refusals: a rule said no, nothing was changed, and a person can be told why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self


class Refusal(Exception):
    """The request was refused."""

    CODE: ClassVar[str] = "INVALID"
    """The stable, coarse code that clients branch on."""

    OF_A_RACE: ClassVar[bool] = False
    """Whether it may come from streams that were read at two moments: what another process did in
    between may give a better reason.
    """

    QUOTES: ClassVar[frozenset[str]] = frozenset()
    """Facts in which stands what people wrote, perhaps about a person: answered, but not kept."""

    def __init__(self, *, field: Sequence[str] = (), **facts: object) -> None:
        self.field = tuple(field)
        self.facts = facts
        super().__init__(str(self))

    def under(self, *path: str) -> Self:
        """Name the field as a part of another one; returns the refusal itself."""
        self.field = (*path, *self.field) if self.field else ()
        return self

    @property
    def reason(self) -> str:
        """The refusal's own name in the API's spelling: `OrderOnHold` gives `ORDER_ON_HOLD`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).upper()

    @property
    def kept(self) -> str:
        """The sentence as it is recorded: without what people wrote."""
        return self._told(self.facts | dict.fromkeys(self.QUOTES, "…"))

    def __str__(self) -> str:
        return self._told(self.facts)

    def _told(self, facts: Mapping[str, object]) -> str:
        sentence = " ".join((type(self).__doc__ or "").split())
        return sentence.format(**facts)


class Invalid(Refusal):
    """{what}"""

    CODE = "INVALID"


class NotFound(Refusal):
    """There is no {what}. Check the identifier and that it belongs to this installation."""

    CODE = "NOT_FOUND"


class NotAllowedInState(Refusal):
    """This is not possible in the present state."""

    CODE = "NOT_ALLOWED_IN_STATE"


class AlreadyExists(Refusal):
    """{what} exists already. Choose another identifier, or use the one that is there."""

    CODE = "ALREADY_EXISTS"


class VersionConflict(Refusal):
    """Version {expected} was expected, but it is at version {current} now. Read it again,
    then decide anew.
    """

    CODE = "VERSION_CONFLICT"


class IdempotencyConflict(Refusal):
    """The idempotency key {key} was used before with another input. Use a new key for a new
    request.
    """

    CODE = "IDEMPOTENCY_CONFLICT"


class IdempotencyKeyExpired(Refusal):
    """The idempotency key {key} was used at {used}, and its answer is given again for {days} days
    only. What it asked for was done then: look it up, or use a new key for a new request.
    """

    CODE = "IDEMPOTENCY_KEY_EXPIRED"


class CurrencyMismatch(Refusal):
    """{given} was given where {expected} is needed."""

    CODE = "CURRENCY_MISMATCH"
