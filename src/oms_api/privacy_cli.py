"""Commands for whoever answers for personal data: a copy, erasure, and the master key."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer

from oms_api.places import DataDir, opened, out, settings_of
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.privacy.custody import FileCustodian
from oms_core.runtime.privacy.looking import NOTE, Shown
from oms_core.runtime.privacy.subject_keys import rewrap
from oms_projections import persons

ACTOR = "oms"

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
    """Forget a customer: `[erased]` stands everywhere at once, and proofs stay valid."""
    settings = settings_of(data_dir)
    with opened(settings) as url, connect(url, name="oms erase-customer") as conn:
        try:
            years = settings.books_years
            done = persons.erase(conn, customer, reason, actor=ACTOR, books_years=years)
        except Refusal as refusal:
            raise SetupError(str(refusal)) from None
    kept = f" Billing addresses are kept until {done.held_until}." if done.held_until else ""
    out.print(f"Erased, with {done.orders} orders.{kept}")


def customer_data(customer: Customer, data_dir: DataDir = None) -> None:
    """Print all that is held about a customer, as JSON; the access is logged."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms customer-data") as conn:
        access = Shown({customer}).access(ACTOR, "oms customer-data", uuid4())
        conn.execute(NOTE, (orjson.dumps([access]).decode(),))
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


@privacy.command("destroy-due")
def destroy_due(data_dir: DataDir = None) -> None:
    """Destroy the keys of erased persons whose term for the books is over."""
    with opened(settings_of(data_dir)) as url, connect(url, name="oms privacy") as conn:
        out.print(f"{persons.destroy_due(conn):,} keys are destroyed.")
