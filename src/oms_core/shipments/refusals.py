"""Why something can't be done with a shipment. Each sentence tells a person what to do instead."""

from __future__ import annotations

from oms_core.kernel.refusal import Invalid, NotAllowedInState, NotFound


class NoSuchShipment(NotFound):
    """There is no such shipment. Take its id from the order."""


class NoSuchShipmentLine(NotFound):
    """The shipment has nothing of line {line_id}. Take the line ids from the shipment itself."""


class NoSuchParcel(NotFound):
    """The shipment has no parcel {parcel}. Take the numbers from the shipment's parcels."""


class ShipmentAlreadyDispatched(NotAllowedInState):
    """The shipment was dispatched already."""


class ShipmentNotDispatched(NotAllowedInState):
    """The shipment was not dispatched yet, so it can't be delivered. Dispatch it first."""


class ShipmentAlreadyDelivered(NotAllowedInState):
    """The shipment was delivered already."""


class ShipmentIsCancelled(NotAllowedInState):
    """The shipment was cancelled; nothing of it is to be sent."""


class ShipmentIsBack(NotAllowedInState):
    """What was not delivered of the shipment came back or is lost, so nothing is under way."""


class PickingAlreadyStarted(NotAllowedInState):
    """Picking of the shipment was started already. Record what is picked."""


class MorePickedThanWanted(Invalid):
    """{picked} units of {sku} were picked, but the shipment is to carry {wanted}. Put the others
    back.
    """


class FewerPickedThanBefore(NotAllowedInState):
    """{before} units of {sku} were picked before, now only {picked}. Say with `ifShort` what is to
    become of those that are missing.
    """


class PickingNotFinished(NotAllowedInState):
    """Only {picked} of {wanted} units are picked. Record the rest, say what is short, or dispatch
    a part.
    """


class ShipmentAlreadyPacked(NotAllowedInState):
    """The shipment is packed. Name whole parcels instead of lines."""


class ShipmentNotPacked(NotAllowedInState):
    """The shipment is not packed in parcels. Pack it first, or name lines instead of parcels."""


class UnitsPackedWrongly(Invalid):
    """{packed} units of {sku} would be in parcels, but the shipment carries {wanted}. Put each unit
    into exactly one parcel.
    """


class TooFewUnitsInShipment(Invalid):
    """{wanted} units of {sku} are named, but the shipment carries {carried}."""


class PartNamedTwice(Invalid):
    """A part is named by lines or by parcels, not by both."""


class NothingLeftInShipment(Invalid):
    """Nothing would be left of the shipment. Name fewer units, or leave it whole."""


class ShipmentsDoNotMatch(Invalid):
    """Shipments can be merged when they are of the same order and location. These are not."""


class ShipmentMergedWithItself(Invalid):
    """A shipment can't be merged with itself. Name others of the same order and location."""


class ShipmentIsForPickup(NotAllowedInState):
    """The customer collects this shipment. Mark it ready, then hand it over."""


class ShipmentIsForDelivery(NotAllowedInState):
    """A carrier takes this shipment, so it can't be collected. Dispatch it."""


class NotReadyForPickup(NotAllowedInState):
    """The shipment is not ready to be collected. Mark it ready first."""


class AlreadyReadyForPickup(NotAllowedInState):
    """The shipment is ready to be collected already. Hand it over, or cancel it."""


class RelocatedToItself(Invalid):
    """The shipment is at {location} already. Name another location."""
