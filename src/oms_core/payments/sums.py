"""What a payment comes to, in its currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PaymentSums:
    """`authorizing`, `capturing` and `refunding` were asked for and not answered yet.

    `lines` tell what was given back, or is being given back, for order lines.
    """

    authorized: Decimal = ZERO
    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    charged_back: Decimal = ZERO
    authorizing: Decimal = ZERO
    capturing: Decimal = ZERO
    refunding: Decimal = ZERO
    lines: Mapping[UUID, Decimal] = field(default_factory=dict)


AMOUNTS = tuple(name for name in PaymentSums.__slots__ if name != "lines")
