"""Compares what was counted with what is booked, line by line, and books it when asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import strawberry

from oms_api.answers import Answer, UserError
from oms_api.context import Context, Info
from oms_api.declare import mutation
from oms_api.gateway import user_error
from oms_api.inputs import CommandInput
from oms_api.scalars import Position
from oms_api.stock_inputs import CountStockInput
from oms_api.stock_types import StockItem
from oms_core.kernel.refusal import Invalid, Refusal
from oms_core.runtime.command_bus import LARGEST_GROUP
from oms_core.stock.commands import CountStock
from oms_core.stock.stock_item import stock_item_id
from oms_core.stock.view import StockItemView
from oms_projections import event_log, stock_levels

MOST_COUNTS = 500
LONGEST_KEY = 200


class UnusableCounts(Invalid):
    """A reconciliation has 1 to 500 counts, not {count}. Send the rest with the next one."""


class UnusableReconciliationKey(Invalid):
    """The idempotency key of a reconciliation has 1 to 200 printable characters."""


class CountedTwice(Invalid):
    """{sku} at {location} was counted twice in this list. Add the counts up, or leave one out."""


@strawberry.input(description="So many units of a SKU were counted at a location.")
class CountInput:
    """What was counted."""

    sku: str = strawberry.field(description="What was counted.")
    location: str = strawberry.field(description="Where, by the location's code.")
    counted: int = strawberry.field(
        description="Units that are physically there, in whatever condition."
    )
    expected_on_hand: int | None = strawberry.field(
        default=None,
        description="The figure when the count began. When somebody booked something since, this"
        " count is refused with VERSION_CONFLICT.",
    )


@strawberry.input(description="Compare a list of counts with what is booked.")
class ReconcileStockInput(CommandInput):
    """Compare a list of counts with what is booked."""

    counts: list[CountInput] = strawberry.field(description="1 to 500 counts.")
    book: bool = strawberry.field(
        default=False,
        description="Book every count. Else only the differences are listed, and nothing changes.",
    )
    reason: str = strawberry.field(
        default="reconciliation", description="Why it was counted; booked with each count."
    )
    reference: str | None = strawberry.field(
        default=None, description="The counting list, for instance."
    )

    def check(self) -> None:
        """Check the list as a whole. Raises refusals."""
        if not 1 <= len(self.counts) <= MOST_COUNTS:
            raise UnusableCounts(count=len(self.counts), field=("counts",))
        key = self.idempotency_key
        if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isprintable()):
            raise UnusableReconciliationKey(field=("idempotency_key",))
        seen: set[tuple[str, str]] = set()
        for i, one in enumerate(self.counts):
            if (place := (one.sku, one.location)) in seen:
                raise CountedTwice(sku=one.sku, location=one.location, field=("counts", str(i)))
            seen.add(place)

    def count(self, one: CountInput) -> CountStockInput:
        """Make the input that books one of the counts, under a key of its own."""
        key = self.idempotency_key
        place = stock_item_id(one.sku, one.location)
        return CountStockInput(
            idempotency_key=None if key is None else f"{key}/{place}",
            sku=one.sku,
            location=one.location,
            counted=one.counted,
            reason=self.reason,
            reference=self.reference,
            expected_on_hand=one.expected_on_hand,
        )


@strawberry.type(description="What was counted beside what is booked.")
class StockDifference:
    """One count and what became of it."""

    sku: str = strawberry.field(description="What was counted.")
    location: str = strawberry.field(description="Where.")
    on_hand: int = strawberry.field(
        description="What was booked: just before the count where it was booked, else as the read"
        " tables know it. Send it as `expectedOnHand` to book the count later."
    )
    counted: int = strawberry.field(description="What was counted.")
    delta: int = strawberry.field(description="What was counted less what was booked.")
    booked: bool = strawberry.field(description="Whether the count was booked, now or before.")
    user_errors: list[UserError] = strawberry.field(description="Why it could not be booked.")


@strawberry.type(description="What became of a reconciliation.")
class ReconcileStockPayload:
    """What became of a reconciliation; resolved from `Reconciled`."""

    user_errors: list[UserError] = strawberry.field(
        description="Why the list as a whole was refused; then nothing was booked."
    )
    results: list[StockDifference] = strawberry.field(
        description="One answer for each count, in the order of the input."
    )
    unlisted: list[StockItem] = strawberry.field(
        description="What the locations of the list have on hand that it does not name, by location"
        " and SKU: 500 at most. Nothing of it is booked."
    )
    position: Position | None = strawberry.field(
        description="Where the last event stands that was booked. Null when none was."
    )


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The outcome of a reconciliation."""

    results: list[StockDifference] = field(default_factory=list)
    user_errors: list[UserError] = field(default_factory=list)
    unlisted: list[StockItemView] = field(default_factory=list)
    position: int | None = None


@strawberry.type
class StockReconciliation:
    """The mutation for lists of counts."""

    @mutation(
        ReconcileStockPayload,
        "Compare up to 500 counts with what is booked: the differences are listed, and booked when"
        " asked to. Each count stands alone: some may be refused while others are booked.",
    )
    async def reconcile_stock(self, info: Info, input: ReconcileStockInput) -> Reconciled:
        """List differences, and book the counts."""
        try:
            input.check()
        except Refusal as refusal:
            return Reconciled(user_errors=[user_error(refusal)])
        answers = await _booked(info.context, input) if input.book else []
        results = await _compared(info.context, input.counts, answers)
        return Reconciled(
            results,
            unlisted=await _unlisted(info.context, input.counts),
            position=max(filter(None, (a.position for a in answers)), default=None),
        )


async def _unlisted(context: Context, counts: Sequence[CountInput]) -> list[StockItemView]:
    """Find what should have been counted, too, as the read tables know it."""
    places = sorted({one.location for one in counts})
    listed = [stock_item_id(one.sku, one.location) for one in counts]
    async with context.pool.connection() as connection:
        return await stock_levels.unlisted(connection, places, listed, MOST_COUNTS)


async def _booked(context: Context, given: ReconcileStockInput) -> list[Answer]:
    """Book the counts, a few dozen at a time, so that others get their turn in between."""
    turn = asyncio.Semaphore(LARGEST_GROUP)

    async def book(i: int, one: CountInput) -> Answer:
        async with turn:
            counting = given.count(one)
            answer = await context.gateway.carry_out(context.cause, counting, CountStock)
        for error in answer.user_errors:
            error.field = error.field and ["input", "counts", str(i), *error.field[1:]]
        return answer

    return list(await asyncio.gather(*(book(i, one) for i, one in enumerate(given.counts))))


async def _compared(
    context: Context, counts: Sequence[CountInput], answers: Sequence[Answer] = ()
) -> list[StockDifference]:
    """Set each count beside what was booked just before it, or what the read tables know."""
    items = [stock_item_id(one.sku, one.location) for one in counts]
    views = [answer.view for answer in answers] or [None] * len(items)
    keys = [f"{view.id}/{view.version}" for view in views if view is not None]
    async with context.pool.connection() as connection:
        levels = await stock_levels.by_ids(connection, items)
        events = await event_log.by_ids(connection, keys)
    results = []
    for one, id, view, i in zip(counts, items, views, range(len(items)), strict=True):
        known = levels[id].on_hand if id in levels else 0
        if view is not None:
            known = events[f"{view.id}/{view.version}"].data["expected"]
        results.append(
            StockDifference(
                sku=one.sku,
                location=one.location,
                on_hand=known,
                counted=one.counted,
                delta=one.counted - known,
                booked=view is not None,
                user_errors=answers[i].user_errors if answers else [],
            )
        )
    return results
