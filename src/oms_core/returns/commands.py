"""Commands on returns, until the goods come. `receiving`, `refunding` and `exchanging` go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated
from uuid import UUID

from pydantic import Field

from oms_core.channels.channel import Channel, channel_id
from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, LongText, Number, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command, Message
from oms_core.orders.commands import WantedQuantities, summed
from oms_core.orders.order import Order
from oms_core.orders.quantities import MOST_LINES
from oms_core.returns.events import (
    RequestedQuantity,
    ReturnLabelRecorded,
    ReturnRequested,
    ReturnSent,
)
from oms_core.returns.goods_return import Return
from oms_core.returns.policy import ReturnReason
from oms_core.returns.refusals import ReasonOfOtherLine


class LineReason(Message):
    """Why the units of one line come back."""

    line_id: UUID
    reason: ReturnReason
    comment: LongText | None = None


LineReasons = Annotated[tuple[LineReason, ...], Field(max_length=MOST_LINES)]


class RequestReturn(Command):
    """Announce that delivered units are to come back."""

    return_id: UUID
    order_id: UUID
    lines: WantedQuantities
    reason: Text
    reasons: LineReasons = ()

    def target(self) -> UUID:
        return self.order_id


class OnReturn(Command):
    """A command on one return."""

    return_id: UUID

    def target(self) -> UUID:
        return self.return_id


class ApproveReturn(OnReturn):
    """Agree to take the goods back."""

    note: Text | None = None


class RejectReturn(OnReturn):
    """Don't take the goods back."""

    reason: Text


class RecordReturnLabel(OnReturn):
    """Note which label the customer was given to send the goods with."""

    carrier: Code
    label_reference: Text | None = None
    tracking_number: Number | None = None


class RecordReturnSent(OnReturn):
    """Note that the goods are on their way."""

    carrier: Code | None = None
    tracking_number: Number | None = None


class CancelReturn(OnReturn):
    """Give a return up before anything came back: the customer keeps the goods."""

    reason: Text


class CloseReturn(OnReturn):
    """End a return: what did not come back is not expected any more."""


@handles(RequestReturn)
async def request_return(command: RequestReturn, streams: Streams) -> Return:
    """Open a return; refused beyond what arrived and is in no return or claim yet."""
    order = await streams.get(Order, command.order_id)
    earlier = await streams.find(Return, order.returns)
    [channel] = await streams.find(Channel, [channel_id(order.terms.channel)])
    wanted = summed(command.lines)
    reasons = _reasons(command, wanted)
    order.request_return(command.return_id, wanted)
    goods = Return(command.return_id)
    goods.request(
        ReturnRequested(
            order_id=order.id,
            lines=tuple(_told(origins(order, earlier, wanted), reasons)),
            reason=command.reason,
            policy=channel.return_policy,
        )
    )
    streams.add(goods)
    return goods


@handles(ApproveReturn)
async def approve_return(command: ApproveReturn, streams: Streams) -> Return:
    """Approve; only channels that say so need it before goods are received."""
    goods = await streams.get(Return, command.return_id)
    goods.approve(command.note)
    return goods


@handles(RejectReturn)
async def reject_return(command: RejectReturn, streams: Streams) -> Return:
    """Reject; the units may be returned some other time."""
    goods, order = await with_order(command, streams)
    outstanding = goods.outstanding.copy()
    goods.reject(command.reason)
    order.withdraw_return(goods.id, outstanding)
    return goods


@handles(RecordReturnLabel)
async def record_return_label(command: RecordReturnLabel, streams: Streams) -> Return:
    """Note the label."""
    goods = await streams.get(Return, command.return_id)
    goods.label(ReturnLabelRecorded(**command.model_dump(exclude={"return_id"})))
    return goods


@handles(RecordReturnSent)
async def record_return_sent(command: RecordReturnSent, streams: Streams) -> Return:
    """Note that the goods are on their way."""
    goods = await streams.get(Return, command.return_id)
    goods.send(ReturnSent(**command.model_dump(exclude={"return_id"})))
    return goods


@handles(CancelReturn)
async def cancel_return(command: CancelReturn, streams: Streams) -> Return:
    """Cancel; the units may be returned some other time."""
    goods, order = await with_order(command, streams)
    outstanding = goods.outstanding.copy()
    goods.cancel(command.reason)
    order.withdraw_return(goods.id, outstanding)
    return goods


@handles(CloseReturn)
async def close_return(command: CloseReturn, streams: Streams) -> Return:
    """Close; units that did not come back may be returned some other time."""
    goods, order = await with_order(command, streams)
    outstanding = goods.outstanding.copy()
    goods.close()
    order.withdraw_return(goods.id, outstanding)
    return goods


async def with_order(command: OnReturn, streams: Streams) -> tuple[Return, Order]:
    """Load a return and its order."""
    goods = await streams.get(Return, command.return_id)
    return goods, await streams.get(Order, goods.order_id)


def origins(
    order: Order, earlier: Iterable[Return], wanted: Mapping[UUID, int]
) -> Iterator[RequestedQuantity]:
    """Tell where units came from: the earliest delivery first that no return has taken."""
    taken: Counter[tuple[UUID, str]] = Counter()
    for goods in earlier:
        for line_id, location, units in goods.origins():
            taken[line_id, location] += units
    for line_id, quantity in wanted.items():
        left = quantity
        for release in order.arrivals:
            arrived, place = release.lines[line_id], (line_id, release.location)
            gone = min(arrived, taken[place])
            taken[place] -= gone
            if units := min(left, arrived - gone):
                yield RequestedQuantity(
                    line_id=line_id,
                    sku=order.lines[line_id].terms.sku,
                    quantity=units,
                    location=release.location,
                )
            left -= units


def _reasons(command: RequestReturn, wanted: Mapping[UUID, int]) -> dict[UUID, LineReason]:
    for i, line in enumerate(command.reasons):
        if line.line_id not in wanted:
            raise ReasonOfOtherLine(line_id=line.line_id, field=("reasons", str(i), "line_id"))
    return {line.line_id: line for line in command.reasons}


def _told(
    lines: Iterable[RequestedQuantity], reasons: Mapping[UUID, LineReason]
) -> Iterator[RequestedQuantity]:
    for line in lines:
        given = reasons.get(line.line_id)
        told = {} if given is None else {"reason": given.reason, "comment": given.comment}
        yield line.model_copy(update=told)
