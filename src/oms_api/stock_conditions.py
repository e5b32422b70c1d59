"""The conditions that units on hand may be in, as the API shows them."""

from __future__ import annotations

from oms_api.enums import describe
from oms_core.stock.events import StockCondition

__all__ = ["StockCondition"]

describe(
    StockCondition,
    "What units that are physically there may be used for.",
    AVAILABLE="They may be promised.",
    QUALITY_HOLD="Kept back until somebody has looked at them.",
    DAMAGED="Not to be sold.",
)
