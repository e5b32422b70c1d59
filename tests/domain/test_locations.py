"""How locations work: kinds, calendars with cut-offs and time zones, closing and reopening."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.domain.kit import Story

from oms_core.kernel.calendar import Calendar, local_time
from oms_core.locations.commands import (
    CloseLocation,
    ConfigureLocation,
    RegisterLocation,
    ReopenLocation,
    WorkingHours,
)
from oms_core.locations.events import LocationClosed, LocationConfigured, LocationReopened
from oms_core.locations.location import (
    Location,
    LocationIsClosed,
    LocationIsOpen,
    NoSuchLocation,
    location_id,
)
from oms_core.locations.traits import LocationKind

HAMBURG = location_id("HAM")
OPEN = RegisterLocation(code="HAM", name="Hamburg", country="DE", latitude=53.5, longitude=10.0)
STORE = ConfigureLocation(
    code="HAM",
    kind=LocationKind.STORE,
    calendar=WorkingHours(time_zone="Europe/Berlin", cut_off=time(15)),
    capacity_per_day=40,
    traits=("cold",),
)
BERLIN = Calendar(time_zone="Europe/Berlin", closed_on=(date(2026, 12, 25),), cut_off=time(15, 30))


def test_a_location_is_configured_and_the_same_again_changes_nothing() -> None:
    story = Story().after(OPEN).when(STORE)
    facts = STORE.model_dump(exclude={"code"})
    done = story.then({HAMBURG: [LocationConfigured(**facts)]})
    assert done.answer.view().kind is LocationKind.STORE
    story.when(STORE).then({})


def test_its_coordinates_stay_as_registered_until_others_are_given() -> None:
    story = Story().after(OPEN, STORE)
    assert story.history.fold(Location, HAMBURG).point == (53.5, 10.0)
    story.after(STORE.model_copy(update={"latitude": 48.1, "longitude": 11.6}))
    assert story.history.fold(Location, HAMBURG).point == (48.1, 11.6)


def test_a_location_is_closed_once_and_reopened_once() -> None:
    story = Story().after(OPEN)
    close = CloseLocation(code="HAM", reason="flooded")
    reopen = ReopenLocation(code="HAM", reason="dry again")
    story.when(reopen).refused(LocationIsOpen, "HAM is open")
    story.when(close).then({HAMBURG: [LocationClosed(reason="flooded")]})
    story.when(close).refused(LocationIsClosed, "HAM is closed already")
    story.when(reopen).then({HAMBURG: [LocationReopened(reason="dry again")]})


@pytest.mark.parametrize(
    "command",
    [STORE, CloseLocation(code="HAM", reason="x"), ReopenLocation(code="HAM", reason="x")],
)
def test_an_unknown_location_is_refused(command: ConfigureLocation) -> None:
    Story().when(command).refused(NoSuchLocation, "no location HAM", field="code")


@pytest.mark.parametrize(
    "wrong",
    [
        {"calendar": {"time_zone": "Europe/Atlantis"}},
        {"calendar": {"working_days": []}},
        {"calendar": {"working_days": [8]}},
        {"capacity_per_day": 0},
        {"latitude": 1.0},
    ],
)
def test_what_can_not_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ConfigureLocation.model_validate({"code": "HAM"} | wrong)


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ((2026, 12, 23, 14, 29), (2026, 12, 23)),  # 15:29 in Berlin, a Wednesday
        ((2026, 12, 23, 14, 30), (2026, 12, 24)),  # the cut-off itself is too late
        ((2026, 12, 24, 15, 0), (2026, 12, 28)),  # Christmas is a Friday, then a weekend
        ((2026, 12, 26, 8, 0), (2026, 12, 28)),
        ((2026, 7, 1, 13, 29), (2026, 7, 1)),  # summer time: 15:29
        ((2026, 7, 1, 13, 30), (2026, 7, 2)),
        ((2026, 12, 22, 23, 30), (2026, 12, 23)),  # past midnight there
    ],
)
def test_the_cut_off_is_by_the_clocks_of_the_location(
    utc: tuple[int, ...], day: tuple[int, int, int]
) -> None:
    assert BERLIN.day_for(datetime(*utc, tzinfo=UTC)) == date(*day)  # type: ignore[misc, arg-type]


def test_working_days_are_counted_from_day_to_day() -> None:
    assert BERLIN.later(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert BERLIN.later(date(2026, 12, 24), 0) == date(2026, 12, 24)
    assert Calendar(working_days=()).day_for(datetime(2026, 1, 1, tzinfo=UTC)) is None


@given(st.datetimes(timezones=st.timezones()), st.sampled_from(["Asia/Kolkata", "America/Lima"]))
def test_local_time_is_the_same_moment(moment: datetime, zone: str) -> None:
    if 2 < moment.year < 9998:
        assert local_time(moment, zone).timestamp() == moment.timestamp()
