"""Proofs about the log: signed roots, that an event is under one, that one extends another."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from oms_api.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    Page,
    Paged,
    Sorting,
    filtered,
)
from oms_api.context import Info
from oms_api.declare import query, resolved
from oms_api.enums import describe
from oms_api.failures import InvalidArgument, InvalidId
from oms_api.nodes import parse_global_id
from oms_api.scalars import Position
from oms_core.runtime.proof import proofs
from oms_core.runtime.proof.proofs import ConsistencyProof, InclusionProof, SignedRoot
from oms_projections import signed_roots
from oms_projections.event_log import parse_event_id
from oms_projections.signed_roots import SignedRootSortField

describe(
    SignedRootSortField,
    "What a list of roots is sorted by.",
    SIZE="How many events they cover: the order in which they were signed.",
)

ROOTS = Paged("signed_roots", signed_roots.LIST)
"""All roots."""


def _hex(name: str, description: str) -> Any:
    return resolved(lambda root: getattr(root, name).hex(), str, description)


def _path(description: str) -> Any:
    return resolved(lambda root: [step.hex() for step in root.path], list[str], description)


@strawberry.type(
    name="SignedRoot",
    description="The root of the tree over all events up to one of them (RFC 9162), signed.",
)
class SignedRootType:
    """A root; resolved from `SignedRoot`."""

    size: Position = strawberry.field(description="How many events it covers.")
    position: Position = strawberry.field(description="Where the last of them stands in the log.")
    root: str = _hex("root", "Its hash, in hexadecimal digits.")
    sealed_at: datetime = strawberry.field(description="When it was signed.")
    note: str = strawberry.field(
        description="What is to be published: a checkpoint with its signature (C2SP)."
    )


@strawberry.type(description="A signed root and its place in the list.")
class SignedRootEdge:
    """A root and its cursor."""

    node: SignedRootType = strawberry.field(description="The root.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of signed roots.")
class SignedRootConnection(Page):
    """A page of roots; resolved from `Connection`."""

    edges: list[SignedRootEdge] = strawberry.field(description="Roots with their cursors.")
    nodes: list[SignedRootType] = strawberry.field(description="The roots alone.")


@strawberry.input(description="Which roots: all conditions hold.")
class SignedRootFilter:
    """Which roots."""

    sealed_from: datetime | None = strawberry.field(
        default=None, description="Signed at this moment or later."
    )
    sealed_to: datetime | None = strawberry.field(
        default=None, description="Signed before this moment."
    )


@strawberry.input(description="How a list of roots is sorted.")
class SignedRootSort(Sorting):
    """How a list of roots is sorted."""

    field: SignedRootSortField = strawberry.field(description="By what.")


def _record(root: InclusionProof) -> str:
    return root.record.decode()


@strawberry.type(
    name="InclusionProof",
    description="That an event was in the log when a root was signed (RFC 9162, section 2.1.3).",
)
class InclusionProofType:
    """A proof; resolved from `InclusionProof`."""

    record: str = resolved(
        _record, str, "The event in canonical form (RFC 8785); its SHA-256 is the event's hash."
    )
    hash: str = resolved(
        lambda root: root.event.hash.decode(),
        str,
        "The event's hash; the leaf is SHA-256 of a byte 00 and this.",
    )
    leaf_index: Position = resolved(
        lambda root: root.index, Position, "Which leaf it is, from 0 on."
    )
    path: list[str] = _path("The hashes that lead from the leaf to the root.")
    root: SignedRootType = strawberry.field(description="The root that it is under.")


@strawberry.type(
    name="ConsistencyProof",
    description="That one root covers the beginning of what another covers, unchanged (RFC 9162,"
    " section 2.1.4).",
)
class ConsistencyProofType:
    """A proof; resolved from `ConsistencyProof`."""

    first: SignedRootType = strawberry.field(description="The earlier root.")
    second: SignedRootType = strawberry.field(description="The later root.")
    path: list[str] = _path("The hashes that lead to both roots.")


@strawberry.type
class ProofQueries:
    """Queries for proofs. They need no `minPosition`: the log is never behind."""

    @query(
        SignedRootConnection, "The roots that were signed, oldest first unless sorted otherwise."
    )
    async def signed_roots(
        self,
        info: Info,
        *,
        filter: Annotated[
            SignedRootFilter | None,
            strawberry.argument(description="Only these; all when missing."),
        ] = None,
        sort: Annotated[
            SignedRootSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SignedRoot]:
        """Read a page of roots."""
        part = ROOTS.part(sort, first, after, last, before)
        where = signed_roots.where(filtered(signed_roots.SignedRootFilter, filter))
        return await ROOTS.page(info.context.pool, where, part)

    @query(
        InclusionProofType | None,
        "The proof that an event is in the log; null while no root covers it, a minute at most, and"
        " for an event that there is not.",
    )
    async def inclusion_proof(
        self,
        info: Info,
        *,
        event_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="The event: its global id, or stream and version."),
        ] = None,
        position: Annotated[
            Position | None, strawberry.argument(description="Or its position in the log.")
        ] = None,
        size: Annotated[
            Position | None,
            strawberry.argument(description="Under the root of this size; the last if missing."),
        ] = None,
    ) -> InclusionProof | None:
        """Prove that an event is under a root."""
        if (event_id is None) == (position is None):
            raise InvalidArgument("Name the event by `eventId` or by `position`.")
        async with info.context.pool.connection() as connection:
            if position is not None:
                event = await proofs.event_at(connection, position)
            else:
                event = await proofs.event_by_id(connection, *_event_key(event_id or ""))
            root = await proofs.signed_root(connection, size)
            if event is None or root is None:
                return None
            return await proofs.inclusion(connection, event, root)

    @query(
        ConsistencyProofType | None,
        "The proof that a root extends an earlier one; null when one of them is not a root here.",
    )
    async def consistency_proof(
        self,
        info: Info,
        *,
        first: Annotated[
            Position, strawberry.argument(name="from", description="The earlier root's size.")
        ],
        second: Annotated[
            Position | None,
            strawberry.argument(name="to", description="The later one's; the last if missing."),
        ] = None,
    ) -> ConsistencyProof | None:
        """Prove that a root extends another."""
        async with info.context.pool.connection() as connection:
            earlier = await proofs.signed_root(connection, first)
            later = await proofs.signed_root(connection, second)
            if earlier is None or later is None:
                return None
            if earlier.size > later.size:
                raise InvalidArgument("`from` is the smaller root.")
            return await proofs.consistency(connection, earlier, later)


def _event_key(given: str) -> tuple[Any, int]:
    """Read the id of an event, global or as stream and version. Raises `InvalidId`."""
    found = parse_event_id(given)
    if found is None:
        kind, key = parse_global_id(given)
        found = parse_event_id(key) if kind == "Event" else None
    if found is None:
        raise InvalidId(f"{given} is not the id of an event.")
    return found
