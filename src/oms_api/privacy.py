"""What persons may ask for: a copy of what is held about them, who saw it, and to be forgotten."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import psycopg
import strawberry
from psycopg.errors import CheckViolation

from oms_api.answers import Answer, Payload
from oms_api.context import Context, Info
from oms_api.declare import mutation, query, resolved
from oms_api.inputs import CommandInput
from oms_api.scalars import Json, Position
from oms_core.persons.commands import EraseCustomer
from oms_core.persons.person import PersonView
from oms_core.runtime.command_bus import Contended
from oms_core.runtime.connections import connect
from oms_core.runtime.privacy.looking import OF_PERSON, Accessed, Shown, note
from oms_core.runtime.settings import Settings
from oms_projections import persons
from oms_projections.persons import TABLES

T = TypeVar("T")
MOST = 500
ATTEMPTS = 5

Customer = Annotated[
    str, strawberry.argument(description="The customer's reference, as their orders have it.")
]


@strawberry.input(description="Forget a customer.")
class EraseCustomerInput(CommandInput):
    """Forget a customer."""

    customer: str = strawberry.field(
        description="The customer's reference, as their orders have it."
    )
    reason: str = strawberry.field(description="Why, such as the request they sent.")


def explained(person: PersonView) -> str:
    """Say what is erased, and what is not."""
    but = ""
    if person.still_readable:
        but = (
            f", but for what is sealed with the key of another person ({person.still_readable:,} of"
            " the events): it goes when that one is erased. `oms verify` names it"
        )
    if person.held_until is None:
        return f"All of it is erased{but}."
    return (
        "The billing addresses of orders that were paid or sent are kept until"
        f" {person.held_until}, as tax and commercial law demand; the rest is erased{but}."
    )


@strawberry.type(description="What became of a customer; or why it was refused.")
class EraseCustomerPayload(Payload):
    """What became of a customer; resolved from an `Answer` whose view is a `PersonView`."""

    orders: int | None = resolved(
        lambda root: root.view and root.view.orders, int | None, "How many orders they had."
    )
    held_until: date | None = resolved(
        lambda root: root.view and root.view.held_until,
        date | None,
        "When the last of what the books need is erased, too; null when nothing is kept.",
    )
    explanation: str | None = resolved(
        lambda root: root.view and explained(root.view), str | None, "What is kept, and why."
    )


@strawberry.type(description="Somebody was shown personal data, or exported them.")
class Access:
    """An access; resolved from `Accessed`."""

    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="Who.")
    operation: str = strawberry.field(description="What for: the name of the caller's operation.")
    correlation_id: str = strawberry.field(description="The request.")


@strawberry.type
class PrivacyQueries:
    """Queries on persons."""

    @query(
        Json,
        "All that is held about a customer, for them (GDPR article 15): each event of their orders"
        " and of what belongs to them, who saw it, and what was erased. Logged as an access.",
    )
    async def customer_data_export(self, info: Info, *, customer: Customer) -> Any:
        """Export a customer's data."""
        context = info.context
        await context.caught_up(*TABLES)
        return await asyncio.to_thread(_exported, context, customer)

    @query(list[Access], f"Who was shown data of a customer, the latest first; {MOST} at most.")
    async def access_log(
        self,
        info: Info,
        *,
        customer: Customer,
        first: Annotated[int, strawberry.argument(description="How many.")] = 50,
    ) -> list[Accessed]:
        """List accesses."""
        async with info.context.pool.connection() as connection:
            cursor = await connection.execute(OF_PERSON, (customer, min(max(first, 0), MOST)))
            return [Accessed(*row) for row in await cursor.fetchall()]


@strawberry.type
class PrivacyMutations:
    """Commands on persons."""

    @mutation(
        EraseCustomerPayload,
        "Forget a customer: the key that their data are encrypted with is destroyed, and `[erased]`"
        " stands everywhere at once. Amounts and proofs stay as they are. What the law has the shop"
        " keep is erased by itself when its term ends.",
    )
    async def erase_customer(self, info: Info, input: EraseCustomerInput) -> Answer:
        """Erase a customer, and wait until the read tables have heard of it."""
        context = info.context
        for _ in range(ATTEMPTS):
            as_of = await context.caught_up(*TABLES)
            facts = await asyncio.to_thread(_to_erase, context, input, as_of)
            with contextlib.suppress(CheckViolation):  # more became known meanwhile
                answer = await context.gateway.carry_out(
                    context.cause, input, EraseCustomer, **facts
                )
                if answer.position is not None:
                    await context.reached(Position(answer.position), *TABLES)
                    left = await asyncio.to_thread(_forgotten, context, input.customer)
                    return replace(answer, view=replace(answer.view, still_readable=left))
                return answer
        raise Contended


def _with(context: Context, work: Callable[[psycopg.Connection[Any]], T]) -> T:
    with connect(context.database_url, name="oms privacy") as conn:
        return work(conn)


def _to_erase(context: Context, asked: EraseCustomerInput, as_of: int) -> dict[str, Any]:
    def work(conn: psycopg.Connection[Any]) -> dict[str, Any]:
        years = Settings().books_years
        return persons.to_erase(conn, asked.customer, as_of=as_of, books_years=years)

    return _with(context, work)


def _forgotten(context: Context, customer: str) -> int:
    """Drop what rebuilds left, and tell how many events can still be read."""

    def work(conn: psycopg.Connection[Any]) -> int:
        persons.forget_rebuilds(conn)
        return persons.still_readable(conn, customer)

    return _with(context, work)


def _exported(context: Context, customer: str) -> dict[str, Any]:
    def work(conn: psycopg.Connection[Any]) -> dict[str, Any]:
        note(
            conn,
            Shown({customer}),
            actor=context.who.actor,
            operation="customerDataExport",
            request=context.correlation_id,
        )
        return persons.export(conn, customer)

    return _with(context, work)
