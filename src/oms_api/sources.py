"""Where the things below an order or a shipment come from: the read tables, or the event store.

Both load what the objects of one level ask for together.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from uuid import UUID

from psycopg import AsyncConnection
from strawberry.dataloader import DataLoader

from oms_api import streams
from oms_api.rights.reach import OutOfReach, show, within_reach
from oms_core.assignments.assignment import assignment_id
from oms_core.claims.claim import ClaimView
from oms_core.conversations.conversation import conversation_id
from oms_core.corrections.correction import corrections_id
from oms_core.orders.events import AppliedDiscount
from oms_core.orders.view import OrderLineView, OrderView
from oms_core.payments.view import PaymentView
from oms_core.returns.view import ReturnView
from oms_core.runtime.privacy.looking import shown
from oms_core.runtime.timers import WAITING_OF, WaitingTimer
from oms_core.shipments.view import ShipmentView
from oms_projections import (
    claims,
    event_log,
    orders,
    payments,
    returns,
    serials,
    shipments,
    stock_lots,
    stock_safety,
    stock_supplies,
)
from oms_projections.event_log import EventRecord
from oms_projections.shipments import Place
from oms_projections.stock_lots import LotView
from oms_projections.stock_safety import ChannelStockView
from oms_projections.stock_supplies import SupplyView

ORDER_TABLES = ("orders", "shipments", "returns", "payments", "claims")
"""The projections that answer what an order is and what belongs to it."""


class Pool(Protocol):
    """Gives connections to the database."""

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """Give a connection to whoever enters it, and take it back."""
        ...


class Source(Protocol):
    """Reads what belongs to an order."""

    async def order(self, id: UUID) -> SourcedOrder | None:
        """Return an order, or None when there is none."""
        ...

    async def shipments(self, order: OrderView) -> list[SourcedShipment]:
        """Return the order's shipments in the order in which they were planned."""
        ...

    async def returns(self, order: OrderView) -> list[ReturnView]:
        """Return the order's returns in the order in which they were requested."""
        ...

    async def payments(self, order: OrderView) -> list[PaymentView]:
        """Return the order's payments in the order in which they were opened."""
        ...

    async def claims(self, order: OrderView) -> list[ClaimView]:
        """Return the order's claims in the order in which they were opened."""
        ...

    async def conversation(self, order: OrderView) -> list[EventRecord]:
        """Return what was said about the order, oldest first."""
        ...

    async def events(self, order: OrderView) -> list[EventRecord]:
        """Return what happened to the order and all that belongs to it, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class SourcedOrder:
    """An order, and where what belongs to it is read. Every order that is shown is one of these.

    Raises `OutOfReach` rather than show what whoever asks may not see, wherever it was found.
    """

    view: OrderView
    source: Source

    def __post_init__(self) -> None:
        if not within_reach(self.view):
            raise OutOfReach
        shown(self.view.customer.reference)


def sourced(view: OrderView, source: Source) -> SourcedOrder | None:
    """Show an order, if whoever asks may see it."""
    return SourcedOrder(view, source) if within_reach(view) else None


@dataclass(frozen=True, slots=True)
class SourcedShipment:
    """A shipment, and where its order is read."""

    view: ShipmentView
    source: Source


@dataclass(frozen=True, slots=True)
class PartOfOrder:
    """A line or a discount of an order, with the order's currency."""

    view: OrderLineView | AppliedDiscount
    currency: str


def attribute(source: object, name: str) -> object:
    """Resolve a field that has no resolver: an attribute of the thing, or of the view it wraps."""
    if isinstance(source, SourcedOrder | SourcedShipment | PartOfOrder):
        return getattr(source.view, name)
    return getattr(source, name)


