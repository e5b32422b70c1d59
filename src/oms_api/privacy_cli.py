"""Commands for whoever answers for personal data: a copy, erasure, and the master key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer
from psycopg.errors import CheckViolation
from pydantic import ValidationError

from oms_api.places import ACTOR, DataDir, looked, opened, out, settings_of
from oms_api.privacy import explained
from oms_core.kernel.envelope import Cause
from oms_core.kernel.refusal import Refusal
from oms_core.persons.commands import EraseCustomer
from oms_core.persons.person import PersonView
from oms_core.runtime.command_bus import CommandBus
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.privacy.custody import FileCustodian
from oms_core.runtime.privacy.subject_keys import rewrap
from oms_core.runtime.request import Request
from oms_projections import persons
from oms_projections.standing_in import StandIn

Customer = Annotated[str, typer.Argument(help="The reference, as the customer's orders have it.")]

privacy = typer.Typer(help="Personal data.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    app.command()(erase_customer)
    app.command()(customer_data)
    app.add_typer(privacy, name="privacy")


def erase_customer(
    customer: Customer,
    reason: Annotated[str, typer.Option(help="Why, for whoever checks.")],
    data_dir: DataDir = None,
) -> None:
    """Forget a customer: no way of reading shows them any more, and proofs stay valid."""
    settings = settings_of(data_dir)
    with (
        opened(settings) as url,
        connect(url, name="oms erase-customer") as conn,
        CommandBus(url) as bus,
    ):
        tables = StandIn(conn, persons.SHOWING)
        as_of = tables.catch_up()
        facts = persons.to_erase(conn, customer, as_of=as_of, books_years=settings.books_years)
        try:
            command = EraseCustomer.model_validate({"customer": customer, "reason": reason} | facts)
            asked = Request(command, Cause(ACTOR, uuid4()), datetime.now(UTC))
            outcome = bus.submit(asked).result()
        except ValidationError:
            raise SetupError("Say why in up to 200 characters: it is for whoever checks.") from None
        except CheckViolation:
            raise SetupError("The customer ordered just now. Try again.") from None
        except Refusal as refusal:
            raise SetupError(str(refusal)) from None
        tables.come_to(outcome.position)
        persons.forget_rebuilds(conn)
        left = persons.still_readable(conn, customer)
    done: PersonView = replace(outcome.view, still_readable=left)
    out.print(f"Erased, with {done.orders} orders. {explained(done)}", soft_wrap=True)


def customer_data(customer: Customer, data_dir: DataDir = None) -> None:
    """Print all that is held about a customer, as JSON; the access is logged."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms customer-data") as conn:
        StandIn(conn, persons.SHOWING).catch_up()
        looked(conn, "oms customer-data", customer)
        try:
            found: dict[str, Any] = persons.export(conn, customer)
        except Refusal as refusal:
            raise SetupError(str(refusal)) from None
    typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))


@privacy.command("rotate-master-key")
def rotate_master_key(data_dir: DataDir = None) -> None:
    """Wrap every person's key with a new master key; the old one stays in the file for backups."""
    settings = settings_of(data_dir)
    keeper = FileCustodian(settings.master_keys)
    with opened(settings) as url, connect(url, name="oms privacy") as conn:
        name = keeper.rotate()
        out.print(f"{rewrap(conn, keeper):,} keys are wrapped with the master key {name} now.")
