"""The projections there are, by name."""

from __future__ import annotations

from oms_projections.api_keys import ApiKeys
from oms_projections.backorders import Backorders
from oms_projections.catalogue import Catalogue
from oms_projections.channels import Channels
from oms_projections.claims import Claims
from oms_projections.coupons import Coupons
from oms_projections.duty_rates import DutyRates
from oms_projections.gift_cards import GiftCards
from oms_projections.kpi_projection import Kpis
from oms_projections.order_rows import Orders
from oms_projections.payments import Payments
from oms_projections.projection import Projection
from oms_projections.returns import Returns
from oms_projections.serials import Serials
from oms_projections.shipments import Shipments
from oms_projections.shipping_methods import ShippingMethods
from oms_projections.stock_ledger import StockLedger
from oms_projections.stock_levels import StockLevels
from oms_projections.transfers import Transfers

KINDS: dict[str, type[Projection]] = {
    kind.NAME: kind
    for kind in (
        Orders,
        Shipments,
        Returns,
        Payments,
        Claims,
        StockLevels,
        StockLedger,
        Transfers,
        Serials,
        Catalogue,
        Channels,
        Coupons,
        ShippingMethods,
        DutyRates,
        GiftCards,
        Backorders,
        ApiKeys,
        Kpis,
    )
}
"""Make a new one for each use: a projection remembers what it saw last."""
