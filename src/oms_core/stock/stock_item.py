"""The truth about one SKU at one location: what may be decided about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import NotAllowedInState, Refusal
from oms_core.orders.quantities import LineQuantity
from oms_core.stock.events import (
    ChannelSafetyStockSet,
    ChannelShareSet,
    LotsPicked,
    ReservationReleased,
    StockAdjusted,
    StockCondition,
    StockConditionChanged,
    StockCounted,
    StockPolicySet,
    StockReceived,
    StockReserved,
    StockScrapped,
    StockShipped,
    StockTransferredOut,
    SupplyCancelled,
    SupplyExpected,
    SupplyRevised,
)
from oms_core.stock.lot_keeping import AVAILABLE, LotKeeping, Place
from oms_core.stock.refusals import (
    ConditionUnchanged,
    CountedLessThanUnsellable,
    CountOutdated,
    NoSuchSupply,
    SupplyAlreadyExpected,
    TooFewInCondition,
    TooManySetAside,
)
from oms_core.stock.view import Supply


class InsufficientStock(Refusal):
    """{sku}: {wanted} wanted, {available} available. Order less, allow a backorder, or wait for
    stock.
    """

    CODE = "INSUFFICIENT_STOCK"


class NothingToTakeAway(Refusal):
    """{sku} at {location}: {on_hand} on hand, so {delta} can't be taken away. Count again."""

    CODE = "INSUFFICIENT_STOCK"


class UnitsNotReserved(NotAllowedInState):
    """{quantity} units of order line {line_id} are not reserved at {location}: they left, or were
    released. Read the order again.
    """

    OF_A_RACE = True


def stock_item_id(sku: str, location: str) -> UUID:
    """Give the stream of a SKU at a location."""
    return natural_id("stock", sku, location)


