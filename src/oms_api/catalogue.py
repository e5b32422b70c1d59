"""Products."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from oms_api.answers import Answer, Payload, the_view
from oms_api.context import Info
from oms_api.declare import mutation, resolved
from oms_api.inputs import DatedInput
from oms_api.money import Money, MoneyInput
from oms_api.nodes import Node, id_of
from oms_core.catalogue.commands import RegisterProduct
from oms_core.catalogue.product import ProductView


@strawberry.type(description="What can be stocked and sold.")
class Product(Node):
    """A product; resolved from `ProductView`."""

    id: strawberry.ID = resolved(id_of("Product"), strawberry.ID, "Its global id.")
    sku: str = strawberry.field(description="Its stock keeping unit, unique.")
    name: str = strawberry.field(description="What it is called.")
    price: Money = strawberry.field(description="List price of one unit, as its channels read it.")

    @classmethod
    def is_type_of(cls, value: object, _info: Info) -> bool:
        """Tell whether a value is shown as a product."""
        return isinstance(value, ProductView)


@strawberry.input(description="Enter a product into the catalogue.")
class RegisterProductInput(DatedInput):
    """Enter a product into the catalogue."""

    sku: str = strawberry.field(description="Its stock keeping unit, unique.")
    name: str = strawberry.field(description="What it is called.")
    price: MoneyInput = strawberry.field(
        description="List price of one unit, as its channels read it."
    )
    tax_rate: Decimal | None = strawberry.field(
        default=None, description='0 to 1: "0.19" is 19 %. No tax when it is missing.'
    )
    weight_grams: int | None = strawberry.field(default=None, description="Weight of one unit.")
    origin_country: str | None = strawberry.field(
        default=None, description="Where it was made, ISO 3166-1 alpha-2."
    )
    commodity_code: str | None = strawberry.field(
        default=None, description="Customs tariff number (HS or CN)."
    )
    gtin: str | None = strawberry.field(
        default=None, description="Global trade item number: 8, 12, 13 or 14 digits."
    )


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
