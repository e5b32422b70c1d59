"""Inputs of the mutations on stock."""

from __future__ import annotations

from datetime import date

import strawberry

from oms_api.inputs import DatedInput, VersionedInput
from oms_api.stock_conditions import StockCondition


@strawberry.input
class OnStockInput(VersionedInput):
    """What every input on stock names."""

    sku: str = strawberry.field(description="What it is about; a registered product.")
    location: str = strawberry.field(description="Code of a registered location.")


@strawberry.input(description="Take goods in at a location.")
class ReceiveStockInput(OnStockInput):
    """Take goods in at a location."""

    quantity: int = strawberry.field(description="How many units, 1 or more.")
    reference: str | None = strawberry.field(
        default=None, description="The delivery note or purchase order, for instance."
    )
    condition: StockCondition = strawberry.field(
        default=StockCondition.AVAILABLE, description="The condition in which they came."
    )
    supply: str | None = strawberry.field(
        default=None,
        description="The announced supply that they belong to. More may come than was announced.",
    )
    supply_complete: bool = strawberry.field(
        default=False, description="Nothing more of the supply will come, though less did."
    )
    lot: str | None = strawberry.field(
        default=None, description="The lot that they are of: for products that keep lots."
    )
    best_before: date | None = strawberry.field(
        default=None, description="The lot's best-before date, if it has one."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(description="Correct what is on hand by a difference.")
class AdjustStockInput(OnStockInput):
    """Correct what is on hand by a difference."""

    delta: int = strawberry.field(
        description="What is there less what the figure says: -2 when two are missing."
    )
    reason: str = strawberry.field(description="Why the figure was off.")
    reference: str | None = strawberry.field(
        default=None, description="The damage report, for instance."
    )
    lot: str | None = strawberry.field(
        default=None,
        description="The lot that it is about; of missing units, those that expire first if none.",
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="Those of the units that are missing, or were found."
    )
    corrects: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the event of this stock that was wrong and that this counters.",
    )


@strawberry.input(description="Set what is on hand to what was counted.")
class CountStockInput(OnStockInput):
    """Set what is on hand to what was counted."""

    counted: int = strawberry.field(
        description="Units that are physically there, in whatever condition; 0 or more."
    )
    reason: str = strawberry.field(description="Why it was counted: a cycle count, an inventory.")
    reference: str | None = strawberry.field(
        default=None, description="The counting list, for instance."
    )
    expected_on_hand: int | None = strawberry.field(
        default=None,
        description="The figure when the count began. When somebody booked something since, the"
        " count is refused with VERSION_CONFLICT.",
    )
    serials: list[str] | None = strawberry.field(
        default=None,
        description="Of a product with serial numbers, those that are missing or were found: one"
        " for each unit of the difference. They may be named later.",
    )
    corrects: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the event of this stock that was wrong and that this counters.",
    )


