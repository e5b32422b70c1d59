"""A location: a place that keeps stock and ships."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate, Streams
from oms_core.kernel.calendar import Calendar
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, Invalid, NotAllowedInState, NotFound
from oms_core.locations.events import (
    LocationClosed,
    LocationConfigured,
    LocationEvent,
    LocationMerged,
    LocationRegistered,
    LocationReopened,
    ReliefBegun,
)
from oms_core.locations.traits import LocationKind

ALWAYS = Calendar(working_days=(1, 2, 3, 4, 5, 6, 7))
"""The calendar of a location that was never configured."""


class NoSuchLocation(NotFound):
    """There is no location {code}. Register it first, or check the code."""


class LocationAlreadyRegistered(AlreadyExists):
    """Location {code} is registered already. Choose another code, or use the one that is there."""


class LocationIsClosed(NotAllowedInState):
    """Location {code} is closed already. Reopen it to have orders sent there again."""


class LocationIsOpen(NotAllowedInState):
    """Location {code} is open, so there is nothing to reopen."""


class MergedIntoItself(Invalid):
    """A location is merged into another one, but both are {location}. Name two."""


class AlreadyMerged(NotAllowedInState):
    """Location {code} is merged into {into} already. Reopen it first, to merge it into another."""


def location_id(code: str) -> UUID:
    """Give the stream of a location code."""
    return natural_id("location", code)


async def closed_among(codes: Iterable[str], streams: Streams) -> frozenset[str]:
    """Tell which of these locations are closed: nothing more is promised from them."""
    codes = list(codes)
    found = await streams.find(Location, [location_id(code) for code in codes])
    return frozenset([code for code, at in zip(codes, found, strict=True) if not at.is_open])


@dataclass(frozen=True, slots=True)
class LocationView:
    """A location as an answer shows it."""

    id: UUID
    version: int
    code: str
    name: str
    country: str
    postal_code: str | None
    latitude: float | None
    longitude: float | None
    kind: LocationKind
    is_open: bool
    calendar: Calendar
    capacity_per_day: int | None
    traits: tuple[str, ...]


class Location(Aggregate[LocationEvent]):
    """One place. One that was never configured works on every day, without limit."""

    MISSING = NoSuchLocation
    facts: LocationRegistered

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.is_open = True
        self.merged_into: str | None = None
        self.works = LocationConfigured(calendar=ALWAYS)

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, where they are known."""
        for source in (self.works, self.facts):
            if source.latitude is not None and source.longitude is not None:
                return source.latitude, source.longitude
        return None

    def register(self, facts: LocationRegistered) -> None:
        """Open the location, once."""
        if self.exists:
            raise LocationAlreadyRegistered(code=facts.code, field=("code",))
        self.record(facts)

    def configure(self, works: LocationConfigured) -> None:
        """Say how the location works; nothing happens when that is so already."""
        if works != self.works:
            self.record(works)

    def close(self, reason: str) -> None:
        """Have no more orders sent there."""
        if not self.is_open:
            raise LocationIsClosed(code=self.facts.code)
        self.record(LocationClosed(reason=reason))

    def reopen(self, reason: str) -> None:
        """Have orders sent there again."""
        if self.is_open:
            raise LocationIsOpen(code=self.facts.code)
        self.record(LocationReopened(reason=reason))

    def merge(self, into: Location, reason: str) -> None:
        """Close it, for all that it has to go to another; nothing happens when that is so."""
        code = into.facts.code
        if code == self.facts.code:
            raise MergedIntoItself(location=code, field=("into",))
        if self.merged_into not in (None, code):
            raise AlreadyMerged(code=self.facts.code, into=self.merged_into, field=("into",))
        into.refuse_if_closed("into")
        if self.merged_into is None:
            self.record(LocationMerged(into=code, reason=reason))

    def begin_relief(self, event: ReliefBegun) -> None:
        """Note which orders others are asked to send."""
        self.record(event)

    def refuse_if_closed(self, *field: str) -> None:
        """Refuse to have anything sent to, or from, a closed location."""
        if not self.is_open:
            raise LocationIsClosed(code=self.facts.code, field=field)

    def evolve(self, event: LocationEvent) -> None:
        match event:
            case LocationRegistered():
                self.facts = event
            case LocationConfigured():
                self.works = event
            case LocationClosed():
                self.is_open = False
            case LocationReopened():
                self.is_open, self.merged_into = True, None
            case LocationMerged():
                self.is_open, self.merged_into = False, event.into
            case ReliefBegun():
                pass
            case _:
                assert_never(event)

    def view(self) -> LocationView:
        """Show the location as it is now."""
        latitude, longitude = self.point or (None, None)
        return LocationView(
            id=self.id,
            version=self.version,
            code=self.facts.code,
            name=self.facts.name,
            country=self.facts.country,
            postal_code=self.facts.postal_code,
            latitude=latitude,
            longitude=longitude,
            kind=self.works.kind,
            is_open=self.is_open,
            calendar=self.works.calendar,
            capacity_per_day=self.works.capacity_per_day,
            traits=self.works.traits,
        )
