"""What happens to a location. One stream per location code."""

from __future__ import annotations

from typing import ClassVar

from oms_core.kernel.message import Event


class LocationRegistered(Event):
    """A place that keeps stock and ships. Coordinates are WGS 84 degrees."""

    TOPIC: ClassVar[str] = "locations.LocationRegistered.v1"
    code: str
    name: str
    country: str
    postal_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None


LocationEvent = LocationRegistered
