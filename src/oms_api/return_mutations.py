"""Commands on returns."""

from __future__ import annotations

from typing import Any

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.gateway import new_id
from oms_api.return_inputs import (
    ApproveReturnInput,
    CancelReturnInput,
    CloseReturnInput,
    ExchangeReturnInput,
    InspectReturnInput,
    ReceiveReturnInput,
    ReceiveReturnItemsInput,
    RecordReturnLabelInput,
    RecordReturnSentInput,
    RefundReturnInput,
    RejectReturnInput,
    RequestReturnInput,
)
from oms_api.returns import ReturnPayload
from oms_core.returns.commands import (
    ApproveReturn,
    CancelReturn,
    CloseReturn,
    RecordReturnLabel,
    RecordReturnSent,
    RejectReturn,
    RequestReturn,
)
from oms_core.returns.exchanging import ExchangeReturn
from oms_core.returns.receiving import InspectReturn, ReceiveReturn, ReceiveReturnItems
from oms_core.returns.refunding import RefundReturn


async def _carry_out(info: Info, given: Any, command: type[Any], **made: Any) -> Answer:
    return await info.context.gateway.carry_out(info.context.cause, given, command, **made)


@strawberry.type
class ReturnMutations:
    """Commands on returns."""

    @mutation(ReturnPayload, "Announce that delivered units are to come back.")
    async def request_return(self, info: Info, input: RequestReturnInput) -> Answer:
        """Open a return."""
        return await _carry_out(info, input, RequestReturn, return_id=new_id())

    @mutation(
        ReturnPayload,
        "Agree to take goods back. Only channels that are configured so need it before goods are"
        " received.",
    )
    async def approve_return(self, info: Info, input: ApproveReturnInput) -> Answer:
        """Approve a return."""
        return await _carry_out(info, input, ApproveReturn)

    @mutation(ReturnPayload, "Don't take goods back.")
    async def reject_return(self, info: Info, input: RejectReturnInput) -> Answer:
        """Reject a return."""
        return await _carry_out(info, input, RejectReturn)

    @mutation(ReturnPayload, "Note which label the customer was given; it replaces an earlier one.")
    async def record_return_label(self, info: Info, input: RecordReturnLabelInput) -> Answer:
        """Note the label."""
        return await _carry_out(info, input, RecordReturnLabel)

    @mutation(ReturnPayload, "Note that the goods are on their way back.")
    async def record_return_sent(self, info: Info, input: RecordReturnSentInput) -> Answer:
        """Note that the goods are on their way."""
        return await _carry_out(info, input, RecordReturnSent)

    @mutation(
        ReturnPayload,
        "Take all outstanding goods of a return in. A refund is a command of its own.",
    )
    async def receive_return(self, info: Info, input: ReceiveReturnInput) -> Answer:
        """Take the goods in."""
        return await _carry_out(info, input, ReceiveReturn)

    @mutation(
        ReturnPayload,
        "Take a part of a return in, anywhere, each unit in its condition. A refund is a command of"
        " its own.",
    )
    async def receive_return_items(self, info: Info, input: ReceiveReturnItemsInput) -> Answer:
        """Take some goods in."""
        return await _carry_out(info, input, ReceiveReturnItems)

    @mutation(
        ReturnPayload,
        "Correct what became of units that came back, until the return is closed: what was set"
        " apart may be restocked or scrapped after a closer look.",
    )
    async def inspect_return(self, info: Info, input: InspectReturnInput) -> Answer:
        """Move units from one condition to another."""
        return await _carry_out(info, input, InspectReturn)

    @mutation(
        ReturnPayload,
        "Let the customer owe less for units of a return, to the cent what they were sold for, less"
        " a restocking fee. `refundPayment` then gives the money back.",
    )
    async def refund_return(self, info: Info, input: RefundReturnInput) -> Answer:
        """Grant a refund."""
        return await _carry_out(info, input, RefundReturn, credit_id=new_id())

    @mutation(
        ReturnPayload,
        "Place an order in exchange for units of a return and carry over what they were sold for,"
        " at once or not at all. What the new order costs more is to be paid; what it costs less is"
        " due for a refund of the first one.",
    )
    async def exchange_return(self, info: Info, input: ExchangeReturnInput) -> Answer:
        """Exchange goods: under the caller's number, or under the next that nobody has taken."""
        context = info.context
        return await context.gateway.carry_out_numbered(
            context.cause, input, ExchangeReturn, moment="placed_at", credit_id=new_id()
        )

    @mutation(ReturnPayload, "Give a return up before anything came back.")
    async def cancel_return(self, info: Info, input: CancelReturnInput) -> Answer:
        """Cancel a return."""
        return await _carry_out(info, input, CancelReturn)

    @mutation(
        ReturnPayload,
        "End a return. What did not come back is not expected any more, and may be returned some"
        " other time.",
    )
    async def close_return(self, info: Info, input: CloseReturnInput) -> Answer:
        """Close a return."""
        return await _carry_out(info, input, CloseReturn)
