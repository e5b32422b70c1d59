"""Working days: when something that is asked for at a moment is worked on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from oms_core.kernel.message import Message

EVERY_WEEKDAY = (1, 2, 3, 4, 5)
LONGEST_REST = 366
"""Days without a working day after which we stop looking for one."""


class Calendar(Message):
    """When there is work, in local time. Days are those of ISO 8601: 1 is Monday, 7 Sunday.

    What comes after the `cut_off` is worked on as if it had come the next day.
    """

    time_zone: str = "UTC"
    working_days: tuple[int, ...] = EVERY_WEEKDAY
    closed_on: tuple[date, ...] = ()
    cut_off: time | None = None

    def works_on(self, day: date) -> bool:
        """Tell whether a day is a working day."""
        return day.isoweekday() in self.working_days and day not in self.closed_on

    def day_for(self, moment: datetime) -> date | None:
        """Give the day on which something is worked on that comes at a moment; None if never."""
        return self.day_at(local_time(moment, self.time_zone))

    def day_at(self, local: datetime) -> date | None:
        """Give that day for a moment as the clocks there show it."""
        late = self.cut_off is not None and local.time() >= self.cut_off
        return self.first_from(local.date() + timedelta(days=late))

    def end_of(self, day: date) -> datetime:
        """Give the moment, in UTC, from which on nothing more is worked on on this day."""
        last = datetime.combine(day, self.cut_off or time())
        local = last if self.cut_off is not None else last + timedelta(days=1)
        offset = local.replace(tzinfo=_zone(self.time_zone)).utcoffset()
        assert offset is not None
        return (local - offset).replace(tzinfo=UTC)

    def first_from(self, day: date) -> date | None:
        """Give the first working day from this one on."""
        for days in range(LONGEST_REST):
            if self.works_on(found := day + timedelta(days=days)):
                return found
        return None

    def later(self, day: date, working_days: int) -> date | None:
        """Give the day that comes so many working days after a day."""
        found: date | None = day
        for _ in range(working_days):
            found = None if found is None else self.first_from(found + timedelta(days=1))
        return found


def local_time(moment: datetime, time_zone: str) -> datetime:
    """Show a moment as the clocks of a time zone do."""
    offset = moment.utcoffset()
    assert offset is not None
    zone = _zone(time_zone)
    return zone.fromutc((moment - offset).replace(tzinfo=zone))


def utc_day(moment: datetime) -> date:
    """Give the day of a moment by UTC."""
    return local_time(moment, "UTC").date()


@lru_cache(600)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
