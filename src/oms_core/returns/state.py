"""The state of a return, folded from its events.

Conserved for every line: `requested = outstanding + received + kept + not expected any more`, and
each received unit is in exactly one condition at one location.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.returns import events
from oms_core.returns.events import Condition, ReturnedQuantity, ReturnEvent
from oms_core.returns.refusals import NoSuchReturn
from oms_core.returns.view import ReturnLineView, ReturnStatus, ReturnView

ZERO = Decimal(0)
Place = tuple[UUID, str, Condition]
"""Where received units are: their line, their location, and what became of them."""


class ReturnState(Aggregate[ReturnEvent]):
    """What became of a return so far, and the questions that decisions ask of it."""

    MISSING = NoSuchReturn
    facts: events.ReturnRequested

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.ended: ReturnStatus | None = None
        self.approved = self.sent = False
        self.decision: str | None = None
        self.carrier: str | None = None
        self.label_reference: str | None = None
        self.tracking_number: str | None = None
        self.requested: Counter[UUID] = Counter()
        self.outstanding: Counter[UUID] = Counter()
        self.kept: Counter[UUID] = Counter()
        self.places: dict[Place, int] = {}
        self.credited: Counter[UUID] = Counter()
        self.resolutions: list[events.ReturnResolved] = []

    @property
    def order_id(self) -> UUID:
        """The order that the goods were sent for."""
        return self.facts.order_id

    @property
    def received(self) -> Counter[UUID]:
        """Units that came back, by line."""
        units: Counter[UUID] = Counter()
        for (line_id, _, _), quantity in self.places.items():
            units[line_id] += quantity
        return units

    @property
    def status(self) -> ReturnStatus:
        """How far it has come."""
        if self.ended is not None:
            return self.ended
        if self.places:
            whole = not self.outstanding.total()
            return ReturnStatus.RECEIVED if whole else ReturnStatus.PARTIALLY_RECEIVED
        if not self.outstanding.total():
            return ReturnStatus.CLOSED
        if self.sent:
            return ReturnStatus.IN_TRANSIT
        return ReturnStatus.APPROVED if self.approved else ReturnStatus.REQUESTED

    def origins(self) -> Iterator[tuple[UUID, str, int]]:
        """Tell where the units came from that came back, still may, or are kept.

        Of those that are not expected any more it is the last ones that are left out.
        """
        left = self.outstanding + self.received + self.kept
        for line in self.facts.lines:
            units = min(left[line.line_id], line.quantity)
            left[line.line_id] -= units
            if units:
                yield line.line_id, line.location, units

    def sku(self, line_id: UUID) -> str:
        """The SKU of one of its lines."""
        return next(line.sku for line in self.facts.lines if line.line_id == line_id)

    def evolve(self, event: ReturnEvent) -> None:
        match event:
            case events.ReturnRequested():
                self.facts = event
                for line in event.lines:
                    self.requested[line.line_id] += line.quantity
                self.outstanding = self.requested.copy()
            case events.ReturnApproved():
                self.approved, self.decision = True, event.note
            case events.ReturnRejected():
                self._end(ReturnStatus.REJECTED, event.reason)
            case events.ReturnLabelRecorded():
                self.carrier, self.label_reference = event.carrier, event.label_reference
                self.tracking_number = event.tracking_number
            case events.ReturnSent():
                self.sent = True
                self.carrier = event.carrier or self.carrier
                self.tracking_number = event.tracking_number or self.tracking_number
            case events.ReturnItemsReceived():
                for part in event.lines:
                    self.outstanding[part.line_id] -= part.quantity
                    self._move(part, part.quantity)
            case events.ReturnItemsInspected():
                for inspected in event.lines:
                    were = inspected.model_copy(update={"condition": inspected.were})
                    self._move(were, -inspected.quantity)
                    self._move(inspected, inspected.quantity)
            case events.ReturnResolved():
                self._resolved(event)
            case events.ReturnCancelled():
                self._end(ReturnStatus.CANCELLED, event.reason)
            case events.ReturnClosed():
                self._end(ReturnStatus.CLOSED, self.decision)
            case _:
                assert_never(event)

    def _end(self, status: ReturnStatus, decision: str | None) -> None:
        self.ended, self.decision = status, decision
        self.outstanding = Counter()

    def _move(self, line: ReturnedQuantity, units: int) -> None:
        place: Place = line.line_id, line.location, line.condition
        left = self.places.pop(place, 0) + units
        if left:
            self.places[place] = left

    def _resolved(self, event: events.ReturnResolved) -> None:
        self.resolutions.append(event)
        for line in event.lines:
            self.credited[line.line_id] += line.quantity
        for part in event.kept:
            self.outstanding[part.line_id] -= part.quantity
            self.kept[part.line_id] += part.quantity

    def view(self) -> ReturnView:
        """Show the return as it is now."""
        return ReturnView(
            id=self.id,
            version=self.version,
            order_id=self.order_id,
            claim_id=self.facts.claim_id,
            status=self.status,
            reason=self.facts.reason,
            needs_approval=self.facts.policy.needs_approval,
            decision=self.decision,
            carrier=self.carrier,
            label_reference=self.label_reference,
            tracking_number=self.tracking_number,
            lines=tuple(self._lines(self.received)),
            received=tuple(self._received()),
            resolutions=tuple(self.resolutions),
        )

    def _lines(self, received: Mapping[UUID, int]) -> Iterator[ReturnLineView]:
        told = {line.line_id: line for line in reversed(self.facts.lines)}
        for line_id, quantity in self.requested.items():
            yield ReturnLineView(
                line_id=line_id,
                sku=told[line_id].sku,
                quantity=quantity,
                reason=told[line_id].reason,
                comment=told[line_id].comment,
                outstanding=self.outstanding[line_id],
                received=received[line_id],
                kept=self.kept[line_id],
                credited=self.credited[line_id],
            )

    def _received(self) -> Iterator[ReturnedQuantity]:
        for (line_id, location, condition), quantity in self.places.items():
            yield ReturnedQuantity(
                line_id=line_id,
                sku=self.sku(line_id),
                quantity=quantity,
                location=location,
                condition=condition,
            )
