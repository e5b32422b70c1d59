"""The policy by which orders are sourced: the rules that hold, and which version they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import NotAllowedInState
from oms_core.sourcing.events import (
    SourcingEvent,
    SourcingRulesPublished,
    SourcingRulesWithdrawn,
)
from oms_core.sourcing.rules import SourcingRules
from oms_core.sourcing.survey import Surveyor

POLICY = natural_id("sourcing-policy")
"""The stream of the installation's one policy."""


class NoSourcingRules(NotAllowedInState):
    """There are no sourcing rules to withdraw. Orders are sourced from as few locations as
    possible.
    """


@dataclass(frozen=True, slots=True)
class SourcingPolicyView:
    """The rules that hold; None when orders are sourced without."""

    id: UUID
    version: int
    rules: SourcingRules | None


class SourcingPolicy(Aggregate[SourcingEvent]):
    """One set of rules at a time."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.rules: SourcingRules | None = None
        self.surveyor: Surveyor | None = None

    def publish(self, rules: SourcingRules) -> None:
        """Let these rules hold; nothing happens when they do already."""
        if rules != self.rules:
            self.record(SourcingRulesPublished(rules=rules))

    def withdraw(self, reason: str) -> None:
        """Source without rules again."""
        if self.rules is None:
            raise NoSourcingRules()
        self.record(SourcingRulesWithdrawn(reason=reason))

    def evolve(self, event: SourcingEvent) -> None:
        match event:
            case SourcingRulesPublished():
                self.rules = event.rules
                self.surveyor = Surveyor(event.rules, self.version + 1)
            case SourcingRulesWithdrawn():
                self.rules = self.surveyor = None
            case _:
                assert_never(event)

    def view(self) -> SourcingPolicyView:
        """Show the policy as it is now."""
        return SourcingPolicyView(self.id, self.version, self.rules)
