"""Locations: places that keep stock and ship."""

from __future__ import annotations

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.inputs import DatedInput
from oms_api.nodes import Node, id_of
from oms_core.locations.commands import RegisterLocation
from oms_core.locations.location import LocationView


@strawberry.type(description="A place that keeps stock and ships.")
class Location(Node):
    """A location; resolved from `LocationView`."""

    id: strawberry.ID = resolved(id_of("Location"), strawberry.ID, "Its global id.")
    code: str = strawberry.field(description="Its code, unique.")
    name: str = strawberry.field(description="What it is called.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a location."""
        return isinstance(value, LocationView)


@strawberry.input(description="Open a place that keeps stock and ships.")
class RegisterLocationInput(DatedInput):
    """Open a place that keeps stock and ships."""

    code: str = strawberry.field(description="Its code, unique.")
    name: str = strawberry.field(description="What it is called.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    postal_code: str | None = strawberry.field(default=None, description="Postal code.")
    latitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees, -90 to 90."
    )
    longitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees, -180 to 180."
    )


@strawberry.type(description="What became of a command on a location.")
class LocationPayload(Payload):
    """What became of a command on a location."""

    location: Location | None = resolved(
        the_view, Location | None, "The location right after the command; null when it was refused."
    )


@strawberry.type
class LocationMutations:
    """Commands on locations."""

    @mutation(LocationPayload, "Open a place that keeps stock and ships.")
    async def register_location(self, info: Info, input: RegisterLocationInput) -> Answer:
        """Open a location."""
        return await info.context.gateway.carry_out(info.context.cause, input, RegisterLocation)
