"""Products: what can be stocked and sold, what a shipper needs to know of it, and what it costs."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.arguments import MinPosition
from oms_api.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    Page,
    Paged,
    Sorting,
    filtered,
)
from oms_api.context import Info
from oms_api.declare import mutation, query, resolved
from oms_api.enums import describe
from oms_api.inputs import DatedInput, VersionedInput
from oms_api.money import Money, MoneyInput
from oms_api.nodes import Node, id_of
from oms_core.catalogue.commands import (
    DeclareProductFacts,
    RegisterProduct,
    SetPrice,
    WithdrawPrice,
)
from oms_core.catalogue.product import ProductView, product_id
from oms_projections import catalogue
from oms_projections.catalogue import ProductSortField

describe(
    ProductSortField,
    "What a list of products is sorted by.",
    SKU="The SKU.",
    NAME="The name.",
)

PRODUCTS = Paged("products", catalogue.LIST)
"""All products."""


@strawberry.type(description="What carriers must know of dangerous goods (ADR, IATA DGR, IMDG).")
class DangerousGoods:
    """What carriers must know of dangerous goods."""

    un_number: str = strawberry.field(description="Such as UN1263.")
    hazard_class: str = strawberry.field(description="Class, with its division: 3, 2.1.")
    packing_group: str | None = strawberry.field(description="I, II or III.")


@strawberry.type(description="What a unit costs for a time, on one channel or on all.")
class Price:
    """A price; resolved from `ProductPriced`."""

    price: Money = strawberry.field(description="Of one unit, as its channels read it.")
    channel: str | None = strawberry.field(description="On this channel; on all when null.")
    valid_from: datetime = strawberry.field(description="From then on.")
    valid_until: datetime | None = strawberry.field(description="Until before then, if it ends.")


@strawberry.type(description="What can be stocked and sold.")
class Product(Node):
    """A product; resolved from `ProductView`."""

    id: strawberry.ID = resolved(id_of("Product"), strawberry.ID, "Its global id.")
    version: int = strawberry.field(description="How many events it has; grows with each change.")
    sku: str = strawberry.field(description="Its stock keeping unit, unique.")
    name: str = strawberry.field(description="What it is called.")
    price: Money = strawberry.field(description="List price of one unit, as its channels read it.")
    prices: list[Price] = strawberry.field(
        description="Prices that go before the list price while they are valid."
    )
    tax_rate: Decimal = strawberry.field(description="0.19 is 19 %.")
    keeps_lots: bool = strawberry.field(
        description="Whether it comes in lots, which may have best-before dates."
    )
    serial_numbered: bool = strawberry.field(
        description="Whether each unit has a serial number, which receipts and shipments name."
    )
    tax_class: str | None = strawberry.field(description="Your own word for how it is taxed.")
    weight_grams: int | None = strawberry.field(description="Weight of one unit.")
    length_mm: int | None = strawberry.field(description="Length of one unit in millimetres.")
    width_mm: int | None = strawberry.field(description="Width of one unit in millimetres.")
    height_mm: int | None = strawberry.field(description="Height of one unit in millimetres.")
    origin_country: str | None = strawberry.field(
        description="Where it was made, ISO 3166-1 alpha-2."
    )
    commodity_code: str | None = strawberry.field(
        description="Customs tariff number: 6 digits of the Harmonized System, or more."
    )
    gtin: str | None = strawberry.field(description="Global trade item number.")
    dangerous_goods: DangerousGoods | None = strawberry.field(
        description="What carriers must know if it is dangerous."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a product."""
        return isinstance(value, ProductView)


@strawberry.type(description="A product and its place in the list.")
class ProductEdge:
    """A product and its cursor."""

    node: Product = strawberry.field(description="The product.")
    cursor: str = strawberry.field(description="Send it as `after` or `before`.")


@strawberry.type(description="A page of products.")
class ProductConnection(Page):
    """A page of products; resolved from `Connection`."""

    edges: list[ProductEdge] = strawberry.field(description="Products with their cursors.")
    nodes: list[Product] = strawberry.field(description="The products alone.")


@strawberry.input(description="Which products: all conditions hold, and of a list any one does.")
class ProductFilter:
    """Which products."""

    sku: list[str] | None = strawberry.field(default=None, description="Its SKU.")
    search: str | None = strawberry.field(
        default=None, description="Text in its SKU or name; 3 characters or more."
    )


@strawberry.input(description="How a list of products is sorted.")
class ProductSort(Sorting):
    """How a list of products is sorted."""

    field: ProductSortField = strawberry.field(description="By what.")


@strawberry.input(description="What carriers must know of dangerous goods (ADR, IATA DGR, IMDG).")
class DangerousGoodsInput:
    """What carriers must know of dangerous goods."""

    un_number: str = strawberry.field(description="Such as UN1263.")
    hazard_class: str = strawberry.field(description="Class, with its division: 3, 2.1.")
    packing_group: str | None = strawberry.field(default=None, description="I, II or III.")


@strawberry.input
class ShippingFacts:
    """What a shipper needs to know of one unit."""

    weight_grams: int | None = strawberry.field(default=None, description="Weight of one unit.")
    length_mm: int | None = strawberry.field(
        default=None, description="Length of one unit in millimetres."
    )
    width_mm: int | None = strawberry.field(
        default=None, description="Width of one unit in millimetres."
    )
    height_mm: int | None = strawberry.field(
        default=None, description="Height of one unit in millimetres."
    )
    origin_country: str | None = strawberry.field(
        default=None, description="Where it was made, ISO 3166-1 alpha-2."
    )
    commodity_code: str | None = strawberry.field(
        default=None,
        description="Customs tariff number: 6 digits of the Harmonized System, or up to 12.",
    )
    gtin: str | None = strawberry.field(
        default=None, description="Global trade item number: 8, 12, 13 or 14 digits."
    )
    tax_class: str | None = strawberry.field(
        default=None, description="Your own word for how it is taxed."
    )
    dangerous_goods: DangerousGoodsInput | None = strawberry.field(
        default=None, description="What carriers must know if it is dangerous."
    )


