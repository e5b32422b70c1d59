"""Why claimed goods come back, as a return says it. The shop is at fault: no fee is taken."""

from __future__ import annotations

from oms_core.claims.claim import Claim
from oms_core.claims.events import ClaimProblem
from oms_core.returns.events import RequestedQuantity
from oms_core.returns.policy import ReturnReason

REASONS = {
    ClaimProblem.DAMAGED: ReturnReason.DAMAGED,
    ClaimProblem.WRONG_ITEM: ReturnReason.WRONG_ITEM,
    ClaimProblem.DEFECTIVE: ReturnReason.DEFECTIVE,
}


def told(claim: Claim, units: RequestedQuantity) -> RequestedQuantity:
    """Say of units to send back what the claim says of their line: the first of its problems."""
    line = next(line for line in claim.facts.lines if line.line_id == units.line_id)
    return units.model_copy(update={"reason": REASONS[line.problem], "comment": line.comment})
