"""The duty rates that hold, by the territory that goods enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from oms_core.duties.events import DutyEvent, DutyRatesPublished, DutyRatesWithdrawn
from oms_core.duties.rating import RateTable
from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import AlreadyExists, NotAllowedInState

DUTIES = natural_id("duty-schedule")
"""The stream of the installation's one schedule."""


class CountryInAnotherTerritory(AlreadyExists):
    """{country} belongs to the customs territory {territory} already. Publish that one without it
    first.
    """


class NoDutyRates(NotAllowedInState):
    """There are no duty rates of the territory {territory}. Check its name."""


@dataclass(frozen=True, slots=True)
class DutyScheduleView:
    """The rates that hold, by the name of the territory."""

    id: UUID
    version: int
    territories: tuple[DutyRatesPublished, ...]


class DutySchedule(Aggregate[DutyEvent]):
    """Rates of any number of territories. A country belongs to one, or none."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.territories: dict[str, DutyRatesPublished] = {}
        self.by_country: dict[str, DutyRatesPublished] = {}

    def publish(self, rates: DutyRatesPublished) -> None:
        """Let these rates hold; nothing happens when they do already."""
        for i, country in enumerate(rates.countries):
            known = self.by_country.get(country)
            if known is not None and known.territory != rates.territory:
                raise CountryInAnotherTerritory(
                    country=country, territory=known.territory, field=("countries", str(i))
                )
        if self.territories.get(rates.territory) != rates:
            self.record(rates)

    def withdraw(self, territory: str, reason: str) -> None:
        """Compute nothing any more."""
        if territory not in self.territories:
            raise NoDutyRates(territory=territory, field=("territory",))
        self.record(DutyRatesWithdrawn(territory=territory, reason=reason))

    def table_for(self, country: str) -> RateTable | None:
        """Find the rates of a country's territory; None when nothing is known of it."""
        found = self.by_country.get(country)
        return None if found is None else RateTable(found)

    def crosses(self, origin: str, destination: str) -> bool:
        """Tell whether goods that go from one country to another cross a border of customs."""
        if origin == destination:
            return False
        territory = self.by_country.get(destination)
        return territory is None or origin not in territory.countries

    def evolve(self, event: DutyEvent) -> None:
        match event:
            case DutyRatesPublished():
                self.territories[event.territory] = event
            case DutyRatesWithdrawn():
                del self.territories[event.territory]
            case _:
                assert_never(event)
        self.by_country = {
            country: each for each in self.territories.values() for country in each.countries
        }

    def view(self) -> DutyScheduleView:
        """Show the schedule as it is now."""
        by_name = sorted(self.territories.values(), key=lambda each: each.territory)
        return DutyScheduleView(self.id, self.version, tuple(by_name))
