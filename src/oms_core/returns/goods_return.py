"""A return: goods that a customer sends back. Here is what may be decided about it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from oms_core.returns import events
from oms_core.returns.events import InspectedQuantity, ReturnedQuantity
from oms_core.returns.refusals import (
    ReturnAlreadyApproved,
    ReturnAlreadyReceived,
    ReturnAlreadyRefunded,
    ReturnAlreadySent,
    ReturnIsOver,
    ReturnNotApproved,
    TooFewUnitsOutstanding,
)
from oms_core.returns.state import ReturnState
from oms_core.returns.view import ReturnStatus

OVER = (ReturnStatus.REJECTED, ReturnStatus.CANCELLED, ReturnStatus.CLOSED)


class Return(ReturnState):
    """Goods on their way back."""

    def request(self, event: events.ReturnRequested) -> None:
        """Open the return."""
        self.record(event)

    def approve(self, note: str | None) -> None:
        """Agree to take the goods back, once."""
        self.refuse_if_over()
        if self.approved or self.places:
            raise ReturnAlreadyApproved()
        self.record(events.ReturnApproved(note=note))

    def reject(self, reason: str) -> None:
        """Don't take the goods back. One that was approved can be cancelled instead."""
        self.refuse_unless_untouched()
        if self.approved:
            raise ReturnAlreadyApproved()
        self.record(events.ReturnRejected(reason=reason))

    def label(self, label: events.ReturnLabelRecorded) -> None:
        """Note the label that the customer was given; nothing happens when it is known."""
        self.refuse_unless_expected()
        known = self.carrier, self.label_reference, self.tracking_number
        if (label.carrier, label.label_reference, label.tracking_number) != known:
            self.record(label)

    def send(self, sent: events.ReturnSent) -> None:
        """Note that the goods are on their way, once."""
        self.refuse_unless_expected()
        if self.sent:
            raise ReturnAlreadySent()
        self.record(sent)

    def receive(self, lines: Iterable[ReturnedQuantity]) -> None:
        """Take units in that are expected."""
        lines = tuple(lines)
        self.refuse_unless_outstanding(lines)
        self.record(events.ReturnItemsReceived(lines=lines))

    def inspect(self, lines: Iterable[InspectedQuantity]) -> None:
        """Note that units are in another condition than they were thought to be."""
        self.record(events.ReturnItemsInspected(lines=tuple(lines)))

    def resolve(self, resolved: events.ReturnResolved) -> None:
        """Compensate the customer, as `refunding` has it."""
        self.record(resolved)

    def cancel(self, reason: str) -> None:
        """Give the return up, before anything came back or was refunded."""
        self.refuse_unless_untouched()
        self.record(events.ReturnCancelled(reason=reason))

    def close(self) -> None:
        """End the return; what is outstanding is not expected any more."""
        self.refuse_if_over()
        self.record(events.ReturnClosed())

    def refuse_if_over(self) -> None:
        """Refuse when the return was rejected, cancelled or closed."""
        if self.status in OVER:
            raise ReturnIsOver(status=self.status.lower())

    def refuse_unless_untouched(self) -> None:
        """Refuse when it is over, something came back already, or was refunded."""
        self.refuse_if_over()
        if self.places:
            raise ReturnAlreadyReceived()
        if self.resolutions:
            raise ReturnAlreadyRefunded()

    def refuse_unless_expected(self) -> None:
        """Refuse when no goods are expected, or it was not agreed to take them back."""
        self.refuse_if_over()
        if self.status is ReturnStatus.RECEIVED:
            raise ReturnAlreadyReceived()
        if self.facts.policy.needs_approval and not self.approved:
            raise ReturnNotApproved()

    def refuse_unless_outstanding(self, lines: Iterable[ReturnedQuantity]) -> None:
        """Refuse when more units would come back than are expected."""
        self.refuse_unless_expected()
        wanted: dict[UUID, int] = {}
        for line in lines:
            wanted[line.line_id] = wanted.get(line.line_id, 0) + line.quantity
        for line_id, units in wanted.items():
            if units > self.outstanding[line_id]:
                raise TooFewUnitsOutstanding(
                    wanted=units,
                    sku=self.sku(line_id),
                    outstanding=self.outstanding[line_id],
                    field=("lines",),
                )
