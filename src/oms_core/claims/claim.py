"""A claim: opened once, decided once."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never
from uuid import UUID

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from oms_core.claims.events import (
    ClaimedQuantity,
    ClaimEvent,
    ClaimOpened,
    ClaimProblem,
    ClaimResolution,
    ClaimResolved,
)
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.refusal import Invalid, NotAllowedInState, NotFound


class NoSuchClaim(NotFound):
    """There is no such claim. Take its id from the order."""


class ClaimAlreadyResolved(NotAllowedInState):
    """The claim was decided already ({resolution}). Open another one for other units."""


class MissingGoodsStayAway(Invalid):
    """{units} claimed units of {sku} never arrived, so they can't come back. Claim them apart from
    those that did.
    """


class ClaimStatus(StrEnum):
    """How far a claim has come."""

    OPEN = "OPEN"
    REPLACED = "REPLACED"
    REFUNDED = "REFUNDED"
    TAKEN_BACK = "TAKEN_BACK"
    REJECTED = "REJECTED"


_STATUS = {
    ClaimResolution.REPLACE: ClaimStatus.REPLACED,
    ClaimResolution.REFUND: ClaimStatus.REFUNDED,
    ClaimResolution.TAKE_BACK: ClaimStatus.TAKEN_BACK,
    ClaimResolution.REJECT: ClaimStatus.REJECTED,
}


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ClaimView:
    """A claim as an answer shows it."""

    id: UUID
    version: int
    order_id: UUID
    status: ClaimStatus
    description: str | None
    lines: tuple[ClaimedQuantity, ...]
    resolved: ClaimResolved | None


class Claim(Aggregate[ClaimEvent]):
    """What a customer complains about."""

    MISSING = NoSuchClaim
    facts: ClaimOpened

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.resolved: ClaimResolved | None = None

    @property
    def order_id(self) -> UUID:
        """The order that the goods were sent for."""
        return self.facts.order_id

    @property
    def units(self) -> dict[UUID, int]:
        """The claimed units, by line."""
        units: dict[UUID, int] = {}
        for line in self.facts.lines:
            units[line.line_id] = units.get(line.line_id, 0) + line.quantity
        return units

    def begin(self, event: ClaimOpened) -> None:
        """Note what is wrong."""
        self.record(event)

    def resolve(self, event: ClaimResolved) -> None:
        """Decide it, once."""
        self.refuse_if_resolved()
        self.record(event)

    def refuse_if_resolved(self) -> None:
        """Refuse when it was decided already."""
        if self.resolved is not None:
            raise ClaimAlreadyResolved(resolution=self.resolved.resolution.lower())

    def refuse_unless_it_arrived(self) -> None:
        """Refuse to have goods come back that never arrived."""
        for line in self.facts.lines:
            if line.problem is ClaimProblem.MISSING:
                raise MissingGoodsStayAway(units=line.quantity, sku=line.sku, field=("resolution",))

    def evolve(self, event: ClaimEvent) -> None:
        match event:
            case ClaimOpened():
                self.facts = event
            case ClaimResolved():
                self.resolved = event
            case _:
                assert_never(event)

    def view(self) -> ClaimView:
        """Show the claim as it is now."""
        status = ClaimStatus.OPEN if self.resolved is None else _STATUS[self.resolved.resolution]
        facts = self.facts
        return ClaimView(
            self.id,
            self.version,
            facts.order_id,
            status,
            facts.description,
            facts.lines,
            self.resolved,
        )
