"""The GraphQL schema. `oms schema` prints it; `schema.graphql` beside this file is that print."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    print_schema,
)
from strawberry.schema.config import StrawberryConfig

from oms_api.api_keys import ApiKeyMutations, ApiKeyQueries
from oms_api.backorders import BackorderMutations, BackorderQueries
from oms_api.catalogue import CatalogueMutations, CatalogueQueries, Product
from oms_api.causation import CausationQueries
from oms_api.changes import Subscription
from oms_api.channels import Channel, ChannelMutations, ChannelQueries
from oms_api.claim_list import ClaimQueries
from oms_api.claims import Claim, ClaimMutations
from oms_api.context import Context, Info
from oms_api.conversation_mutations import ConversationMutations
from oms_api.corrections import CorrectionMutations
from oms_api.coupons import Coupon, CouponMutations, CouponQueries
from oms_api.declare import query
from oms_api.deliveries import DeliveryMutations
from oms_api.duty_rates import DutyRateMutations, DutyRateQueries
from oms_api.events import Event, EventQueries, event_by_key
from oms_api.evidence import EvidenceQueries
from oms_api.failures import InvalidId
from oms_api.gift_cards import GiftCard, GiftCardMutations, GiftCardQueries
from oms_api.hold_mutations import HoldMutations
from oms_api.input_readers import read_at_once
from oms_api.kpis import KpiQueries
from oms_api.locations import Location, LocationMutations, LocationQueries
from oms_api.merging import MergingMutations
from oms_api.nodes import Node, parse_global_id, parse_id
from oms_api.order_diff import OrderDiffQueries
from oms_api.order_edits import OrderEditMutations, OrderEditQueries
from oms_api.order_types import Order
from oms_api.orders import OrderMutations, OrderQueries
from oms_api.payment_list import PaymentQueries
from oms_api.payment_requests import PaymentRequestMutations
from oms_api.payment_types import Payment
from oms_api.payments import PaymentMutations
from oms_api.privacy import PrivacyMutations, PrivacyQueries
from oms_api.proofs import ProofQueries
from oms_api.refused_steps import RefusedStepQueries
from oms_api.relieving import RelievingMutations
from oms_api.return_list import ReturnQueries
from oms_api.return_mutations import ReturnMutations
from oms_api.returns import Return
from oms_api.rights.needs import refuse_unless
from oms_api.rights.showing import requires, with_rights
from oms_api.scalars import SCALARS
from oms_api.serials import SerialMutations, SerialQueries
from oms_api.shallow_inputs import spare_shallow
from oms_api.shipments import Shipment, ShipmentMutations, ShipmentQueries
from oms_api.shipping_methods import ShippingMethodMutations, ShippingMethodQueries
from oms_api.sources import ORDER_TABLES, SourcedShipment, attribute
from oms_api.sourcing import SourcingMutations, SourcingQueries
from oms_api.sourcing_rules import SourcingRuleMutations, SourcingRuleQueries
from oms_api.stock import StockQueries
from oms_api.stock_ledger import StockLedgerQueries
from oms_api.stock_mutations import StockMutations
from oms_api.stock_reconciling import StockReconciliation
from oms_api.stock_types import StockItem
from oms_api.subscriptions import SubscriptionMutations, SubscriptionQueries
from oms_api.tracking import TrackingQueries
from oms_api.transfers import TransferMutations, TransferQueries
from oms_api.warehouse import WarehouseMutations
from oms_projections import (
    catalogue,
    channels,
    claims,
    coupons,
    gift_cards,
    locations,
    payments,
    returns,
    shipments,
    stock_levels,
    transfers,
)


@strawberry.type
class NodeQuery:
    """The query that finds anything by its global id."""

    @query(Node | None, "Anything by its global id. The header `X-Min-Position` makes it wait.")
    async def node(
        self,
        info: Info,
        *,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its global id.")],
    ) -> Any:
        """Find a thing of any kind. Relay's compiler knows no `node` with other arguments."""
        kind, key = parse_global_id(id)
        if kind == "Event":
            refuse_unless(info.context.who, "node(Event)")
            return await event_by_key(info, key)
        return await _find(info.context, kind, parse_id(kind, id))


async def _find(context: Context, kind: str, id: UUID) -> Any:
    if kind not in _TABLES:
        raise InvalidId(f"{kind} is not a kind of thing that can be found by id.")
    refuse_unless(context.who, f"node({kind})")
    await context.reached(None, *_TABLES[kind])
    if kind == "Order":
        return await context.tables.order(id)
    async with context.pool.connection() as connection:
        found = (await _BY_IDS[kind](connection, [id])).get(id)
    if found is None or not await _is_within_reach(context, kind, found):
        return None
    return SourcedShipment(found, context.tables) if kind == "Shipment" else found