class StockItem(LotKeeping):
    """One SKU at one location."""

    def receive(self, event: StockReceived) -> None:
        """Take goods in; the supply that they belong to, if any, must be expected."""
        if event.supply is not None:
            self.supply(event, event.supply)
        self.refuse_other_dates(event)
        self.record(event)

    def adjust(self, event: StockAdjusted) -> None:
        """Correct the figure; what is there can't become less than nothing."""
        if self.sellable + event.delta < 0:
            raise NothingToTakeAway(
                sku=event.sku,
                location=event.location,
                on_hand=self.sellable,
                delta=-event.delta,
                field=("delta",),
            )
        self.record(event)

    def count(self, facts: StockCounted, expected: int | None) -> None:
        """Take over what was counted; refused when the figure moved since the count began."""
        place = {"sku": facts.sku, "location": facts.location}
        if expected is not None and expected != self.on_hand:
            raise CountOutdated(
                **place, expected=expected, current=self.on_hand, field=("expected_on_hand",)
            )
        unsellable = self.quality_hold + self.damaged
        if facts.counted < unsellable:
            raise CountedLessThanUnsellable(
                **place, unsellable=unsellable, counted=facts.counted, field=("counted",)
            )
        self.record(facts)

    def change_condition(self, event: StockConditionChanged) -> None:
        """Note that units are in another condition, also when they are promised already."""
        if event.before is event.after:
            raise ConditionUnchanged(condition=event.before, field=("after",))
        self._refuse_unless_in_condition(event, event.before)
        self.record(event)

    def scrap(self, event: StockScrapped) -> None:
        """Take units away for good."""
        self._refuse_unless_in_condition(event, event.condition)
        self.record(event)

    def _refuse_unless_in_condition(
        self, event: StockConditionChanged | StockScrapped, condition: StockCondition
    ) -> None:
        if event.quantity > (there := self.in_condition(condition)):
            raise TooFewInCondition(
                sku=event.sku,
                location=event.location,
                there=there,
                condition=condition,
                quantity=event.quantity,
                field=("quantity",),
            )

    # ---------------------------------------------------------------------------------- promises

    def reserve(
        self,
        order_id: UUID,
        lines: Iterable[LineQuantity],
        channel: str | None = None,
        *,
        again: int = 0,
    ) -> None:
        """Promise units to an order; refused when not all are available to its channel.

        Units that the same command freed here may be promised `again`, whatever is kept back.
        """
        lines = tuple(lines)
        wanted = sum([line.quantity for line in lines])
        available = self.available_to(channel)
        if wanted > available:
            available = max(available, min(again, self.sellable - self.reserved))
        if wanted > available:
            raise InsufficientStock(sku=self.sku, wanted=wanted, available=max(available, 0))
        share = self.shares.get(channel, 0) if channel is not None and not self.unlimited else 0
        self.record(
            StockReserved(
                sku=self.sku,
                location=self.location,
                order_id=order_id,
                lines=lines,
                channel=channel if share else None,
                from_share=min(share, wanted),
                made_to_order=self.unlimited,
            )
        )

    def take_over(self, event: StockReserved) -> None:
        """Promise units to an order that came here for it, whatever else is kept back here."""
        self.record(event)

    def refuse_unless_it_can_take_over(self, sku: str, units: int, *, made_to_order: bool) -> None:
        """Refuse what is made to order where nothing is, and to add to what is short already."""
        there = self.sellable - self.reserved
        if (made_to_order and not self.unlimited) or there < 0:
            raise InsufficientStock(sku=sku, wanted=units, available=max(there, 0))

    def refuse_if_short(self) -> None:
        """Refuse while a count says that less is there than was promised."""
        if self.reserved > self.sellable:
            raise InsufficientStock(sku=self.sku, wanted=self.reserved, available=self.sellable)

    def not_promised(self) -> dict[StockCondition, int]:
        """Tell what may go elsewhere: all that no order was promised, in each condition."""
        free = self.sellable - self.reserved
        if free < 0:
            return {}
        others = (StockCondition.QUALITY_HOLD, StockCondition.DAMAGED)
        return {AVAILABLE: free} | {each: self.in_condition(each) for each in others}

    def release(self, order_id: UUID, lines: Iterable[LineQuantity]) -> None:
        """Withdraw a promise."""
        for made_to_order, part in self.told_apart(self._reserved(lines)):
            channel, units = (None, 0) if made_to_order else self.going_back(part)
            self.record(
                ReservationReleased(
                    sku=self.sku,
                    location=self.location,
                    order_id=order_id,
                    lines=part,
                    channel=channel,
                    to_share=units,
                    made_to_order=made_to_order,
                )
            )

    def miss(self, order_id: UUID, lines: Iterable[LineQuantity], reason: str) -> None:
        """Withdraw a promise whose units are not on the shelf, and correct the figure by them.

        What a count found missing before is not taken off twice.
        """
        lines = tuple(lines)
        known = max(self.reserved - self.sellable, 0)
        missing = self.on_shelf(lines) - known
        lots = self.missed(max(missing, 0))
        self.release(order_id, lines)
        if missing > 0:
            gone = {"sku": self.sku, "location": self.location, "delta": -missing, "lots": lots}
            self.record(StockAdjusted(**gone, reason=reason))

    def lots_picked(
        self, order_id: UUID, shipment_id: UUID, lots: Mapping[str, int], on: date | None
    ) -> LotsPicked | None:
        """Tell which lots are in hand for a shipment; None when that is known."""
        known = self.in_hand.get(shipment_id)
        if known is not None and known.units == lots:
            return None
        return LotsPicked(
            sku=self.sku,
            location=self.location,
            order_id=order_id,
            shipment_id=shipment_id,
            lots=self.picking(self, lots, shipment_id, on),
        )

    def pick_lots(self, event: LotsPicked) -> None:
        """Note which lots are in hand for a shipment."""
        self.record(event)

    def ship(
        self,
        order_id: UUID,
        shipment_id: UUID,
        lines: Iterable[LineQuantity],
        on: date,
        lots: Mapping[str, int],
    ) -> None:
        """Let promised units leave on a day, of the lots that were picked, or else those that
        expire first; refused when a count found that they are not there, or their best-before
        date has passed.
        """
        lines = tuple(lines)
        self.refuse_unless_there(lines, on, lots)
        for made_to_order, part in self.told_apart(lines):
            units = 0 if made_to_order else sum(line.quantity for line in part)
            chosen = self.leaving(self, units, {} if made_to_order else lots, on)
            self.record(
                StockShipped(
                    sku=self.sku,
                    location=self.location,
                    order_id=order_id,
                    shipment_id=shipment_id,
                    lines=part,
                    made_to_order=made_to_order,
                    lots=chosen,
                )
            )

    def refuse_unless_there(
        self, lines: Iterable[LineQuantity], on: date, lots: Mapping[str, int]
    ) -> None:
        """Refuse when these units were not promised, a count found that they are not there, or
        they are past their best-before date.
        """
        leaving = self.on_shelf(self._reserved(lines))
        if leaving > self.sellable:
            raise InsufficientStock(sku=self.sku, wanted=leaving, available=self.sellable)
        self.leaving(self, leaving, lots, on)

    def on_shelf(self, lines: Iterable[LineQuantity]) -> int:
        """Tell how many of these promised units are not made to order."""
        parts = self.told_apart(tuple(lines))
        return sum(line.quantity for made, part in parts if not made for line in part)

    def _reserved(self, lines: Iterable[LineQuantity]) -> tuple[LineQuantity, ...]:
        lines = tuple(lines)
        for line in lines:
            if self.reservations.get(line.line_id, 0) < line.quantity:
                raise UnitsNotReserved(
                    quantity=line.quantity, line_id=line.line_id, location=self.location
                )
        return lines

    def told_apart(
        self, lines: tuple[LineQuantity, ...]
    ) -> Iterator[tuple[bool, tuple[LineQuantity, ...]]]:
        """Tell units that are made to order from those on the shelf; the former go first."""
        if not self.made_to_order:
            yield False, lines
            return
        made = {ln.line_id: min(self.made_to_order.get(ln.line_id, 0), ln.quantity) for ln in lines}
        shelf = {line.line_id: line.quantity - made[line.line_id] for line in lines}
        for made_to_order, units in ((True, made), (False, shelf)):
            part = tuple(LineQuantity(line_id=id, quantity=n) for id, n in units.items() if n)
            if part:
                yield made_to_order, part

    # ------------------------------------------------------------------------ transfers and supply

    def transfer_out(self, event: StockTransferredOut) -> None:
        """Let units leave for another location."""
        self.record(event)

    def refuse_unless_free(self, event: StockTransferredOut, *, clearing: bool) -> None:
        """Refuse to move promised units; nor the safety stock and what is set aside for channels,
        unless the location is being cleared.
        """
        free = self.sellable - self.reserved
        if not clearing:
            free = min(free, self.available_to(None))
        if event.quantity > free:
            raise InsufficientStock(sku=event.sku, wanted=event.quantity, available=max(free, 0))

    def expect(self, event: SupplyExpected) -> None:
        """Note that units will come; nothing happens when the very same was announced."""
        known = self.supplies.get(event.supply)
        if known and (known.quantity, known.expected_on) == (event.quantity, event.expected_on):
            return
        self.refuse_if_announced(event, "supply")
        self.record(event)

    def refuse_if_announced(self, event: SupplyExpected, *field: str) -> None:
        """Refuse when units are announced under this name already."""
        if event.supply in self.supplies:
            raise SupplyAlreadyExpected(
                supply=event.supply, sku=event.sku, location=event.location, field=field
            )

    def revise_supply(self, event: SupplyRevised) -> None:
        """Change what is expected; nothing happens when that is so already."""
        known = self.supply(event, event.supply)
        if (event.quantity, event.expected_on) != (known.quantity, known.expected_on):
            self.record(event)

    def cancel_supply(self, event: SupplyCancelled) -> None:
        """Expect nothing more of a supply."""
        self.supply(event, event.supply)
        self.record(event)

    def supply(self, place: Place, name: str, *field: str) -> Supply:
        """Find a supply that is expected. Raises `NoSuchSupply`."""
        if name not in self.supplies:
            raise NoSuchSupply(
                supply=name, sku=place.sku, location=place.location, field=field or ("supply",)
            )
        return self.supplies[name]

    # ------------------------------------------------------------------------------------ policies

    def set_policy(self, event: StockPolicySet) -> None:
        """Keep units back, or need none; nothing happens when that is so already."""
        known = self.safety_stock, self.unlimited
        if not self.exists or (event.safety_stock, event.unlimited) != known:
            self.record(event)

    def keep_from(self, event: ChannelSafetyStockSet) -> None:
        """Keep the last units back from a channel; nothing happens when that is so already."""
        if not self.exists or event.quantity != self.kept_from.get(event.channel, 0):
            self.record(event)

    def set_aside(self, event: ChannelShareSet) -> None:
        """Keep free units for one channel; nothing happens when that is so already."""
        if self.exists and event.quantity == self.shares.get(event.channel, 0):
            return
        free = max(self.available_to(event.channel), 0)
        if event.quantity > free:
            raise TooManySetAside(
                sku=event.sku,
                location=event.location,
                free=free,
                quantity=event.quantity,
                channel=event.channel,
                field=("quantity",),
            )
        self.record(event)
