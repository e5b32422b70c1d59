"""Which duty rates hold? One row for the whole schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, get_args

import orjson
import psycopg
from psycopg import AsyncConnection

from oms_core.duties.events import DutyEvent, DutyRatesPublished
from oms_core.duties.schedule import DutySchedule, DutyScheduleView
from oms_core.kernel.envelope import Envelope
from oms_projections.projection import Projection, Table, upsert
from oms_projections.views import Folded

DUTY_RATES = Table(
    "duty_rates",
    {"id": "uuid NOT NULL", "version": "integer NOT NULL", "territories": "json NOT NULL"},
    ("id",),
)


class DutyRates(Projection):
    """The row exactly as the schedule's view."""

    NAME = "duty_rates"
    TABLES: ClassVar = (DUTY_RATES,)
    TOPICS: ClassVar = get_args(DutyEvent)

    def __init__(self) -> None:
        self._schedules = Folded(DutySchedule)

    def handle(self, conn: psycopg.Connection[Any], events: Sequence[Envelope]) -> None:
        changed = self._schedules.apply(conn, events)
        upsert(conn, DUTY_RATES, (_row(schedule.view()) for schedule in changed))

    def forget(self) -> None:
        self._schedules.forget()


def _row(view: DutyScheduleView) -> dict[str, object]:
    territories = [orjson.Fragment(each.model_dump_json()) for each in view.territories]
    return {"id": view.id, "version": view.version, "territories": territories}


# ------------------------------------------------------------------------------------- queries


async def read(conn: AsyncConnection[Any]) -> DutyScheduleView | None:
    """Read the schedule; None when no rates were ever published."""
    query = "SELECT id, version, territories FROM read.duty_rates"
    row = await (await conn.execute(query)).fetchone()
    if row is None:
        return None
    id, version, territories = row
    return DutyScheduleView(
        id, version, tuple(DutyRatesPublished.model_validate(each) for each in territories)
    )
