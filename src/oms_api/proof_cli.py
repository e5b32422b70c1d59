"""Commands for whoever has to prove something: seal, publish, verify."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from oms_api.bars import bar
from oms_api.evidence import Bundle, evidence_of
from oms_api.folded_streams import FoldedStreams
from oms_api.nodes import parse_plain_id
from oms_api.places import DataDir, looked, opened, out, settings_of
from oms_api.pools import async_pool
from oms_core.orders.order import order_id
from oms_core.runtime.connections import connect
from oms_core.runtime.errors import SetupError
from oms_core.runtime.privacy.wrong_keys import LookedAt
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.sealing import Sealer, database_id
from oms_core.runtime.proof.verifying import EVER, Verifier
from oms_core.runtime.proof.walking import Manipulated

MANIPULATED = 3
"""The exit code when something is not as it was; 1 is for whatever keeps us from looking."""

WRONG_KEYS = 4
"""The exit code when all is as it was recorded, but erasing persons would not go as it should."""

keys = typer.Typer(help="The keys that sign roots.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands under `oms`."""
    for command in (seal, roots, verify, evidence):
        app.command()(command)
    app.add_typer(keys, name="keys")


def seal(data_dir: DataDir = None) -> None:
    """Seal the log now; `serve` does it every minute."""
    settings = settings_of(data_dir)
    with opened(settings) as url, connect(url, name="oms seal") as conn:
        last = Sealer(conn, KeyFolder(settings.data_dir)).seal_all()
    out.print("The log is empty." if last is None else f"{last.size:,} events are sealed.")


def roots(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest last.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Print signed roots, to be published or kept elsewhere."""
    query = "SELECT note FROM oms.signed_roots ORDER BY size DESC LIMIT %s"
    with opened(settings_of(data_dir)) as url, connect(url, name="oms roots") as conn:
        notes = [row[0] for row in conn.execute(query, (limit,))]
    typer.echo("\n".join(reversed(notes)), nl=False)


def verify(
    first: Annotated[int, typer.Option("--from", min=0, help="From this position on.")] = 0,
    last: Annotated[int, typer.Option("--to", min=0, help="Up to this position.")] = EVER,
    root: Annotated[
        list[Path] | None, typer.Option(help="A file with a signed root kept elsewhere.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="A public key to trust, as name+id+key.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Compute every hash, root and signature anew; name the first event that is not as it was, and
    all that is sealed with a key of the wrong person.
    """
    settings = settings_of(data_dir)
    folder = KeyFolder(settings.data_dir)
    trusted = [*(key or []), *folder.trusted()]
    with (
        opened(settings) as url,
        connect(url, name="oms verify") as conn,
        connect(url, name="oms verify") as spare,
        bar(out, "verifying") as progress,
    ):
        known = [_text(file) for file in root or []]
        if remembered := folder.remembered(database_id(conn)):
            known.append(remembered)
        try:
            found = Verifier(conn, spare, trusted, known).run(first, last, progress)
        except Manipulated as finding:
            typer.echo(str(finding), err=True)
            raise typer.Exit(MANIPULATED) from None
    out.print(
        f"In order: {found.events:,} events, {found.sealed:,} of them sealed,"
        f" {found.roots:,} signed roots."
    )
    if not trusted:
        out.print(
            "The keys were taken from the database itself. Name those you know with --key.",
            soft_wrap=True,
        )
    _tell(found.persons)


def _tell(persons: LookedAt) -> None:
    """Say whether personal data are sealed with keys of the persons whom they are about."""
    for wrong in persons.wrong:
        typer.echo(str(wrong), err=True)
    if persons.wrong:
        raise typer.Exit(WRONG_KEYS)
    but = f", but for {persons.missing:,} whose key is not here" if persons.missing else ""
    out.print(
        f"Personal data of {persons.events:,} events are sealed, each with a key of the person whom"
        f" it is about{but}.",
        soft_wrap=True,
    )


def evidence(
    order: Annotated[str, typer.Argument(help="The order: its number, or its id.")],
    file: Annotated[Path | None, typer.Option("--out", help="Where to write it.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write what happened to an order, with proofs, to a file that experts check without us."""
    settings = settings_of(data_dir)
    folder = KeyFolder(settings.data_dir)
    with opened(settings) as url:
        with connect(url, name="oms evidence") as conn:
            Sealer(conn, folder).seal_all()
        bundle = asyncio.run(_bundle(url, order, folder))
    if bundle is None:
        raise SetupError(f"There is no order {order}.")
    path = file or Path(bundle.name)
    path.write_bytes(bundle.data)
    out.print(f"Written to {path}. Check it: python verifier.py {path}", soft_wrap=True)


async def _bundle(url: str, order: str, folder: KeyFolder) -> Bundle | None:
    async with async_pool(url) as pool:
        now, id = FoldedStreams(pool), parse_plain_id(order)
        found = await now.order(order_id(order)) or (id and await now.order(id))
        if not found:
            return None
        with connect(url, name="oms evidence") as conn:
            looked(conn, "oms evidence", found.view.customer.reference)
        return await evidence_of(pool, found.view, folder.signer())


@keys.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """Print the public keys of this installation, for whoever checks its roots."""
    folder = KeyFolder(settings_of(data_dir).data_dir)
    folder.signer()
    for line in folder.trusted():
        typer.echo(line)


@keys.command("rotate")
def rotate_key(data_dir: DataDir = None) -> None:
    """Sign with a new key from now on; what was signed stays valid."""
    typer.echo(KeyFolder(settings_of(data_dir).data_dir).rotate().verifier)


def _text(file: Path) -> str:
    if not file.is_file():
        raise SetupError(f"There is no file {file}.")
    return file.read_text()
