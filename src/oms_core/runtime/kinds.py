"""Every capability by name. Importing this makes all events readable, all commands executable."""

from __future__ import annotations

from typing import Any

from oms_core.api_keys import commands as _api_keys
from oms_core.api_keys.api_key import ApiKey
from oms_core.assignments import commands as _assignments
from oms_core.assignments import relieving as _relieving
from oms_core.assignments import waves as _waves
from oms_core.assignments.assignment import Assignment
from oms_core.backorders import commands as _backorders
from oms_core.backorders.queue import BackorderQueue
from oms_core.catalogue import commands as _catalogue
from oms_core.catalogue.product import Product
from oms_core.channels import commands as _channels
from oms_core.channels.channel import Channel
from oms_core.claims import commands as _claims
from oms_core.claims.claim import Claim
from oms_core.conversations import commands as _conversations
from oms_core.conversations.conversation import Conversation
from oms_core.corrections import commands as _corrections
from oms_core.corrections.correction import Corrections
from oms_core.coupons import commands as _coupons
from oms_core.coupons.coupon import Coupon
from oms_core.delivery import commands as _delivery
from oms_core.delivery.shipping_method import ShippingMethod
from oms_core.duties import commands as _duties
from oms_core.duties.schedule import DutySchedule
from oms_core.gift_cards import commands as _gift_cards
from oms_core.gift_cards.gift_card import GiftCard
from oms_core.kernel.aggregate import Aggregate
from oms_core.locations import commands as _locations
from oms_core.locations.location import Location
from oms_core.orders import commands as _orders
from oms_core.orders import edit_commands as _editing
from oms_core.orders import exchange_credit as _exchange_credit
from oms_core.orders import labeling as _labeling
from oms_core.orders import placing as _placing
from oms_core.orders.order import Order
from oms_core.payments import asking as _asking
from oms_core.payments import commands as _payments
from oms_core.payments import gift_cards as _gift_card_payments
from oms_core.payments import history as _payment_history
from oms_core.payments import outcomes as _outcomes
from oms_core.payments import settling as _settling
from oms_core.payments.payment import Payment
from oms_core.persons import commands as _persons
from oms_core.persons.person import Person
from oms_core.provider_events.provider_event import ProviderEvent
from oms_core.returns import commands as _returns
from oms_core.returns import exchanging as _exchanging
from oms_core.returns import receiving as _receiving
from oms_core.returns import refunding as _refunding
from oms_core.returns.goods_return import Return
from oms_core.runtime import highs as _highs
from oms_core.serials import commands as _serials
from oms_core.serials.serial import Serial
from oms_core.shipments import commands as _shipments
from oms_core.shipments import packing as _packing
from oms_core.shipments import picking as _picking
from oms_core.shipments import pickup as _pickup
from oms_core.shipments import regrouping as _regrouping
from oms_core.shipments import tracking as _tracking
from oms_core.shipments import withdrawing as _withdrawing
from oms_core.shipments.shipment import Shipment
from oms_core.shortages import commands as _shortages
from oms_core.shortages.shortages import Shortages
from oms_core.sourcing import commands as _sourcing
from oms_core.sourcing.policy import SourcingPolicy
from oms_core.stock import commands as _stock
from oms_core.stock import inbound_commands as _inbound
from oms_core.stock import lot_commands as _lots
from oms_core.stock import policy_commands as _stock_policies
from oms_core.stock import supply_commands as _supplies
from oms_core.stock.stock_item import StockItem
from oms_core.subscriptions import commands as _subscriptions
from oms_core.subscriptions.subscribers import Subscribers
from oms_core.transfers import commands as _transfers
from oms_core.transfers import merging as _merging
from oms_core.transfers.transfer import Transfer
from oms_core.workdays.workday import WorkDay

HISTORY_MODULES = (_payment_history,)
"""How former shapes of events are read."""

COMMAND_MODULES = (
    _highs,  # the solver, if it is installed
    _api_keys,
    _assignments,
    _relieving,
    _waves,
    _backorders,
    _catalogue,
    _channels,
    _corrections,
    _coupons,
    _delivery,
    _duties,
    _locations,
    _orders,
    _editing,
    _placing,
    _payments,
    _asking,
    _gift_cards,
    _gift_card_payments,
    _outcomes,
    _settling,
    _persons,
    _returns,
    _receiving,
    _refunding,
    _exchanging,
    _exchange_credit,
    _claims,
    _conversations,
    _labeling,
    _shipments,
    _packing,
    _picking,
    _pickup,
    _regrouping,
    _tracking,
    _withdrawing,
    _shortages,
    _sourcing,
    _stock,
    _stock_policies,
    _supplies,
    _subscriptions,
    _inbound,
    _lots,
    _serials,
    _transfers,
    _merging,
)

KINDS: dict[str, type[Aggregate[Any]]] = {
    "api_keys": ApiKey,
    "assignments": Assignment,
    "backorders": BackorderQueue,
    "catalogue": Product,
    "channels": Channel,
    "claims": Claim,
    "conversations": Conversation,
    "corrections": Corrections,
    "coupons": Coupon,
    "delivery": ShippingMethod,
    "duties": DutySchedule,
    "gift_cards": GiftCard,
    "locations": Location,
    "orders": Order,
    "payments": Payment,
    "persons": Person,
    "provider_events": ProviderEvent,
    "returns": Return,
    "serials": Serial,
    "shipments": Shipment,
    "shortages": Shortages,
    "sourcing": SourcingPolicy,
    "stock": StockItem,
    "subscriptions": Subscribers,
    "transfers": Transfer,
    "workdays": WorkDay,
}


def kind_of(topic: str) -> type[Aggregate[Any]]:
    """Tell whose event a topic is: `orders.OrderPlaced.v1` belongs to `Order`."""
    return KINDS[topic.split(".", 1)[0]]