@strawberry.input(description="Put units on hold, release them, or mark them damaged.")
class ChangeStockConditionInput(OnStockInput):
    """Move units between conditions."""

    quantity: int = strawberry.field(description="How many units, 1 or more.")
    before: StockCondition = strawberry.field(description="The condition that they were in.")
    after: StockCondition = strawberry.field(description="The condition that they are in now.")
    reason: str = strawberry.field(description="What was found.")
    reference: str | None = strawberry.field(
        default=None, description="The inspection report, for instance."
    )
    lot: str | None = strawberry.field(
        default=None, description="Of this lot; of those that expire first if missing."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(description="Throw units away.")
class ScrapStockInput(OnStockInput):
    """Throw units away."""

    quantity: int = strawberry.field(description="How many units, 1 or more.")
    condition: StockCondition = strawberry.field(
        default=StockCondition.DAMAGED, description="The condition that they were in."
    )
    reason: str = strawberry.field(description="Why they are thrown away.")
    reference: str | None = strawberry.field(
        default=None, description="The disposal record, for instance."
    )
    lot: str | None = strawberry.field(
        default=None, description="Of this lot; of those that expire first if missing."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(
    description="Keep units back from promises, or promise without stock. Give all of it: what is"
    " missing gets its default."
)
class SetStockPolicyInput(OnStockInput):
    """Keep units back from promises, or promise without stock."""

    safety_stock: int = strawberry.field(
        default=0, description="Units that are kept back from promises."
    )
    unlimited: bool = strawberry.field(
        default=False,
        description="Any number may be promised without stock: it is made to order, or digital.",
    )


@strawberry.input(description="Set free units aside for one channel.")
class SetChannelShareInput(OnStockInput):
    """Set free units aside for one channel."""

    channel: str = strawberry.field(description="The channel whose orders alone may take them.")
    quantity: int = strawberry.field(
        description="How many units are left for it from now on; 0 ends that."
    )


@strawberry.input(
    description="Keep the last units back from one channel, such as from a web shop in a store,"
    " where figures are not exact. If the location's safety stock is more, that counts instead."
)
class SetChannelSafetyStockInput(OnStockInput):
    """Keep the last units back from one channel."""

    channel: str = strawberry.field(description="The channel whose orders can't take them.")
    quantity: int = strawberry.field(
        description="How many of the last units it doesn't get; 0 ends that."
    )


@strawberry.input(description="Announce units that will come.")
class ExpectSupplyInput(OnStockInput):
    """Announce units that will come."""

    supply: str = strawberry.field(
        description="Its name, unique for the SKU at the location: the purchase order's number."
    )
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    expected_on: date = strawberry.field(description="The day on which they are to come.")


@strawberry.input(description="So many units of a SKU.")
class SuppliedUnitsInput:
    """So many units of a SKU."""

    sku: str = strawberry.field(description="What will come; a registered product.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")


@strawberry.input(description="So many units of a SKU that came.")
class ArrivedUnitsInput:
    """So many units of a SKU that came."""

    sku: str = strawberry.field(description="What came.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")
    condition: StockCondition = strawberry.field(
        default=StockCondition.AVAILABLE, description="The condition in which they came."
    )
    lot: str | None = strawberry.field(
        default=None, description="The lot that they are of: for products that keep lots."
    )
    best_before: date | None = strawberry.field(
        default=None, description="The lot's best-before date, if it has one."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="One for each unit, of a product with serial numbers."
    )


@strawberry.input(description="Announce units of many SKUs that will come to a location.")
class ExpectSuppliesInput(DatedInput):
    """Announce a purchase order or shipping notice as a whole."""

    location: str = strawberry.field(description="Code of a registered location.")
    supply: str = strawberry.field(description="The purchase order's number, for instance.")
    expected_on: date = strawberry.field(description="The day on which they are to come.")
    lines: list[SuppliedUnitsInput] = strawberry.field(description="1 to 500, one for each SKU.")


@strawberry.input(description="Take in what came of a supply of many SKUs.")
class ReceiveSuppliesInput(DatedInput):
    """Take in what came of a supply of many SKUs."""

    location: str = strawberry.field(description="Code of the location.")
    supply: str = strawberry.field(description="The name under which it was announced.")
    lines: list[ArrivedUnitsInput] = strawberry.field(description="1 to 500, one for each SKU.")
    complete: bool = strawberry.field(
        default=False, description="Nothing more of these SKUs will come with it."
    )
    reference: str | None = strawberry.field(
        default=None, description="The delivery note, for instance."
    )


@strawberry.input(description="Announce another quantity or day of a supply.")
class ReviseSupplyInput(OnStockInput):
    """Announce another quantity or day of a supply."""

    supply: str = strawberry.field(description="Its name.")
    quantity: int | None = strawberry.field(
        default=None, description="Units in all, those that came included; as it was if missing."
    )
    expected_on: date | None = strawberry.field(
        default=None, description="The day; as it was if missing."
    )


@strawberry.input(description="Announce that nothing more of a supply will come.")
class CancelSupplyInput(OnStockInput):
    """Announce that nothing more of a supply will come."""

    supply: str = strawberry.field(description="Its name.")
    reason: str = strawberry.field(description="Why it does not come.")
