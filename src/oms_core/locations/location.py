"""A location: a place that keeps stock and ships."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, NotFound
from oms_core.locations.events import LocationEvent, LocationRegistered


class NoSuchLocation(NotFound):
    """There is no location {code}. Register it first, or check the code."""


class LocationAlreadyRegistered(AlreadyExists):
    """Location {code} is registered already. Choose another code, or use the one that is there."""


def location_id(code: str) -> UUID:
    """Give the stream of a location code."""
    return natural_id("location", code)


@dataclass(frozen=True, slots=True)
class LocationView:
    """A location as an answer shows it."""

    id: UUID
    code: str
    name: str
    country: str


class Location(Aggregate[LocationEvent]):
    """One place."""

    facts: LocationRegistered

    def register(self, facts: LocationRegistered) -> None:
        """Open the location, once."""
        if self.exists:
            raise LocationAlreadyRegistered(code=facts.code, field=("code",))
        self.record(facts)

    def evolve(self, event: LocationEvent) -> None:
        self.facts = event

    def view(self) -> LocationView:
        """Show the location as it is now."""
        return LocationView(self.id, self.facts.code, self.facts.name, self.facts.country)
