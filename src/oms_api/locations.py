"""Locations: places that keep stock and ship."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.nodes import Node, id_of
from oms_core.locations.commands import (
    CloseLocation,
    ConfigureLocation,
    RegisterLocation,
    ReopenLocation,
)
from oms_core.locations.location import LocationView, location_id
from oms_core.locations.traits import LocationKind
from oms_projections import locations

describe(
    LocationKind,
    "Who works at a location, and for whom.",
    WAREHOUSE="Our own warehouse.",
    STORE="A store that sends parcels, too.",
    DROP_SHIP="A supplier that sends to our customers.",
    THIRD_PARTY="A logistics partner that keeps our stock.",
)


@strawberry.type(description="When there is work, in local time.")
class Calendar:
    """When there is work; resolved from `Calendar` of the domain."""

    time_zone: str = strawberry.field(description="IANA time zone, such as Europe/Berlin.")
    working_days: list[int] = strawberry.field(
        description="Days of the week, ISO 8601: 1 is Monday, 7 is Sunday."
    )
    closed_on: list[date] = strawberry.field(description="Further days without work.")
    cut_off: time | None = strawberry.field(
        description="What comes later on a day is worked on as if it had come the next day."
    )


@strawberry.input(description="When there is work, in local time.")
class CalendarInput:
    """When there is work, in local time."""

    time_zone: str = strawberry.field(
        default="UTC", description="IANA time zone, such as Europe/Berlin."
    )
    working_days: list[int] | None = strawberry.field(
        default=None,
        description="Days of the week, ISO 8601: 1 is Monday, 7 is Sunday. Monday to Friday if"
        " missing.",
    )
    closed_on: list[date] | None = strawberry.field(
        default=None, description="Further days without work, such as public holidays."
    )
    cut_off: time | None = strawberry.field(
        default=None,
        description="What comes at this time or later is worked on as if it had come the next day.",
    )


@strawberry.type(description="A place that keeps stock and ships.")
class Location(Node):
    """A location; resolved from `LocationView`."""

    id: strawberry.ID = resolved(id_of("Location"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    code: str = strawberry.field(description="Its code, unique.")
    name: str = strawberry.field(description="What it is called.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as DE.")
    postal_code: str | None = strawberry.field(description="Postal code.")
    latitude: float | None = strawberry.field(description="WGS 84 degrees.")
    longitude: float | None = strawberry.field(description="WGS 84 degrees.")
    kind: LocationKind = strawberry.field(description="Who works there.")
    is_open: bool = strawberry.field(description="Whether orders are sent there.")
    calendar: Calendar = strawberry.field(description="When it works.")
    capacity_per_day: int | None = strawberry.field(
        description="Orders that it can send on a day; null when there is no limit."
    )
    traits: list[str] = strawberry.field(description="Your own words that sourcing rules ask for.")

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


@strawberry.input(
    description="Say how a location works, all of it: what is missing gets its default."
)
class ConfigureLocationInput(VersionedInput):
    """Say how a location works."""

    code: str = strawberry.field(description="The location's code.")
    kind: LocationKind = strawberry.field(
        default=LocationKind.WAREHOUSE, description="Who works there."
    )
    calendar: CalendarInput | None = strawberry.field(
        default=None, description="When it works; Monday to Friday in UTC if missing."
    )
    capacity_per_day: int | None = strawberry.field(
        default=None, description="Orders that it can send on a day; no limit if missing."
    )
    traits: list[str] | None = strawberry.field(
        default=None, description="Your own words that sourcing rules ask for, such as cold."
    )
    latitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees; as registered if missing."
    )
    longitude: float | None = strawberry.field(
        default=None, description="WGS 84 degrees; as registered if missing."
    )


@strawberry.input(description="Have no more orders sent to a location.")
class CloseLocationInput(VersionedInput):
    """Have no more orders sent to a location."""

    code: str = strawberry.field(description="The location's code.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="Have orders sent to a location again.")
class ReopenLocationInput(VersionedInput):
    """Have orders sent to a location again."""

    code: str = strawberry.field(description="The location's code.")
    reason: str = strawberry.field(description="Why.")


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

    @mutation(
        LocationPayload,
        "Say how a location works: kind, calendar, cut-off, capacity, traits. Holds for orders"
        " that are sourced from then on.",
    )
    async def configure_location(self, info: Info, input: ConfigureLocationInput) -> Answer:
        """Configure a location."""
        return await info.context.gateway.carry_out(info.context.cause, input, ConfigureLocation)

    @mutation(
        LocationPayload,
        "Have no more orders sent to a location. Its stock and what is promised from it stay;"
        " `rejectAssignment` sources elsewhere what is not sent yet.",
    )
    async def close_location(self, info: Info, input: CloseLocationInput) -> Answer:
        """Close a location."""
        return await info.context.gateway.carry_out(info.context.cause, input, CloseLocation)

    @mutation(LocationPayload, "Have orders sent to a location again.")
    async def reopen_location(self, info: Info, input: ReopenLocationInput) -> Answer:
        """Reopen a location."""
        return await info.context.gateway.carry_out(info.context.cause, input, ReopenLocation)


@strawberry.type
class LocationQueries:
    """Queries on locations."""

    @query(Location | None, "A location by its code.")
    async def location(
        self,
        info: Info,
        *,
        code: Annotated[str, strawberry.argument(description="Its code.")],
        min_position: MinPosition = None,
    ) -> LocationView | None:
        """Find one location."""
        await info.context.reached(min_position, "catalogue")
        id = location_id(code)
        async with info.context.pool.connection() as connection:
            return (await locations.by_ids(connection, [id])).get(id)

    @query(list[Location], "Every location, by code.")
    async def locations(self, info: Info, *, min_position: MinPosition = None) -> Any:
        """List the locations."""
        await info.context.reached(min_position, "catalogue")
        async with info.context.pool.connection() as connection:
            return await locations.all_of_them(connection)