class ReadTables:
    """The read tables, as far as the projections have come. One per request.

    Loaders are made when they are asked for: most requests need one of them, or none.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def let_go(self) -> None:
        """Forget what was loaded, once it is answered: loaders and what they gave hold on to each
        other, and would stay until garbage is looked for.
        """
        self.__dict__ = {"_pool": self._pool}

    @cached_property
    def _orders(self) -> DataLoader[UUID, SourcedOrder | None]:
        return DataLoader(self._load_orders)

    @cached_property
    def _shipments(self) -> DataLoader[UUID, list[SourcedShipment]]:
        return DataLoader(self._load_shipments)

    @cached_property
    def _returns(self) -> DataLoader[UUID, list[ReturnView]]:
        return DataLoader(self._load_returns)

    @cached_property
    def _payments(self) -> DataLoader[UUID, list[PaymentView]]:
        return DataLoader(self._load_payments)

    @cached_property
    def _claims(self) -> DataLoader[UUID, list[ClaimView]]:
        return DataLoader(self._load_claims)

    @cached_property
    def _histories(self) -> DataLoader[tuple[UUID, ...], list[EventRecord]]:
        return DataLoader(self._load_histories)

    @cached_property
    def _timers(self) -> DataLoader[tuple[UUID, ...], list[WaitingTimer]]:
        return DataLoader(self._load_timers)

    async def timers(self, order: OrderView) -> list[WaitingTimer]:
        """Return what waits for its time on the order and its payments, the next first."""
        return await self._timers.load((order.id, *order.payment_ids))

    async def order(self, id: UUID) -> SourcedOrder | None:
        return await self._orders.load(id)

    async def tracked(self, id: UUID) -> SourcedOrder | None:
        """Return an order to somebody who has its secret, whoever they are."""
        show(id)
        [found] = await self._load_orders([id])
        return found

    async def shipments(self, order: OrderView) -> list[SourcedShipment]:
        return await self._shipments.load(order.id) if order.shipment_ids else []

    async def returns(self, order: OrderView) -> list[ReturnView]:
        return await self._returns.load(order.id) if order.return_ids else []

    async def payments(self, order: OrderView) -> list[PaymentView]:
        return await self._payments.load(order.id) if order.payment_ids else []

    async def claims(self, order: OrderView) -> list[ClaimView]:
        return await self._claims.load(order.id) if order.claim_ids else []

    async def conversation(self, order: OrderView) -> list[EventRecord]:
        return await self._histories.load((conversation_id(order.id),))

    async def events(self, order: OrderView) -> list[EventRecord]:
        return await self._histories.load(streams_of(order))

    async def history(self, stream_id: UUID) -> list[EventRecord]:
        """Return what happened in one stream, oldest first."""
        return await self._histories.load((stream_id,))

    @cached_property
    def _events(self) -> DataLoader[str, EventRecord | None]:
        return DataLoader(self._load_events)

    async def event(self, id: str) -> EventRecord | None:
        """Return an event by its id, stream and version; None when there is none."""
        return await self._events.load(id)

    @cached_property
    def _supplies(self) -> DataLoader[UUID, list[SupplyView]]:
        return DataLoader(self._load_supplies)

    async def supplies(self, item_id: UUID) -> list[SupplyView]:
        """Return what was announced of a stock item."""
        return await self._supplies.load(item_id)

    async def _load_timers(self, asked: list[tuple[UUID, ...]]) -> Sequence[list[WaitingTimer]]:
        ids = list({id for streams in asked for id in streams})
        async with self._pool.connection() as connection:
            cursor = await connection.execute(WAITING_OF, (ids,))
            found = [WaitingTimer(*row) for row in await cursor.fetchall()]
        return [[timer for timer in found if timer.stream_id in streams] for streams in asked]

    @cached_property
    def _picked(self) -> DataLoader[Place, int]:
        return DataLoader(self._load_picked)

    async def picked(self, sku: str, location: str) -> int:
        """Count units of a SKU that are picked at a location and have not left."""
        return await self._picked.load((sku, location))

    async def _load_picked(self, places: list[Place]) -> Sequence[int]:
        async with self._pool.connection() as connection:
            found = await shipments.picked(connection, places)
        return [found.get(place, 0) for place in places]

    @cached_property
    def _serials(self) -> DataLoader[Place, int]:
        return DataLoader(self._load_serials)

    async def serials_on_hand(self, sku: str, location: str) -> int:
        """Count the units of a SKU that are known by their serial numbers to be at a location."""
        return await self._serials.load((sku, location))

    async def _load_serials(self, places: list[Place]) -> Sequence[int]:
        async with self._pool.connection() as connection:
            found = await serials.on_hand(connection, places)
        return [found.get(place, 0) for place in places]

    @cached_property
    def _lots(self) -> DataLoader[UUID, list[LotView]]:
        return DataLoader(self._load_lots)

    async def lots(self, item_id: UUID) -> list[LotView]:
        """Return the lots of a stock item."""
        return await self._lots.load(item_id)

    async def _load_lots(self, ids: list[UUID]) -> Sequence[list[LotView]]:
        async with self._pool.connection() as connection:
            found = await stock_lots.of_items(connection, ids)
        return [found.get(id, []) for id in ids]

    @cached_property
    def _channels(self) -> DataLoader[UUID, list[ChannelStockView]]:
        return DataLoader(self._load_channels)

    async def stock_by_channel(self, item_id: UUID) -> list[ChannelStockView]:
        """Return what of a stock item is for which channel."""
        return await self._channels.load(item_id)

    async def _load_channels(self, ids: list[UUID]) -> Sequence[list[ChannelStockView]]:
        async with self._pool.connection() as connection:
            found = await stock_safety.by_channel(connection, ids)
        return [found.get(id, []) for id in ids]

    async def _load_supplies(self, ids: list[UUID]) -> Sequence[list[SupplyView]]:
        async with self._pool.connection() as connection:
            found = await stock_supplies.of_items(connection, ids)
        return [found.get(id, []) for id in ids]

    async def _load_events(self, ids: list[str]) -> Sequence[EventRecord | None]:
        async with self._pool.connection() as connection:
            found = await event_log.by_ids(connection, ids)
        return [found.get(id) for id in ids]

    async def _load_orders(self, ids: list[UUID]) -> Sequence[SourcedOrder | None]:
        async with self._pool.connection() as connection:
            found = await orders.by_ids(connection, ids)
        return [sourced(found[id], self) if id in found else None for id in ids]

    async def _load_shipments(self, ids: list[UUID]) -> Sequence[list[SourcedShipment]]:
        async with self._pool.connection() as connection:
            found = await shipments.by_orders(connection, ids)
        return [[SourcedShipment(view, self) for view in found.get(id, ())] for id in ids]

    async def _load_returns(self, ids: list[UUID]) -> Sequence[list[ReturnView]]:
        async with self._pool.connection() as connection:
            found = await returns.by_orders(connection, ids)
        return [found.get(id, []) for id in ids]

    async def _load_payments(self, ids: list[UUID]) -> Sequence[list[PaymentView]]:
        async with self._pool.connection() as connection:
            found = await payments.by_orders(connection, ids)
        return [found.get(id, []) for id in ids]

    async def _load_claims(self, ids: list[UUID]) -> Sequence[list[ClaimView]]:
        async with self._pool.connection() as connection:
            found = await claims.by_orders(connection, ids)
        return [found.get(id, []) for id in ids]

    async def _load_histories(self, asked: list[tuple[UUID, ...]]) -> Sequence[list[EventRecord]]:
        async with self._pool.connection() as connection:
            return await streams.histories(connection, asked)


def streams_of(order: OrderView) -> tuple[UUID, ...]:
    """Name every stream that tells of an order."""
    own = (
        order.id,
        assignment_id(order.id),
        *order.shipment_ids,
        *order.return_ids,
        *order.claim_ids,
        *order.payment_ids,
        conversation_id(order.id),
    )
    return *own, *map(corrections_id, own)
