"""What changed in an order: which field, by which event, by whom, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from oms_api import streams
from oms_api.context import Info
from oms_api.declare import query, resolved
from oms_api.events import Event, InLanguage
from oms_api.failures import InvalidArgument
from oms_api.history import about
from oms_api.nodes import parse_id
from oms_api.scalars import Json
from oms_core.orders.order import Order
from oms_core.orders.view import OrderView
from oms_core.runtime.stories import told
from oms_core.story.words import Language
from oms_projections.event_log import EventRecord
from oms_projections.order_changes import ChangeStep, FieldChange, changes


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a change, with the order that it happened to."""

    step: ChangeStep
    order: OrderView


@dataclass(frozen=True, slots=True)
class Change:
    """A change, with the order that it happened to."""

    change: FieldChange
    order: OrderView


@dataclass(frozen=True, slots=True)
class Diff:
    """The changes between two versions."""

    from_version: int
    to_version: int
    changes: list[Change]


def _of_step(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(lambda root: getattr(root.step, name), graphql_type, description)


def _of_change(name: str, graphql_type: Any, description: str) -> Any:
    return resolved(lambda root: getattr(root.change, name), graphql_type, description)


def _sentence(root: Any, language: InLanguage = Language.EN) -> str:
    step: Step = root
    return told(step.step.event.event, language, about(step.order))


@strawberry.type(description="One event changed a field of an order.")
class OrderChangeStep:
    """A step of a change; resolved from `Step`."""

    before: Json | None = _of_step("before", Json | None, "What the field was before it.")
    after: Json | None = _of_step("after", Json | None, "What the field was after it.")
    event: Event = _of_step("event", Event, "The event that changed it.")
    actor: str = resolved(
        lambda root: root.step.event.actor, str, "Who asked for it, or which process did."
    )
    reason: str | None = resolved(
        lambda root: root.step.event.data.get("reason"), str | None, "The reason that was given."
    )
    sentence: str = resolved(_sentence, str, "What happened, in one sentence for people.")


@strawberry.type(description="A field of an order that events changed.")
class OrderChange:
    """A change of a field; resolved from `Change`."""

    field: list[str] = resolved(
        lambda root: [to_camel_case(part) for part in root.change.path],
        list[str],
        'The field, as a path: ["lines", "0", "reserved"].',
    )
    before: Json | None = _of_change("before", Json | None, "What it was at the beginning.")
    after: Json | None = _of_change(
        "after", Json | None, "What it was in the end; the same when it was changed back."
    )
    steps: list[OrderChangeStep] = resolved(
        lambda root: [Step(step, root.order) for step in root.change.steps],
        list[OrderChangeStep],
        "What the events did to it, in their order.",
    )


@strawberry.type(description="What changed in an order between two of its versions.")
class OrderDiff:
    """Changes of an order; resolved from `Diff`."""

    from_version: int = strawberry.field(description="The version before the changes.")
    to_version: int = strawberry.field(description="The version after the changes.")
    changes: list[OrderChange] = strawberry.field(description="The fields that were changed.")


@strawberry.type
class OrderDiffQueries:
    """Queries on the changes of an order."""

    @query(
        OrderDiff | None,
        "What changed in an order from one version to another, or from what was known at one moment"
        " to what was known at another: which fields, by which event, by whom, and why.",
    )
    async def order_diff(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
        from_: Annotated[
            int | None,
            strawberry.argument(name="from", description="The version before; 0 is nothing yet."),
        ] = None,
        to: Annotated[
            int | None, strawberry.argument(description="The version after; now when missing.")
        ] = None,
        from_as_of: Annotated[
            datetime | None,
            strawberry.argument(description="Instead of `from`: what was known at this moment."),
        ] = None,
        to_as_of: Annotated[
            datetime | None,
            strawberry.argument(description="Instead of `to`: what was known at this moment."),
        ] = None,
    ) -> Diff | None:
        """Compare two versions."""
        if (from_ is None) == (from_as_of is None) or None not in (to, to_as_of):
            raise InvalidArgument("Give either `from` or `fromAsOf`, and at most one of the ends.")
        stream = parse_id("Order", id)
        async with info.context.pool.connection() as connection:
            [events] = await streams.histories(connection, [(stream,)])
        first = _version(events, from_, from_as_of)
        last = _version(events, to, to_as_of)
        if not events or not events[0].topic.startswith("orders."):
            return None
        if not 0 <= first <= last <= len(events):
            raise InvalidArgument(f"Versions go from 0 to {len(events)}, the earlier one first.")
        found = changes(Order(stream), events[:last], first)
        order = found.after
        if order is None:
            return Diff(first, last, [])
        return Diff(first, last, [Change(change, order) for change in found.changes])


def _version(events: list[EventRecord], given: int | None, known_at: datetime | None) -> int:
    if known_at is not None:
        return sum(event.recorded_at <= known_at for event in events)
    return len(events) if given is None else given
