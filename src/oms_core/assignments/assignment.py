"""The assignment of an order to locations: every decision on it, and who is not asked again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from oms_core.assignments.events import AssignmentEvent, SourcingDecided
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import NotFound


class NoSourcingDecision(NotFound):
    """The order was sourced without rules, from as few locations as possible."""


def assignment_id(order_id: UUID) -> UUID:
    """Give the stream of an order's assignment."""
    return natural_id("assignment", str(order_id))


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """The decisions on an order, the first one first."""

    id: UUID
    version: int
    order_id: UUID
    decisions: tuple[SourcingDecided, ...]


class Assignment(Aggregate[AssignmentEvent]):
    """The decisions on one order."""

    MISSING = NoSourcingDecision

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.decisions: list[SourcingDecided] = []

    def decide(self, decided: SourcingDecided) -> None:
        """Keep a decision with its reasons."""
        self.record(decided)

    def evolve(self, event: AssignmentEvent) -> None:
        self.decisions.append(event)

    def view(self) -> AssignmentView:
        """Show the decisions so far."""
        order_id = self.decisions[0].order_id
        return AssignmentView(self.id, self.version, order_id, tuple(self.decisions))
