"""A transfer: which units leave one location for another, and what of them arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.identity import natural_id
from oms_core.kernel.refusal import Invalid, NotAllowedInState, NotFound
from oms_core.transfers.events import (
    SkuLot,
    SkuSerials,
    SkuUnits,
    TransferCancelled,
    TransferDiscrepancyRecorded,
    TransferDispatched,
    TransferEvent,
    TransferPlanned,
    TransferReceived,
)


class NoSuchTransfer(NotFound):
    """There is no such transfer. Take its id from the answer that planned it."""


class TransferToItself(Invalid):
    """A transfer goes from one location to another, but both are {location}. Name two."""


class NothingToTransfer(NotAllowedInState):
    """No units from {location} were named, or none are free there: what is there is promised, on
    hold or damaged. Ship or relocate it, release it, or scrap it.
    """


class TransferNotPlanned(NotAllowedInState):
    """The transfer is {status}. It is planned once, then dispatched or cancelled."""


class TransferNotInTransit(NotAllowedInState):
    """The transfer is {status}. Only what is in transit can be received or missed."""


class MoreThanInTransit(NotAllowedInState):
    """{quantity} units of {sku} can't arrive: {in_transit} are in transit. Take in the rest with
    a receipt of its own.
    """


IN_TRANSIT = "transfer "
"""How the supplies begin that are on their way from another location."""


def transfer_id(number: str) -> UUID:
    """Give the stream of a transfer that has a number."""
    return natural_id("transfer", number)


class TransferStatus(StrEnum):
    """How far a transfer has come."""

    PLANNED = "PLANNED"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class TransferLineView:
    """What of a SKU was sent and what became of it: `sent = received + in_transit + missing`."""

    sku: str
    quantity: int
    received: int
    in_transit: int
    missing: int


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as an answer shows it."""

    id: UUID
    version: int
    source: str
    destination: str
    status: TransferStatus
    expected_on: date
    reason: str
    number: str | None
    lines: tuple[TransferLineView, ...]


class Transfer(Aggregate[TransferEvent]):
    """Units on their way."""

    MISSING = NoSuchTransfer
    facts: TransferPlanned

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.status = TransferStatus.PLANNED
        self.in_transit: Counter[str] = Counter()
        self.received: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()
        self.lots: list[SkuLot] = []
        self.serials: dict[str, tuple[str, ...]] = {}

    @property
    def supply(self) -> str:
        """The name under which it is announced at its destination."""
        return f"{IN_TRANSIT}{self.id}"

    def plan(self, facts: TransferPlanned) -> None:
        """Plan the transfer, once; refused from a location to itself."""
        if self.exists:
            raise TransferNotPlanned(status=f"{self.status} already")
        if facts.source == facts.destination:
            raise TransferToItself(location=facts.source, field=("destination",))
        self.record(facts)

    def dispatch(self, lots: Iterable[SkuLot], serials: Iterable[SkuSerials] = ()) -> None:
        """Let the units leave, once."""
        self.refuse_unless_planned()
        self.record(TransferDispatched(lots=tuple(lots), serials=tuple(serials)))

    def arriving(self, sku: str, quantity: int) -> Iterator[SkuLot]:
        """Tell of which lots so many units are that arrive, as far as lots are known."""
        for part in self.lots:
            if part.sku == sku and quantity:
                units = min(part.quantity, quantity)
                quantity -= units
                yield part.model_copy(update={"quantity": units})

    def cancel(self, reason: str) -> None:
        """Leave the units where they are."""
        self.refuse_unless_planned()
        self.record(TransferCancelled(reason=reason))

    def receive(self, units: Mapping[str, int]) -> None:
        """Note what arrived."""
        self.record(TransferReceived(lines=_lines(units)))

    def miss(self, reason: str) -> Mapping[str, int]:
        """Note that nothing more will arrive; returns what is missing."""
        missing = dict(self.in_transit)
        self.record(TransferDiscrepancyRecorded(lines=_lines(missing), reason=reason))
        return missing

    def refuse_unless_planned(self) -> None:
        """Refuse what is only possible before the units leave."""
        if self.status is not TransferStatus.PLANNED:
            raise TransferNotPlanned(status=self.status)

    def refuse_unless_in_transit(self, units: Mapping[str, int]) -> None:
        """Refuse to take in what is not on its way."""
        if self.status is not TransferStatus.IN_TRANSIT:
            raise TransferNotInTransit(status=self.status)
        for sku, quantity in units.items():
            if quantity > self.in_transit[sku]:
                raise MoreThanInTransit(
                    sku=sku, quantity=quantity, in_transit=self.in_transit[sku], field=("lines",)
                )

    def evolve(self, event: TransferEvent) -> None:
        match event:
            case TransferPlanned():
                self.facts = event
            case TransferDispatched():
                self.status = TransferStatus.IN_TRANSIT
                self.in_transit.update(_units(self.facts.lines))
                self.lots = list(event.lots)
                self.serials = {part.sku: part.serials for part in event.serials}
            case TransferReceived():
                self._arrive(self.received, event.lines)
            case TransferDiscrepancyRecorded():
                self._arrive(self.missing, event.lines)
            case TransferCancelled():
                self.status = TransferStatus.CANCELLED
            case _:
                assert_never(event)

    def _arrive(self, bucket: Counter[str], lines: tuple[SkuUnits, ...]) -> None:
        units = _units(lines)
        bucket.update(units)
        for line in lines:
            for part in list(self.arriving(line.sku, line.quantity)):
                self._unload(part)
        self.in_transit -= units
        if not self.in_transit:
            self.status = TransferStatus.RECEIVED

    def _unload(self, gone: SkuLot) -> None:
        i = next(i for i, p in enumerate(self.lots) if (p.sku, p.lot) == (gone.sku, gone.lot))
        left = self.lots[i].quantity - gone.quantity
        self.lots[i : i + 1] = [gone.model_copy(update={"quantity": left})] if left else []

    def view(self) -> TransferView:
        """Show the transfer as it is now."""
        return TransferView(
            id=self.id,
            version=self.version,
            source=self.facts.source,
            destination=self.facts.destination,
            status=self.status,
            expected_on=self.facts.expected_on,
            reason=self.facts.reason,
            number=self.facts.number,
            lines=tuple(
                TransferLineView(
                    line.sku,
                    line.quantity,
                    self.received[line.sku],
                    self.in_transit[line.sku],
                    self.missing[line.sku],
                )
                for line in self.facts.lines
            ),
        )


def _units(lines: tuple[SkuUnits, ...]) -> Counter[str]:
    return Counter({line.sku: line.quantity for line in lines})


def _lines(units: Mapping[str, int]) -> tuple[SkuUnits, ...]:
    return tuple(SkuUnits(sku=sku, quantity=quantity) for sku, quantity in units.items())
