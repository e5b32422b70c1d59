"""Evidence about an order: one file with its events, its history in words, and their proofs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from oms_api.context import Info
from oms_api.declare import query
from oms_api.failures import Failure
from oms_api.folded_streams import FoldedStreams
from oms_api.history import tell_all
from oms_api.nodes import parse_id
from oms_api.sources import Pool
from oms_core.orders.view import OrderView
from oms_core.runtime.privacy.sealing import WITHHELD, personal_topics
from oms_core.runtime.proof.bundle import bundle, file_name
from oms_core.runtime.proof.notes import BadNote, Signer, opened
from oms_core.runtime.proof.proofs import events_of, inclusion, signed_root
from oms_core.story.words import Language
from oms_projections.event_log import EventRecord


class NotSealed(Failure):
    """Nothing of the order is under a root of this installation's key yet."""

    CODE = "NOT_SEALED"


@strawberry.type(description="A file that proves what happened to an order, for outside experts.")
class Evidence:
    """A bundle; its `content` says how it is checked."""

    file_name: str = strawberry.field(description="A name for the file.")
    content: str = strawberry.field(description="The zip archive, in base64.")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle and its file's name."""

    name: str
    data: bytes


async def evidence_of(pool: Pool, order: OrderView, signer: Signer) -> Bundle:
    """Bundle what is sealed of an order and of all that belongs to it. Raises `NotSealed`."""
    source = FoldedStreams(pool)
    told = await source.events(order)
    async with pool.connection() as connection, connection.transaction():
        root = await signed_root(connection)
        streams = sorted({event.stream_id for event in told})
        events = [] if root is None else await events_of(connection, streams, root.position)
        asked = (streams, personal_topics())
        hidden = await (await connection.execute(WITHHELD, asked)).fetchall()
        proofs = [await inclusion(connection, one, root) for one in events if root is not None]
    found = [proof for proof in proofs if proof is not None]
    if root is None or not found:
        raise NotSealed("Nothing of this order is sealed yet. Ask again in a minute.")
    if len(found) < len(events):
        raise NotSealed("The log is not what was sealed. Run `oms verify`.")
    try:
        opened(root.note, [signer.verifier])
    except BadNote:
        raise NotSealed("The key was changed since the last root. Ask again in a minute.") from None
    sealed = [event for event in told if event.position <= root.position]
    histories = {language.value.lower(): _history(sealed, order, language) for language in Language}
    unsealed = len(told) - len(sealed)
    withheld = {event_id for (event_id,) in hidden}
    data = bundle(
        order.number, found, root, histories, signer, unsealed=unsealed, withheld=withheld
    )
    return Bundle(file_name(order.number), data)


def _history(events: Sequence[EventRecord], order: OrderView, language: Language) -> str:
    lines = [
        f"{one.event.occurred_at.isoformat(timespec='seconds')}  {one.sentence}"
        f"  [{one.event.type}, {one.event.actor}, {one.event.event_id}]\n"
        for one in tell_all(events, order, language)
    ]
    return f"{order.number}\n\n{''.join(lines)}"


@strawberry.type
class EvidenceQueries:
    """Queries for evidence."""

    @query(
        Evidence | None,
        "What happened to an order, with proofs that an expert can check without this system; null"
        " when there is no such order. What no signed root covers yet is left out.",
    )
    async def evidence(
        self,
        info: Info,
        *,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="Which order.")],
    ) -> Evidence | None:
        """Bundle an order's evidence."""
        order = await info.context.now().order(parse_id("Order", order_id))
        if order is None:
            return None
        found = await evidence_of(info.context.pool, order.view, info.context.keys.signer())
        return Evidence(file_name=found.name, content=base64.b64encode(found.data).decode())
