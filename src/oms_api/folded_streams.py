"""Orders and what belongs to them past the read tables: as they are, or as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader

from oms_api import streams
from oms_api.sources import Pool, SourcedOrder, SourcedShipment, sourced, streams_of
from oms_core.claims.claim import Claim, ClaimView
from oms_core.conversations.conversation import conversation_id
from oms_core.kernel.aggregate import Aggregate
from oms_core.orders.order import Order
from oms_core.orders.view import OrderView
from oms_core.payments.payment import Payment
from oms_core.payments.view import PaymentView
from oms_core.returns.goods_return import Return
from oms_core.returns.view import ReturnView
from oms_core.runtime.kinds import kind_of
from oms_core.shipments.shipment import Shipment
from oms_projections import orders
from oms_projections.event_log import EventRecord
from oms_projections.orders import Key, OrderFilter


class FoldedStreams:
    """Aggregates folded from their events at once: as they are, as they were known at `as_of`, and
    with `valid_at` as they truly were then, by what was known.

    What is asked for at one time is folded together. It is kept unless `keep` says otherwise.
    """

    def __init__(
        self,
        pool: Pool,
        as_of: datetime | None = None,
        valid_at: datetime | None = None,
        *,
        keep: bool = True,
    ) -> None:
        self._pool = pool
        self._keep = keep
        self.as_of = as_of
        self.valid_at = valid_at

    @cached_property
    def _aggregates(self) -> DataLoader[UUID, Aggregate[Any] | None]:
        return DataLoader(self._load, cache=self._keep)

    @cached_property
    def _histories(self) -> DataLoader[tuple[UUID, ...], list[EventRecord]]:
        return DataLoader(self._load_histories, cache=self._keep)

    async def aggregate(self, id: UUID) -> Aggregate[Any] | None:
        """Fold one stream; None when it had no event then."""
        return await self._aggregates.load(id)

    async def aggregates(self, ids: Sequence[UUID]) -> list[Aggregate[Any] | None]:
        """Fold several streams at once, in the order asked."""
        return await self._aggregates.load_many(ids)

    async def order(self, id: UUID) -> SourcedOrder | None:
        found = await self.aggregate(id)
        return sourced(found.view(), self) if isinstance(found, Order) else None

    async def orders(self, ids: Sequence[UUID]) -> list[SourcedOrder]:
        """Fold orders, in the order asked; those that had not been placed are missing."""
        async with self._pool.connection() as connection:
            found = await streams.fold(connection, ids, as_of=self.as_of, valid_at=self.valid_at)
        folded = (found.get(id) for id in ids)
        shown = (sourced(one.view(), self) for one in folded if isinstance(one, Order))
        return [one for one in shown if one is not None]

    async def placed_by(self, filter: OrderFilter, **asked: Any) -> list[Key]:
        """Find where orders stand in the list that had been placed: see `orders.placed_by`."""
        async with self._pool.connection() as connection:
            return await orders.placed_by(
                connection, filter, as_of=self.as_of, valid_at=self.valid_at, **asked
            )

    async def order_at(self, id: UUID, version: int) -> SourcedOrder | None:
        """Fold an order up to its event number `version`; what belongs to it is of that moment."""
        async with self._pool.connection() as connection:
            found = await streams.fold(connection, [id], as_of=self.as_of, version=version)
            if not isinstance(order := found.get(id), Order) or order.version != version:
                return None
            moment = await streams.recorded_at(connection, id, version)
        return sourced(order.view(), FoldedStreams(self._pool, moment))

    async def shipments(self, order: OrderView) -> list[SourcedShipment]:
        found = await self._aggregates.load_many(order.shipment_ids)
        return [SourcedShipment(one.view(), self) for one in found if isinstance(one, Shipment)]

    async def returns(self, order: OrderView) -> list[ReturnView]:
        found = await self._aggregates.load_many(order.return_ids)
        return [one.view() for one in found if isinstance(one, Return)]

    async def payments(self, order: OrderView) -> list[PaymentView]:
        found = await self._aggregates.load_many(order.payment_ids)
        return [one.view() for one in found if isinstance(one, Payment)]

    async def claims(self, order: OrderView) -> list[ClaimView]:
        found = await self._aggregates.load_many(order.claim_ids)
        return [one.view() for one in found if isinstance(one, Claim)]

    async def conversation(self, order: OrderView) -> list[EventRecord]:
        return await self._histories.load((conversation_id(order.id),))

    async def events(self, order: OrderView) -> list[EventRecord]:
        found = await self._histories.load(streams_of(order))
        if self.valid_at is not None:
            return found
        return [e for e in found if e.stream_id != order.id or e.version <= order.version]

    async def _load(self, ids: list[UUID]) -> Sequence[Aggregate[Any] | None]:
        async with self._pool.connection() as connection:
            found = await streams.fold(connection, ids, as_of=self.as_of, valid_at=self.valid_at)
        return [found.get(id) for id in ids]

    async def _load_histories(self, asked: list[tuple[UUID, ...]]) -> Sequence[list[EventRecord]]:
        async with self._pool.connection() as connection:
            return await streams.histories(
                connection, asked, as_of=self.as_of, valid_at=self.valid_at
            )


Moment = tuple[UUID, datetime | None]


class FoldedMoments:
    """Aggregates as they were known, each at a moment of its own: for streams that are short.

    Whole streams are read, so that many moments take one statement. What became known later, as of
    an order that was imported, is as it is now.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._loader: DataLoader[Moment, Aggregate[Any] | None] = DataLoader(self._load)

    async def aggregates(
        self, ids: Sequence[UUID], as_of: datetime | None
    ) -> list[Aggregate[Any] | None]:
        """Fold streams as they were known at a moment, or as they are, in the order asked."""
        return await self._loader.load_many([(id, as_of) for id in ids])

    async def _load(self, asked: list[Moment]) -> list[Aggregate[Any] | None]:
        ids = list({id for id, _ in asked})
        async with self._pool.connection() as connection:
            found = await streams.histories(connection, [(id,) for id in ids])
        histories = dict(zip(ids, found, strict=True))
        return [_folded(id, histories[id], as_of) for id, as_of in asked]


def _folded(
    id: UUID, history: Sequence[EventRecord], as_of: datetime | None
) -> Aggregate[Any] | None:
    then = [record for record in history if as_of is None or record.recorded_at <= as_of]
    events = [record.event for record in then or history]
    if not events:
        return None
    aggregate = kind_of(events[0].TOPIC)(id)
    for event in events:
        aggregate.apply(event)
    return aggregate
