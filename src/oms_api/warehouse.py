"""What a warehouse tells: picked, packed, split, merged, or not sent from here."""

from __future__ import annotations

import strawberry

from oms_api.answers import Answer
from oms_api.context import Info
from oms_api.declare import mutation
from oms_api.inputs import LineQuantityInput
from oms_api.reroutings import Rerouting, Withdrawal
from oms_api.shipments import ShipmentInput, ShipmentPayload
from oms_core.shipments.packing import LabelParcel, PackShipment
from oms_core.shipments.picking import RecordPick, StartPicking
from oms_core.shipments.regrouping import MergeShipments, SplitShipment
from oms_core.shipments.withdrawing import CancelShipment, RelocateShipment


@strawberry.input(description="Note that somebody goes for the goods.")
class StartPickingInput(ShipmentInput):
    """Note that somebody goes for the goods."""

    picker: str | None = strawberry.field(default=None, description="Who goes.")


@strawberry.input(description="So many units of one lot.")
class PickedLotInput:
    """So many units of one lot."""

    lot: str = strawberry.field(description="The lot.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")


@strawberry.input(description="The units of an order line that are in hand.")
class PickedLineInput:
    """The units of an order line that are in hand."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int = strawberry.field(
        description="How many units are taken from the shelf now, in all; 0 when none was found."
    )
    serials: list[str] | None = strawberry.field(
        default=None, description="Their serial numbers, one for each unit in hand."
    )
    lots: list[PickedLotInput] | None = strawberry.field(
        default=None,
        description="Their lots, of all units in hand. What expires first has to go first.",
    )


@strawberry.input(description="Note what was taken from the shelves.")
class RecordPickInput(ShipmentInput):
    """Note what was taken from the shelves."""

    lines: list[PickedLineInput] = strawberry.field(
        description="The units in hand of each line, in all: telling it twice changes nothing."
        " Lines that are not named stay as they are."
    )
    complete: bool = strawberry.field(
        default=False,
        description="No more units of these lines will be found. What becomes of the missing ones"
        " is in `ifShort`, or else in the channel's `shortPicks`. If false, they are still to be"
        " picked.",
    )
    if_short: Rerouting | None = strawberry.field(
        default=None,
        description="What becomes of the missing units, whatever the channel says. It is complete"
        " then, too.",
    )
    reason: str | None = strawberry.field(default=None, description="Why units are missing.")


@strawberry.input(description="One parcel and what is in it.")
class ParcelInput:
    """One parcel and what is in it."""

    weight_grams: int = strawberry.field(description="What it weighs, 1 to 10,000,000.")
    lines: list[LineQuantityInput] = strawberry.field(description="What is in it.")
    length_mm: int | None = strawberry.field(default=None, description="How long it is.")
    width_mm: int | None = strawberry.field(default=None, description="How wide it is.")
    height_mm: int | None = strawberry.field(default=None, description="How high it is.")
    carrier: str | None = strawberry.field(default=None, description="Whose label is on it.")
    tracking_number: str | None = strawberry.field(
        default=None, description="The carrier's number of it."
    )
    label: str | None = strawberry.field(
        default=None, description="Where the carrier's label is kept."
    )


@strawberry.input(description="Put all units of a shipment into parcels.")
class PackShipmentInput(ShipmentInput):
    """Put all units of a shipment into parcels."""

    parcels: list[ParcelInput] = strawberry.field(
        description="1 to 200 parcels, numbered from 1 in this order; each unit in exactly one."
    )


@strawberry.input(description="Stick a carrier's label onto a parcel.")
class LabelParcelInput(ShipmentInput):
    """Stick a carrier's label onto a parcel."""

    parcel: int = strawberry.field(description="The parcel's number.")
    carrier: str = strawberry.field(description="Whose label it is.")
    tracking_number: str = strawberry.field(description="The carrier's number of the parcel.")
    label: str | None = strawberry.field(default=None, description="Where the label is kept.")


