"""What happens to the rules of sourcing. One stream for the installation."""

from __future__ import annotations

from typing import ClassVar

from oms_core.kernel.message import Event
from oms_core.sourcing.rules import SourcingRules


class SourcingRulesPublished(Event):
    """Orders are sourced by these rules from now on. The event's version is that of the rules."""

    TOPIC: ClassVar[str] = "sourcing.SourcingRulesPublished.v1"
    rules: SourcingRules


class SourcingRulesWithdrawn(Event):
    """Orders are sourced without rules from now on: from as few locations as possible."""

    TOPIC: ClassVar[str] = "sourcing.SourcingRulesWithdrawn.v1"
    reason: str


SourcingEvent = SourcingRulesPublished | SourcingRulesWithdrawn
