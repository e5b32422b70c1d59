"""Money in questions and answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import strawberry

from oms_core.kernel import money


@strawberry.type(description="An exact amount of one currency.")
class Money:
    """An exact amount; resolved from `oms_core.kernel.money.Money`."""

    amount: Decimal = strawberry.field(description="In major units: 19.90 is 19 euros 90.")
    currency: str = strawberry.field(description="ISO 4217, such as EUR.")


@strawberry.input(description="An exact amount of one currency.")
class MoneyInput:
    """An exact amount."""

    amount: Decimal = strawberry.field(description='In major units, as a string: "19.90".')
    currency: str = strawberry.field(description="ISO 4217, such as EUR.")


def amount_of(attribute: str) -> Callable[[Any], money.Money]:
    """Make the resolver of an amount of an order, in its currency."""

    def resolve(root: Any) -> money.Money:
        return written(getattr(root.view, attribute), root.view.currency)

    return resolve


def line_amount_of(attribute: str) -> Callable[[Any], money.Money]:
    """Make the resolver of an amount of an order's line or discount, in its currency."""

    def resolve(root: Any) -> money.Money:
        return written(getattr(root.view, attribute), root.currency)

    return resolve


def own_amount_of(attribute: str) -> Callable[[Any], money.Money]:
    """Make the resolver of an amount of something that names its currency."""

    def resolve(root: Any) -> money.Money:
        return written(getattr(root, attribute), root.currency)

    return resolve


def written(amount: Decimal, currency: str) -> money.Money:
    """Write an amount with all decimals of its currency: 0.00 for a sum of nothing."""
    return money.Money(money.rounded(amount, currency), currency)
