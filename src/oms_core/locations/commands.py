"""Commands on locations."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Country, Latitude, Longitude, Text
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.events import LocationRegistered
from oms_core.locations.location import Location, location_id


class RegisterLocation(Command):
    """Open a place that keeps stock and ships. Coordinates are WGS 84 degrees."""

    code: Code
    name: Text
    country: Country
    postal_code: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    def touches(self) -> Iterable[UUID]:
        return (location_id(self.code),)


@handles(RegisterLocation)
async def register_location(command: RegisterLocation, streams: Streams) -> Location:
    """Record the location; refused when the code is taken."""
    [location] = await streams.find(Location, [location_id(command.code)])
    location.register(LocationRegistered(**command.model_dump()))
    return location
