"""Commands on stock through the API."""

from __future__ import annotations

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.locations import Location
from oms_api.stock_inputs import (
    AdjustStockInput,
    CancelSupplyInput,
    ChangeStockConditionInput,
    CountStockInput,
    ExpectSuppliesInput,
    ExpectSupplyInput,
    ReceiveStockInput,
    ReceiveSuppliesInput,
    ReviseSupplyInput,
    ScrapStockInput,
    SetChannelSafetyStockInput,
    SetChannelShareInput,
    SetStockPolicyInput,
)
from oms_api.stock_types import StockItem
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.inbound_commands import ExpectSupplies, ReceiveSupplies
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply


@strawberry.type(description="What became of a command on stock.")
class StockPayload(Payload):
    """What became of a command on stock."""

    stock_item: StockItem | None = resolved(
        the_view, StockItem | None, "The stock right after the command; null when it was refused."
    )


@strawberry.type(description="What became of a command on a supply of many SKUs.")
class SuppliesPayload(Payload):
    """What became of a command on a supply of many SKUs."""

    location: Location | None = resolved(
        the_view, Location | None, "Where the goods come to; null when it was refused."
    )


@strawberry.type
class StockMutations:
    """Commands on stock."""

    @mutation(StockPayload, "Take goods in at a location.")
    async def receive_stock(self, info: Info, input: ReceiveStockInput) -> Answer:
        """Take goods in."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ReceiveStock, moment="received_at"
        )

    @mutation(StockPayload, "Correct what is on hand by a difference, with the reason.")
    async def adjust_stock(self, info: Info, input: AdjustStockInput) -> Answer:
        """Correct the figure."""
        return await info.context.gateway.carry_out(info.context.cause, input, AdjustStock)

    @mutation(StockPayload, "Set what is on hand to what was counted; the difference is booked.")
    async def count_stock(self, info: Info, input: CountStockInput) -> Answer:
        """Take over a count."""
        return await info.context.gateway.carry_out(info.context.cause, input, CountStock)

    @mutation(StockPayload, "Put units on quality hold, release them, or mark them damaged.")
    async def change_stock_condition(self, info: Info, input: ChangeStockConditionInput) -> Answer:
        """Move units between conditions."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ChangeStockCondition, moment="changed_at"
        )

    @mutation(StockPayload, "Throw units away.")
    async def scrap_stock(self, info: Info, input: ScrapStockInput) -> Answer:
        """Throw units away."""
        return await info.context.gateway.carry_out(info.context.cause, input, ScrapStock)

    @mutation(StockPayload, "Keep units back from promises, or promise without stock.")
    async def set_stock_policy(self, info: Info, input: SetStockPolicyInput) -> Answer:
        """Set the policy."""
        return await info.context.gateway.carry_out(info.context.cause, input, SetStockPolicy)

    @mutation(StockPayload, "Set free units aside for one channel.")
    async def set_channel_share(self, info: Info, input: SetChannelShareInput) -> Answer:
        """Set units aside."""
        return await info.context.gateway.carry_out(info.context.cause, input, SetChannelShare)

    @mutation(StockPayload, "Keep the last units back from one channel.")
    async def set_channel_safety_stock(
        self, info: Info, input: SetChannelSafetyStockInput
    ) -> Answer:
        """Keep units back from a channel."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, SetChannelSafetyStock
        )

    @mutation(StockPayload, "Announce units that will come, and when.")
    async def expect_supply(self, info: Info, input: ExpectSupplyInput) -> Answer:
        """Announce supply."""
        return await info.context.gateway.carry_out(info.context.cause, input, ExpectSupply)

    @mutation(
        SuppliesPayload,
        "Announce units of many SKUs that come to one location: a purchase order or shipping notice"
        " as a whole, or nothing of it.",
    )
    async def expect_supplies(self, info: Info, input: ExpectSuppliesInput) -> Answer:
        """Announce supply of many SKUs."""
        return await info.context.gateway.carry_out(info.context.cause, input, ExpectSupplies)

    @mutation(
        SuppliesPayload,
        "Take in what came of a supply of many SKUs: more or less than was announced, all of these"
        " lines or none.",
    )
    async def receive_supplies(self, info: Info, input: ReceiveSuppliesInput) -> Answer:
        """Take in what came."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, ReceiveSupplies, moment="received_at"
        )

    @mutation(StockPayload, "Announce another quantity or day of a supply.")
    async def revise_supply(self, info: Info, input: ReviseSupplyInput) -> Answer:
        """Revise supply."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReviseSupply)

    @mutation(StockPayload, "Announce that nothing more of a supply will come.")
    async def cancel_supply(self, info: Info, input: CancelSupplyInput) -> Answer:
        """Cancel supply."""
        return await info.context.gateway.carry_out(info.context.cause, input, CancelSupply)
