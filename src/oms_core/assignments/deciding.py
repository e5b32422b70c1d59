"""Keeps what was decided about an order, and why."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from oms_core.assignments.assignment import Assignment, assignment_id
from oms_core.assignments.events import Occasion, SourcingDecided
from oms_core.kernel.aggregate import Streams
from oms_core.orders.order import Order
from oms_core.sourcing.asking import Sourced
from oms_core.workdays.workday import WorkDay, workday_id


def first_assignment(order_id: UUID, sourced: Sourced) -> Assignment:
    """Begin the assignment of an order that is placed."""
    assignment = Assignment(assignment_id(order_id))
    note(assignment, order_id, Occasion.PLACED, sourced)
    return assignment


def note(
    assignment: Assignment,
    order_id: UUID,
    occasion: Occasion,
    sourced: Sourced,
    *excluded: str,
) -> None:
    """Keep a decision, if there were rules to decide by."""
    if sourced.reasons is not None:
        assignment.decide(
            SourcingDecided(
                order_id=order_id,
                occasion=occasion,
                reasons=sourced.reasons,
                unsourced=tuple(sourced.plan.unsourced),
                excluded=excluded,
            )
        )


async def booked_days(order_id: UUID, streams: Streams) -> list[WorkDay]:
    """Load the days on which any location was to send a part of the order."""
    [assignment] = await streams.find(Assignment, [assignment_id(order_id)])
    return await days_at(assignment, None, streams)


def leave_days(order: Order, days: Iterable[WorkDay]) -> None:
    """Make room on the days of locations that send nothing of the order after all."""
    busy = {code for line in order.lines.values() for code, units in line.reserved.items() if units}
    busy |= {release.location for release in order.releases.values() if release.shipped}
    for day in days:
        if day.location not in busy:
            day.unschedule(order.id)


def asked_to_send(order: Order) -> set[str]:
    """Tell which locations were asked to send a part of the order, and have sent it or are to."""
    releases = order.releases.values()
    return {each.location for each in releases if each.shipped or any(each.lines.values())}


async def days_at(assignment: Assignment, location: str | None, streams: Streams) -> list[WorkDay]:
    """Load the days on which a location, or any, was to send a part of the order."""
    days = {
        (chosen.location, chosen.ship_on)
        for decision in assignment.decisions
        for chosen in decision.reasons.chosen
        if location in (None, chosen.location)
    }
    found = await streams.find(WorkDay, [workday_id(*day) for day in sorted(days)])
    return [day for day in found if day.exists]