@strawberry.input(description="Let some units go with a shipment of their own.")
class SplitShipmentInput(ShipmentInput):
    """Let some units go with a shipment of their own."""

    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="Which units; for a shipment that is not packed in parcels."
    )
    parcels: list[int] | None = strawberry.field(
        default=None, description="The numbers of whole parcels, once it is packed."
    )


@strawberry.input(description="Let a shipment carry what others were to carry.")
class MergeShipmentsInput(ShipmentInput):
    """Let a shipment carry what others were to carry."""

    merged: list[strawberry.ID] = strawberry.field(
        description="The ids of the others, of the same order and location; they end."
    )


@strawberry.input(description="Stop a shipment before it leaves.")
class CancelShipmentInput(ShipmentInput):
    """Stop a shipment before it leaves."""

    reason: str = strawberry.field(description="Why it is not to be sent.")
    then: Withdrawal = strawberry.field(
        default=Withdrawal.RELEASE_AGAIN, description="What becomes of its units."
    )


@strawberry.input(description="Let another location send a shipment.")
class RelocateShipmentInput(ShipmentInput):
    """Let another location send a shipment."""

    location: str = strawberry.field(description="Code of a location that has all of it.")
    reason: str = strawberry.field(description="Why it is not sent from where it is.")


@strawberry.type
class WarehouseMutations:
    """Commands of a warehouse."""

    @mutation(ShipmentPayload, "Note that somebody goes for the goods.")
    async def start_picking(self, info: Info, input: StartPickingInput) -> Answer:
        """Begin to pick."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, StartPicking, moment="started_at"
        )

    @mutation(
        ShipmentPayload,
        "Note what was taken from the shelves. Short ones leave the shipment, and the stock is"
        " corrected by them.",
    )
    async def record_pick(self, info: Info, input: RecordPickInput) -> Answer:
        """Note the picks."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, RecordPick, moment="picked_at"
        )

    @mutation(
        ShipmentPayload,
        "Put all units into parcels. Packed once more, these replace the parcels of before.",
    )
    async def pack_shipment(self, info: Info, input: PackShipmentInput) -> Answer:
        """Pack."""
        context = info.context
        return await context.gateway.carry_out(
            context.cause, input, PackShipment, moment="packed_at"
        )

    @mutation(ShipmentPayload, "Stick a carrier's label onto a parcel; one it had before is void.")
    async def label_parcel(self, info: Info, input: LabelParcelInput) -> Answer:
        """Label a parcel."""
        return await info.context.gateway.carry_out(info.context.cause, input, LabelParcel)

    @mutation(
        ShipmentPayload,
        "Let some units go with a shipment of their own. Answers with the new shipment.",
    )
    async def split_shipment(self, info: Info, input: SplitShipmentInput) -> Answer:
        """Split."""
        return await info.context.gateway.carry_out(info.context.cause, input, SplitShipment)

    @mutation(ShipmentPayload, "Let a shipment carry what others were to carry, before picking.")
    async def merge_shipments(self, info: Info, input: MergeShipmentsInput) -> Answer:
        """Merge."""
        return await info.context.gateway.carry_out(info.context.cause, input, MergeShipments)

    @mutation(ShipmentPayload, "Stop a shipment before it leaves, and say what becomes of it.")
    async def cancel_shipment(self, info: Info, input: CancelShipmentInput) -> Answer:
        """Stop a shipment."""
        return await info.context.gateway.carry_out(
            info.context.cause, input, CancelShipment, moment="cancelled_at"
        )

    @mutation(
        ShipmentPayload,
        "Let another location send a shipment: its stock is reserved, that of here freed. Answers"
        " with the new shipment.",
    )
    async def relocate_shipment(self, info: Info, input: RelocateShipmentInput) -> Answer:
        """Relocate a shipment."""
        return await info.context.gateway.carry_out(info.context.cause, input, RelocateShipment)
