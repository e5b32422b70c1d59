"""Facts that are not so: nothing is edited, what puts them right refers to them."""

from __future__ import annotations

from typing import Any

import strawberry

from oms_api.answers import Answer, Payload
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.events import Event
from oms_api.failures import InvalidId
from oms_api.gateway import user_error
from oms_api.history import order_of
from oms_api.inputs import VersionedInput
from oms_api.nodes import parse_event_id
from oms_core.corrections.commands import RecordCorrection
from oms_core.corrections.correction import NoSuchEventToCorrect
from oms_projections.event_log import EventRecord


@strawberry.input(description="Say that what was recorded is not so.")
class RecordCorrectionInput(VersionedInput):
    """Say that what was recorded is not so."""

    corrects: strawberry.ID = strawberry.field(description="The id of the event that is not so.")
    reason: str = strawberry.field(description="What is not so about it.")
    corrected_by: strawberry.ID | None = strawberry.field(
        default=None,
        description="The id of the later event that counters it; the refund of a payment that was"
        " recorded twice, for instance.",
    )


async def _recorded(root: Any, info: Info) -> EventRecord | None:
    answer: Answer = root
    view = answer.view
    return None if view is None else await info.context.tables.event(f"{view.id}/{view.version}")


@strawberry.type(description="What became of a correction.")
class CorrectionPayload(Payload):
    """What became of a correction."""

    correction: Event | None = resolved(
        _recorded, Event | None, "The event that refers to the wrong one; null when it was refused."
    )


@strawberry.type
class CorrectionMutations:
    """Commands that put facts right."""

    @mutation(
        CorrectionPayload,
        "Say of an event that it is not so, and which later event counters it. Both stay in the"
        " history, each beside the other.",
    )
    async def record_correction(self, info: Info, input: RecordCorrectionInput) -> Answer:
        """Record a correction of events that are there, the second one later than the first."""
        wrong = await _found(info, input.corrects)
        right = await _found(info, input.corrected_by)
        for name, given, event in (
            ("corrects", input.corrects, wrong),
            ("corrected_by", input.corrected_by, right),
        ):
            missing = given is not None and event is None
            too_early = event is right and wrong and right and right.position < wrong.position
            if missing or too_early:
                refusal = NoSuchEventToCorrect(event_id=given, field=(name,))
                return Answer(info.context.now(), user_errors=[user_error(refusal)])
        order_id = None if wrong is None else await _order(info, wrong)
        return await info.context.gateway.carry_out(
            info.context.cause, input, RecordCorrection, order_id=order_id
        )


async def _found(info: Info, id: str | None) -> EventRecord | None:
    try:
        return None if id is None else await info.context.tables.event(parse_event_id(id))
    except InvalidId:
        return None


async def _order(info: Info, event: EventRecord) -> Any:
    begun = await info.context.tables.event(f"{event.stream_id}/1")
    return order_of(event) or (begun and order_of(begun))
