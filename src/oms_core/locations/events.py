"""What happens to a location. One stream per location code."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from oms_core.kernel.calendar import Calendar
from oms_core.kernel.message import Event
from oms_core.locations.traits import LocationKind


class LocationRegistered(Event):
    """A place that keeps stock and ships. Coordinates are WGS 84 degrees."""

    TOPIC: ClassVar[str] = "locations.LocationRegistered.v1"
    code: str
    name: str
    country: str
    postal_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class LocationConfigured(Event):
    """How the location works from now on: all of it, also what stays as it was.

    `capacity_per_day` counts orders; without one there is no limit. `traits` are the shop's own
    words, which sourcing rules ask for.
    """

    TOPIC: ClassVar[str] = "locations.LocationConfigured.v1"
    kind: LocationKind = LocationKind.WAREHOUSE
    calendar: Calendar = Calendar()
    capacity_per_day: int | None = None
    traits: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None


class LocationClosed(Event):
    """No order is sent there any more. What is there stays there, and what is promised too."""

    TOPIC: ClassVar[str] = "locations.LocationClosed.v1"
    reason: str


class LocationReopened(Event):
    """Orders are sent there again."""

    TOPIC: ClassVar[str] = "locations.LocationReopened.v1"
    reason: str


class LocationMerged(Event):
    """The location is closed, and what is there or promised from there goes to another one."""

    TOPIC: ClassVar[str] = "locations.LocationMerged.v1"
    into: str
    reason: str


class ReliefBegun(Event):
    """Others are asked to send what the location was to send of these orders.

    `day` is the one that was too full, if it was named; `more` tells that there were more orders.
    """

    TOPIC: ClassVar[str] = "locations.ReliefBegun.v1"
    reason: str
    order_ids: tuple[UUID, ...]
    day: date | None = None
    more: bool = False


LocationEvent = (
    LocationRegistered
    | LocationConfigured
    | LocationClosed
    | LocationReopened
    | LocationMerged
    | ReliefBegun
)
