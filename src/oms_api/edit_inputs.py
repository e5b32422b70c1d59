"""What the edit of an order is given."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from oms_api.gateway import new_id
from oms_api.inputs import Facts, VersionedInput
from oms_api.money import MoneyInput
from oms_api.order_inputs import AddressInput, OrderLineInput


@strawberry.input(description="Another quantity, price or tax rate of an order line.")
class LineChangeInput:
    """Another quantity, price or tax rate of an order line."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int | None = strawberry.field(
        default=None,
        description="How many units are ordered from now on, those shipped and cancelled included;"
        " 0 takes the line out. As it is when missing.",
    )
    unit_price: MoneyInput | None = strawberry.field(
        default=None,
        description="Agreed price of one unit from now on, as long as none was shipped. As it is"
        " when missing.",
    )
    tax_rate: Decimal | None = strawberry.field(
        default=None,
        description='Another tax rate, as long as none was shipped: "0" where the buyer owes the'
        " tax. As it is when missing.",
    )


@strawberry.input(
    description="How to reach the customer from now on; what is missing stays as it is."
)
class ContactInput:
    """What is known of who buys."""

    email: str | None = strawberry.field(default=None, description="E-mail address.")
    name: str | None = strawberry.field(default=None, description="Full name.")
    vat_id: str | None = strawberry.field(default=None, description="VAT number of a business.")


@strawberry.input(
    description="Change an order that was placed, all at once; what is missing stays as it is."
)
class EditOrderInput(VersionedInput):
    """Change an order that was placed."""

    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    reason: str | None = strawberry.field(default=None, description="Why it is changed.")
    lines: list[LineChangeInput] | None = strawberry.field(
        default=None, description="Changes of its lines, each named once."
    )
    add_lines: list[OrderLineInput] | None = strawberry.field(
        default=None, description="Lines to add. The order's percentages hold for them too."
    )
    shipping_address: AddressInput | None = strawberry.field(
        default=None, description="Where to send it instead."
    )
    billing_address: AddressInput | None = strawberry.field(
        default=None, description="Who is billed instead."
    )
    contact: ContactInput | None = strawberry.field(
        default=None,
        description="Another e-mail address, name or VAT number; whose order it is stays.",
    )
    shipping_method: str | None = strawberry.field(
        default=None, description="How to send it instead, such as express."
    )
    shipping_price: MoneyInput | None = strawberry.field(
        default=None, description="Another price of the shipping."
    )
    shipping_tax_rate: Decimal | None = strawberry.field(
        default=None, description='Another tax rate of the shipping: "0.19" is 19 %.'
    )
    allow_backorder: bool = strawberry.field(
        default=False,
        description="True: added units without stock wait for it. False: only if the order allows"
        " it, else INSUFFICIENT_STOCK.",
    )

    def facts(self) -> Facts:
        facts = super().facts()
        added = [line | {"line_id": new_id()} for line in facts.get("add_lines", ())]
        return facts | {"add_lines": added}
