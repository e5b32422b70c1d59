"""Holds: why an order must wait, and who may let it go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class HoldKind(StrEnum):
    """What kind of doubt there is."""

    FRAUD = "FRAUD"
    ADDRESS = "ADDRESS"
    PAYMENT = "PAYMENT"
    STOCK = "STOCK"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Hold:
    """One open hold, as an answer shows it. `only_by` names who may release it; nobody: anyone."""

    hold_id: UUID
    kind: HoldKind
    reason: str
    placed_at: datetime | None = None
    escalates_at: datetime | None = None
    escalated: bool = False
    only_by: tuple[str, ...] = ()

    def escalate(self) -> Hold:
        """Note that it waited too long."""
        return replace(self, escalated=True)

    def may_be_released_by(self, who: str | None) -> bool:
        """Tell whether somebody may release it."""
        return not self.only_by or who in self.only_by
