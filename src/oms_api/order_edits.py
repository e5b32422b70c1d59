"""Editing an order that was placed: a look at what would come of it, and the edit itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from pydantic import ValidationError

from oms_api.answers import Answer, UserError
from oms_api.context import Info
from oms_api.declare import mutation, query
from oms_api.edit_inputs import EditOrderInput
from oms_api.folded_streams import FoldedStreams
from oms_api.gateway import user_error
from oms_api.money import Money
from oms_api.order_types import Order
from oms_api.orders import OrderPayload
from oms_api.rehearsal import Rehearsal
from oms_api.sources import SourcedOrder
from oms_api.wrong_fields import user_errors
from oms_core.kernel import money
from oms_core.kernel.refusal import Refusal, VersionConflict
from oms_core.orders.edit_commands import EditOrder
from oms_core.orders.order import Order as OrderAggregate
from oms_core.orders.view import OrderView
from oms_core.stock.events import ReservationReleased, StockReserved
from oms_core.stock.stock_item import StockItem


@dataclass(frozen=True, slots=True)
class EffectOnStock:
    """So many units more are reserved of a SKU at a location, or fewer."""

    sku: str
    location: str
    reserved: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of an edit; `order` is None when it would be refused."""

    order: SourcedOrder | None = None
    before: OrderView | None = None
    stock: Sequence[EffectOnStock] = ()
    user_errors: Sequence[UserError] = field(default_factory=list)

    @property
    def difference(self) -> money.Money | None:
        """What the total grows by, or shrinks by when it is negative."""
        if self.order is None or self.before is None:
            return None
        return _amount(self.order.view, self.order.view.total - self.before.total)

    @property
    def owed(self) -> money.Money | None:
        """What is still to be collected afterwards."""
        return None if self.order is None else _amount(self.order.view, self.order.view.balance_due)

    @property
    def to_refund(self) -> money.Money | None:
        """What was collected too much then."""
        return None if self.order is None else _amount(self.order.view, self.order.view.refund_due)


def _amount(view: OrderView, amount: Decimal) -> money.Money:
    return money.Money(money.rounded(amount, view.currency), view.currency)


@strawberry.type(description="Units that an edit would reserve at a location, or free there.")
class StockEffect:
    """Resolved from `EffectOnStock`."""

    sku: str = strawberry.field(description="What is kept.")
    location: str = strawberry.field(description="The location's code.")
    reserved: int = strawberry.field(
        description="Units that would be reserved in addition; freed when negative."
    )


@strawberry.type(description="What would come of an edit. Nothing was changed.")
class OrderEditPreview:
    """Resolved from `Preview`."""

    order: Order | None = strawberry.field(
        description="The order as it would be; null when the edit would be refused."
    )
    difference: Money | None = strawberry.field(
        description="What the total would grow by; it would shrink when negative."
    )
    owed: Money | None = strawberry.field(
        description="What would still have to be collected: the total less what was captured and"
        " not refunded."
    )
    to_refund: Money | None = strawberry.field(
        description="What would have been collected too much."
    )
    stock: list[StockEffect] = strawberry.field(
        description="What would be reserved and freed. Units that find no stock are `backordered`"
        " in the order's lines."
    )
    user_errors: list[UserError] = strawberry.field(description="Why the edit would be refused.")


@strawberry.type
class OrderEditQueries:
    """Looks ahead."""

    @query(
        OrderEditPreview,
        "What `editOrder` with the same input would do at this moment. Nothing is changed, and the"
        " idempotency key is not used.",
    )
    async def preview_order_edit(
        self,
        info: Info,
        *,
        input: Annotated[EditOrderInput, strawberry.argument(description="What is to be changed.")],
    ) -> Preview:
        """Handle the very same command, on copies."""
        try:
            facts = input.facts() | {"edited_at": datetime.now(UTC)}
            command = EditOrder.model_validate(facts)
            return await _rehearsed(command, input.expected_version, info.context.now())
        except Refusal as refusal:
            return Preview(user_errors=[user_error(refusal)])
        except ValidationError as error:
            return Preview(user_errors=user_errors(error))


@strawberry.type
class OrderEditMutations:
    """Edits."""

    @mutation(
        OrderPayload,
        "Change an order that was placed: lines, prices, addresses, shipping. Stock is reserved and"
        " freed in the same step. What was shipped can't be edited away.",
    )
    async def edit_order(self, info: Info, input: EditOrderInput) -> Answer:
        """Edit an order."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, EditOrder, moment="edited_at"
        )


async def _rehearsed(command: EditOrder, expected: int | None, source: FoldedStreams) -> Preview:
    rehearsal = Rehearsal(source)
    order = await rehearsal.get(OrderAggregate, command.order_id)
    if expected is not None and expected != order.version:
        raise VersionConflict(expected=expected, current=order.version, field=("expected_version",))
    before = order.view()
    await rehearsal.play(command)
    return Preview(SourcedOrder(order.view(), source), before, list(_effects(rehearsal)))


def _effects(rehearsal: Rehearsal) -> Iterator[EffectOnStock]:
    for item in rehearsal.touched:
        if isinstance(item, StockItem) and (units := sum(map(_units, item.pending))):
            yield EffectOnStock(item.sku, item.location, units)


def _units(event: Any) -> int:
    match event:
        case StockReserved():
            return sum(line.quantity for line in event.lines)
        case ReservationReleased():
            return -sum(line.quantity for line in event.lines)
        case _:
            return 0
