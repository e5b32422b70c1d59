"""What became of an order's units after they arrived: returns and claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import assert_never
from uuid import UUID

from oms_core.orders import events
from oms_core.orders.line import OrderLine
from oms_core.orders.quantities import LineQuantity

AftercareEvent = (
    events.LinesReturnRequested
    | events.LinesReturned
    | events.LinesReturnWithdrawn
    | events.LinesClaimed
    | events.ClaimEnded
)


class Aftercare:
    """The units of each return that came back or still may, and those of each claim."""

    def __init__(self) -> None:
        self.returns: dict[UUID, Counter[UUID]] = {}
        self.claims: dict[UUID, Counter[UUID]] = {}

    def apply(self, event: AftercareEvent, lines: Mapping[UUID, OrderLine]) -> None:
        """Apply what happened to a return or a claim."""
        match event:
            case events.LinesReturnRequested():
                self.returns[event.return_id] = _counted(event.lines)
                for part in event.lines:
                    lines[part.line_id].return_requested += part.quantity
            case events.LinesReturned():
                for part in event.lines:
                    lines[part.line_id].return_requested -= part.quantity
                    lines[part.line_id].returned += part.quantity
            case events.LinesReturnWithdrawn():
                self.returns[event.return_id] -= _counted(event.lines)
                for part in event.lines:
                    lines[part.line_id].return_requested -= part.quantity
                    lines[part.line_id].settled += part.quantity if event.kept else 0
            case events.LinesClaimed():
                self.claims[event.claim_id] = _counted(event.lines)
                for part in event.lines:
                    lines[part.line_id].claimed += part.quantity
            case events.ClaimEnded():
                for line_id, units in self.claims[event.claim_id].items():
                    lines[line_id].claimed -= units
                    lines[line_id].settled += units if event.settled else 0
            case _:
                assert_never(event)


def _counted(parts: Iterable[LineQuantity]) -> Counter[UUID]:
    return Counter({part.line_id: part.quantity for part in parts})