async def _is_within_reach(context: Context, kind: str, found: Any) -> bool:
    """Tell whether whoever asks may see a thing: what belongs to an order is seen with it."""
    if not context.who.reach.is_limited or kind in _NOBODYS:
        return True
    order_id = getattr(found, "order_id", None)
    return order_id is not None and await context.tables.order(order_id) is not None


_NOBODYS = {"Product", "Channel", "Location", "Coupon", "GiftCard"}
"""What belongs to no order: whoever has the right for it sees it."""

_TABLES = {
    "Order": ORDER_TABLES,
    "Payment": ("payments",),
    "Shipment": ("shipments", "orders"),
    "Return": ("returns",),
    "Claim": ("claims",),
    "StockItem": ("stock_levels",),
    "Transfer": ("transfers",),
    "Product": ("catalogue",),
    "Channel": ("channels",),
    "Coupon": ("coupons",),
    "GiftCard": ("gift_cards",),
    "Location": ("catalogue",),
}
_BY_IDS: dict[str, Any] = {
    "Shipment": shipments.by_ids,
    "Payment": payments.by_ids,
    "Return": returns.by_ids,
    "Claim": claims.by_ids,
    "StockItem": stock_levels.by_ids,
    "Transfer": transfers.by_ids,
    "Product": catalogue.products_by_ids,
    "Channel": channels.by_ids,
    "Coupon": coupons.by_ids,
    "GiftCard": gift_cards.by_ids,
    "Location": locations.by_ids,
}


@strawberry.type(description="Questions. None of them changes anything.")
class Query(
    NodeQuery,
    OrderQueries,
    TrackingQueries,
    OrderEditQueries,
    OrderDiffQueries,
    ShipmentQueries,
    PaymentQueries,
    ReturnQueries,
    ClaimQueries,
    StockQueries,
    StockLedgerQueries,
    TransferQueries,
    SerialQueries,
    BackorderQueries,
    SubscriptionQueries,
    CatalogueQueries,
    ChannelQueries,
    LocationQueries,
    SourcingQueries,
    ShippingMethodQueries,
    DutyRateQueries,
    SourcingRuleQueries,
    CouponQueries,
    GiftCardQueries,
    EventQueries,
    CausationQueries,
    ProofQueries,
    EvidenceQueries,
    KpiQueries,
    RefusedStepQueries,
    PrivacyQueries,
    ApiKeyQueries,
):
    """All queries."""


@strawberry.type(
    description="Commands: one input, one payload. A refusal is data, in `userErrors`; then nothing"
    " was changed. `errors` tells of malformed requests, missing rights and faults."
)
class Mutation(
    CatalogueMutations,
    ChannelMutations,
    CouponMutations,
    GiftCardMutations,
    LocationMutations,
    SourcingMutations,
    ShippingMethodMutations,
    DutyRateMutations,
    SourcingRuleMutations,
    StockMutations,
    StockReconciliation,
    TransferMutations,
    MergingMutations,
    SerialMutations,
    RelievingMutations,
    BackorderMutations,
    SubscriptionMutations,
    OrderMutations,
    OrderEditMutations,
    HoldMutations,
    PaymentMutations,
    PaymentRequestMutations,
    ShipmentMutations,
    WarehouseMutations,
    DeliveryMutations,
    ReturnMutations,
    ClaimMutations,
    ConversationMutations,
    PrivacyMutations,
    CorrectionMutations,
    ApiKeyMutations,
):
    """All commands."""


def _build() -> GraphQLSchema:
    built = strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=[
            Order,
            Payment,
            Shipment,
            Return,
            Claim,
            StockItem,
            Product,
            Location,
            Channel,
            Coupon,
            GiftCard,
            Event,
            date,
        ],
        config=StrawberryConfig(scalar_map=SCALARS, default_resolver=attribute),
    )
    read_at_once(built)
    spare_shallow()
    schema = built._schema
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInputObjectType):
            _leave_out_null_defaults(named.fields.values())
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            for field in named.fields.values():
                _leave_out_null_defaults(field.args.values())
    right = cast("GraphQLEnumType", schema.type_map["Right"])
    schema.directives = (*schema.directives, requires(right))
    for field in schema.mutation_type.fields.values() if schema.mutation_type else ():
        field.args["input"].description = field.description
    return schema


def _leave_out_null_defaults(places: Any) -> None:
    """Python's `= None` says that a value may be missing, not that null is sent."""
    place: GraphQLArgument | GraphQLInputField
    for place in places:
        if place.default_value is None:
            place.default_value = Undefined


SCHEMA = _build()


def printed() -> str:
    """Print the schema as SDL."""
    return f"{with_rights(print_schema(SCHEMA)).rstrip()}\n"
