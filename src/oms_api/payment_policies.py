"""What a channel decides about payments."""

from __future__ import annotations

from datetime import timedelta

import strawberry

from oms_api.enums import describe
from oms_core.payments.policy import LapseCapture
from oms_core.payments.terms import PaymentTerms

describe(
    LapseCapture,
    "What is collected of an authorization that is about to lapse.",
    NONE="Nothing: it lapses, and another one is needed.",
    SHIPPED="What is missing for the goods that left a warehouse.",
    ALL="All that is owed; as SHIPPED while the order is on hold.",
)

TERMS = "Terms of payments that name none, unless their provider has usual ones (`invoice` has)."
WHEN_AUTHORIZED = (
    "Whether what a provider was asked to set aside on PREPAID terms is collected as soon as it is"
    " authorized."
)
BEFORE_LAPSE = "What is collected of an authorization, asked for from here, before it lapses."
AHEAD = "How long before it lapses."


@strawberry.type(
    description="How orders are paid. An order keeps the policy that it was placed under."
)
class PaymentPolicy:
    """How orders are paid; resolved from the domain's `PaymentPolicy`."""

    terms: PaymentTerms | None = strawberry.field(description=f"{TERMS} Null: PREPAID.")
    capture_when_authorized: bool = strawberry.field(description=WHEN_AUTHORIZED)
    capture_before_lapse: LapseCapture = strawberry.field(description=BEFORE_LAPSE)
    capture_ahead: timedelta = strawberry.field(description=AHEAD)


@strawberry.input(description="How orders are paid. Orders that were placed before keep theirs.")
class PaymentPolicyInput:
    """How orders are paid."""

    terms: PaymentTerms | None = strawberry.field(
        default=None, description=f"{TERMS} PREPAID if missing."
    )
    capture_when_authorized: bool = strawberry.field(default=False, description=WHEN_AUTHORIZED)
    capture_before_lapse: LapseCapture = strawberry.field(
        default=LapseCapture.NONE, description=BEFORE_LAPSE
    )
    capture_ahead: timedelta | None = strawberry.field(
        default=None, description=f"{AHEAD} A minute at least; a day if missing."
    )
