"""The command on a lot whose best-before date has passed."""

from __future__ import annotations

from oms_core.kernel.aggregate import Streams
from oms_core.kernel.fields import Code, Moment
from oms_core.kernel.handling import handles
from oms_core.stock.commands import OnStock, keeping
from oms_core.stock.events import StockCondition, StockConditionChanged
from oms_core.stock.lot_keeping import AVAILABLE
from oms_core.stock.receipts import day_of
from oms_core.stock.stock_item import StockItem


class ExpireLot(OnStock):
    """Put what is left for sale of a lot on quality hold, if its best-before date has passed.

    A lot that is gone, on hold, or not expired yet is left as it is: a timer may ask at any time.
    """

    lot: Code
    at: Moment


@handles(ExpireLot)
async def expire_lot(command: ExpireLot, streams: Streams) -> StockItem:
    """Take the units out of what may be promised, also when they are promised already."""
    item, _ = await keeping(command, streams)
    known = item.lots.get(command.lot)
    if known is None or not known.has_expired(day_of(command.at)):
        return item
    if units := known.units.get(AVAILABLE, 0):
        item.change_condition(
            StockConditionChanged(
                sku=command.sku,
                location=command.location,
                quantity=units,
                before=AVAILABLE,
                after=StockCondition.QUALITY_HOLD,
                reason="past its best-before date",
                reference=command.lot,
                lots=item.taken(command, AVAILABLE, units, lot=command.lot),
            )
        )
    return item
