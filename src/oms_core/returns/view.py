"""A return as an answer shows it. The read table holds exactly these values."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from oms_core.returns.events import ReturnedQuantity, ReturnResolved
from oms_core.returns.policy import ReturnReason


class ReturnStatus(StrEnum):
    """How far a return has come."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    IN_TRANSIT = "IN_TRANSIT"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED"
    RECEIVED = "RECEIVED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ReturnLineView:
    """Units of one order line. `quantity = outstanding + received + kept`, until it is closed."""

    line_id: UUID
    sku: str
    quantity: int
    reason: ReturnReason | None
    comment: str | None
    outstanding: int
    received: int
    kept: int
    credited: int


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class ReturnView:
    """A return after its event number `version`."""

    id: UUID
    version: int
    order_id: UUID
    claim_id: UUID | None
    status: ReturnStatus
    reason: str
    needs_approval: bool
    decision: str | None
    carrier: str | None
    label_reference: str | None
    tracking_number: str | None
    lines: tuple[ReturnLineView, ...]
    received: tuple[ReturnedQuantity, ...]
    resolutions: tuple[ReturnResolved, ...]
