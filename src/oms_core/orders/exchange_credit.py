"""Credit of one order that pays for another one, and goes back when it is not needed there."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.orders.events import ExchangeCreditPosted
from oms_core.orders.order import Order

ZERO = Decimal(0)


class GiveExchangeCreditBack(Command):
    """Let credit that a replacement order has too much of be due on the order it came from.

    An order that has none too much is left as it is: asking twice does no harm.
    """

    order_id: UUID

    def target(self) -> UUID:
        return self.order_id


@handles(GiveExchangeCreditBack)
async def give_exchange_credit_back(command: GiveExchangeCreditBack, streams: Streams) -> Order:
    """Move it back, in one transaction with each order that it came from."""
    order = await streams.get(Order, command.order_id)
    origins = await streams.find(Order, order.credits.received)
    for origin in origins:
        spare = min(order.refund_due, order.credits.received[origin.id], order.credits.exchanged)
        if spare > 0:
            carry_over(origin, order, order.credits.sources[origin.id], -spare)
    return order


def carry_over(origin: Order, replacement: Order, credit_id: UUID, amount: Decimal) -> None:
    """Let credit of one order pay for another one; a negative amount goes back."""
    if amount:
        origin.carry_over(
            ExchangeCreditPosted(credit_id=credit_id, amount=-amount, replacement_id=replacement.id)
        )
        replacement.carry_over(
            ExchangeCreditPosted(credit_id=credit_id, amount=amount, origin_id=origin.id)
        )
