"""Commands on locations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.calendar import Calendar
from oms_core.kernel.fields import Code, Country, Latitude, Longitude, Quantity, Text, TimeZone
from oms_core.kernel.handling import handles
from oms_core.kernel.message import Command
from oms_core.locations.events import LocationConfigured, LocationRegistered, ReliefBegun
from oms_core.locations.location import Location, NoSuchLocation, location_id
from oms_core.locations.traits import LocationKind

MOST_RELIEVED = 200
"""Orders that one relief is for at most."""

Weekday = Annotated[int, Field(ge=1, le=7)]


class WorkingHours(Calendar):
    """A calendar, checked."""

    time_zone: TimeZone = "UTC"
    working_days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)] = (
        *(1, 2, 3, 4, 5),
    )
    closed_on: Annotated[tuple[date, ...], Field(max_length=400)] = ()


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


class _OnLocation(Command):
    code: Code

    def target(self) -> UUID:
        return location_id(self.code)


class ConfigureLocation(_OnLocation):
    """Say how a location works: all of it, also what stays as it was."""

    kind: LocationKind = LocationKind.WAREHOUSE
    calendar: WorkingHours = WorkingHours()
    capacity_per_day: Quantity | None = None
    traits: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    latitude: Latitude | None = None
    longitude: Longitude | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("must have both latitude and longitude, or neither")
        return self


class CloseLocation(_OnLocation):
    """Have no more orders sent there."""

    reason: Text


class ReopenLocation(_OnLocation):
    """Have orders sent there again."""

    reason: Text


class MergeLocation(_OnLocation):
    """Close a location, for what is there or promised from there to go to another one.

    A merger that was said before changes nothing.
    """

    into: Code
    reason: Text


class BeginRelief(_OnLocation):
    """Say which orders others are asked to send; `RelieveLocation` asks, order by order.

    Where there are none, nothing happens.
    """

    reason: Text
    order_ids: Annotated[tuple[UUID, ...], Field(max_length=MOST_RELIEVED)]
    day: date | None = None
    more: bool = False


@handles(RegisterLocation)
async def register_location(command: RegisterLocation, streams: Streams) -> Location:
    """Record the location; refused when the code is taken."""
    [location] = await streams.find(Location, [location_id(command.code)])
    location.register(LocationRegistered(**command.model_dump()))
    return location


@handles(ConfigureLocation)
async def configure_location(command: ConfigureLocation, streams: Streams) -> Location:
    """Record how it works; the latest configuration holds for orders sourced from then on."""
    location = await _known(command.code, streams)
    location.configure(LocationConfigured(**command.model_dump(exclude={"code"})))
    return location


@handles(CloseLocation)
async def close_location(command: CloseLocation, streams: Streams) -> Location:
    """Close the location, once."""
    location = await _known(command.code, streams)
    location.close(command.reason)
    return location


@handles(ReopenLocation)
async def reopen_location(command: ReopenLocation, streams: Streams) -> Location:
    """Reopen a location that is closed."""
    location = await _known(command.code, streams)
    location.reopen(command.reason)
    return location


@handles(MergeLocation)
async def merge_location(command: MergeLocation, streams: Streams) -> Location:
    """Say where all of it goes; `MoveReserved` and `MoveStock` take it there."""
    location = await _known(command.code, streams)
    into = await _known(command.into, streams, "into")
    location.merge(into, command.reason)
    return location


@handles(BeginRelief)
async def begin_relief(command: BeginRelief, streams: Streams) -> Location:
    """Record which orders are asked for, so that whoever asks again goes on with the same ones."""
    location = await _known(command.code, streams)
    if command.order_ids:
        location.begin_relief(ReliefBegun(**command.model_dump(exclude={"code"})))
    return location


async def _known(code: str, streams: Streams, field: str = "code") -> Location:
    [location] = await streams.find(Location, [location_id(code)])
    if not location.exists:
        raise NoSuchLocation(code=code, field=(field,))
    return location
