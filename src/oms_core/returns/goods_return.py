"""A return: which delivered goods come back, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.refusal import NotAllowedInState, NotFound
from oms_core.orders.quantities import SourcedQuantity
from oms_core.returns.events import (
    Condition,
    ReturnedQuantity,
    ReturnEvent,
    ReturnItemsReceived,
    ReturnRequested,
)


class NoSuchReturn(NotFound):
    """There is no such return. Take its id from the order."""


class ReturnAlreadyReceived(NotAllowedInState):
    """The goods of this return were received already."""


class ReturnStatus(StrEnum):
    """How far a return has come."""

    REQUESTED = "REQUESTED"
    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as an answer shows it."""

    id: UUID
    version: int
    order_id: UUID
    status: ReturnStatus
    reason: str
    lines: tuple[SourcedQuantity, ...]


class Return(Aggregate[ReturnEvent]):
    """Goods on their way back."""

    MISSING = NoSuchReturn
    order_id: UUID
    reason: str

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status = ReturnStatus.REQUESTED
        self.lines: tuple[SourcedQuantity, ...] = ()

    def request(self, event: ReturnRequested) -> None:
        """Open the return."""
        self.record(event)

    def receive(self, condition: Condition) -> None:
        """Take all of it back in, once."""
        if self.status is not ReturnStatus.REQUESTED:
            raise ReturnAlreadyReceived()
        self.record(
            ReturnItemsReceived(
                lines=tuple(
                    ReturnedQuantity(**line.model_dump(), condition=condition)
                    for line in self.lines
                )
            )
        )

    def evolve(self, event: ReturnEvent) -> None:
        match event:
            case ReturnRequested():
                self.order_id, self.lines, self.reason = event.order_id, event.lines, event.reason
            case ReturnItemsReceived():
                self.status = ReturnStatus.RECEIVED
            case _:
                assert_never(event)

    def view(self) -> ReturnView:
        """Show the return as it is now."""
        return ReturnView(
            self.id, self.version, self.order_id, self.status, self.reason, self.lines
        )
