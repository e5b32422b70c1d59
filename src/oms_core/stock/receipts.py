"""The lots that a receipt names: those that a product needs, and none that have expired."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from oms_core.catalogue.product import Product
from oms_core.kernel.calendar import utc_day
from oms_core.stock.events import LotUnits, StockCondition
from oms_core.stock.refusals import LotExpired, LotNeeded, NoLotsKept


class Receipt(Protocol):
    """Units that come in, of one lot if their product keeps lots."""

    @property
    def quantity(self) -> int:
        """How many units."""
        ...

    @property
    def condition(self) -> StockCondition:
        """Their condition."""
        ...

    @property
    def lot(self) -> str | None:
        """The name of their lot."""
        ...

    @property
    def best_before(self) -> date | None:
        """The lot's best-before date."""
        ...


def day_of(moment: datetime | None) -> date | None:
    """Give the day of a moment, by UTC."""
    return None if moment is None else utc_day(moment)


def received_lots(
    product: Product, receipt: Receipt, on: date | None, *field: str
) -> tuple[LotUnits, ...]:
    """Tell the lot of what comes in; `field` is where the receipt stands in the command."""
    sku = product.facts.sku
    if not product.facts.keeps_lots:
        if receipt.lot is not None or receipt.best_before is not None:
            raise NoLotsKept(sku=sku, field=(*field, "lot"))
        return ()
    if receipt.lot is None:
        raise LotNeeded(sku=sku, field=(*field, "lot"))
    day = receipt.best_before
    for_sale = receipt.condition is StockCondition.AVAILABLE
    if for_sale and on is not None and day is not None and day < on:
        raise LotExpired(lot=receipt.lot, sku=sku, best_before=day, field=(*field, "best_before"))
    return (LotUnits(lot=receipt.lot, quantity=receipt.quantity, best_before=day),)