@strawberry.input(description="Enter a product into the catalogue.")
class RegisterProductInput(DatedInput, ShippingFacts):
    """Enter a product into the catalogue."""

    sku: str = strawberry.field(description="Its stock keeping unit, unique.")
    name: str = strawberry.field(description="What it is called.")
    price: MoneyInput = strawberry.field(
        description="List price of one unit, as its channels read it."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=None, description='0 to 1: "0.19" is 19 %. No tax when it is missing.'
    )
    keeps_lots: bool = strawberry.field(
        default=False,
        description="It comes in lots, which may have best-before dates: receipts name them.",
    )
    serial_numbered: bool = strawberry.field(
        default=False,
        description="Each unit has a serial number: receipts, shipments, transfers and returns"
        " name it.",
    )


@strawberry.input(
    description="Say what a shipper needs to know, all of it: what is missing is not known."
)
class DeclareProductFactsInput(VersionedInput, ShippingFacts):
    """Say what a shipper needs to know."""

    sku: str = strawberry.field(description="The product.")


@strawberry.input(description="Let a unit cost this for a time.")
class SetPriceInput(VersionedInput):
    """Let a unit cost this for a time."""

    sku: str = strawberry.field(description="The product.")
    price: MoneyInput = strawberry.field(description="Of one unit, as its channels read it.")
    channel: str | None = strawberry.field(
        default=None, description="On this channel; on all when missing."
    )
    valid_from: datetime | None = strawberry.field(
        default=None, description="From then on; from now on when missing."
    )
    valid_until: datetime | None = strawberry.field(
        default=None, description="Until before then; without end when missing."
    )


@strawberry.input(description="Take a price back, as if it had never been set.")
class WithdrawPriceInput(VersionedInput):
    """Take a price back."""

    sku: str = strawberry.field(description="The product.")
    currency: str = strawberry.field(description="The price's currency.")
    valid_from: datetime = strawberry.field(description="The moment at which it begins.")
    channel: str | None = strawberry.field(default=None, description="The price's channel.")


@strawberry.type(description="What became of a command on a product.")
class ProductPayload(Payload):
    """What became of a command on a product."""

    product: Product | None = resolved(
        the_view, Product | None, "The product right after the command; null when it was refused."
    )


@strawberry.type
class CatalogueMutations:
    """Commands on the catalogue."""

    @mutation(ProductPayload, "Enter a product into the catalogue, so that it can be sold.")
    async def register_product(self, info: Info, input: RegisterProductInput) -> Answer:
        """Enter a product."""
        return await info.context.gateway.carry_out(info.context.cause, input, RegisterProduct)

    @mutation(
        ProductPayload,
        "Say what a shipper needs to know of a product. Holds for what is sourced, rated and"
        " declared from then on.",
    )
    async def declare_product_facts(self, info: Info, input: DeclareProductFactsInput) -> Answer:
        """Declare facts."""
        return await info.context.gateway.carry_out(info.context.cause, input, DeclareProductFacts)

    @mutation(
        ProductPayload,
        "Let a unit cost this for a time, for orders that name no price. One of the channel goes"
        " before one of all channels, then the one that began last. The same channel, currency and"
        " beginning again replaces a price.",
    )
    async def set_price(self, info: Info, input: SetPriceInput) -> Answer:
        """Set a price."""
        begins = input.valid_from or datetime.now(UTC)
        context = info.context
        return await context.gateway.carry_out(context.cause, input, SetPrice, valid_from=begins)

    @mutation(ProductPayload, "Take a price back, as if it had never been set.")
    async def withdraw_price(self, info: Info, input: WithdrawPriceInput) -> Answer:
        """Withdraw a price."""
        return await info.context.gateway.carry_out(info.context.cause, input, WithdrawPrice)


@strawberry.type
class CatalogueQueries:
    """Queries on the catalogue."""

    @query(Product | None, "A product by its SKU.")
    async def product(
        self,
        info: Info,
        *,
        sku: Annotated[str, strawberry.argument(description="Its SKU.")],
        min_position: MinPosition = None,
    ) -> ProductView | None:
        """Find one product."""
        await info.context.reached(min_position, "catalogue")
        id = product_id(sku)
        async with info.context.pool.connection() as connection:
            return (await catalogue.products_by_ids(connection, [id])).get(id)

    @query(ProductConnection, "Products; by SKU, unless they are sorted otherwise.")
    async def products(
        self,
        info: Info,
        *,
        filter: Annotated[
            ProductFilter | None, strawberry.argument(description="Only these; all when missing.")
        ] = None,
        sort: Annotated[
            ProductSort | None, strawberry.argument(description="In this order.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        min_position: MinPosition = None,
    ) -> Connection[ProductView]:
        """List products."""
        part = PRODUCTS.part(sort, first, after, last, before)
        where = catalogue.where(filtered(catalogue.ProductFilter, filter))
        await info.context.reached(min_position, "catalogue")
        return await PRODUCTS.page(info.context.pool, where, part)
