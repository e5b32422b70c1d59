"""Tax on amounts of different rates, added to them or contained in them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from oms_core.kernel.money import split
from oms_core.pricing.policy import PricingPolicy, RoundingLevel

ZERO = Decimal(0)


class Taxable(NamedTuple):
    """An amount after discounts, and the rate it is taxed at (0.19 is 19 %)."""

    amount: Decimal
    rate: Decimal


def taxes(charges: Sequence[Taxable], policy: PricingPolicy, currency: str) -> list[Decimal]:
    """Tell the tax of each charge.

    Rounded per document, the tax of a rate is computed once on the sum of what it applies to, as
    EN 16931 has it for each VAT category (BR-CO-17: taxable amount times rate, rounded to two
    decimals), and is then split over the charges by amount.
    """
    if policy.rounding_level is RoundingLevel.LINE:
        return [tax(charge, policy, currency) for charge in charges]
    found = [ZERO] * len(charges)
    for rate in dict.fromkeys(charge.rate for charge in charges):
        places = [i for i, charge in enumerate(charges) if charge.rate == rate]
        amounts = [charges[i].amount for i in places]
        whole = tax(Taxable(sum(amounts, ZERO), rate), policy, currency)
        for i, share in zip(places, split(whole, amounts, currency), strict=True):
            found[i] = share
    return found


def tax(charge: Taxable, policy: PricingPolicy, currency: str) -> Decimal:
    """Tell the tax of one charge: on top of it, or contained in it."""
    whole = charge.amount * charge.rate
    if policy.prices_include_tax:
        whole /= 1 + charge.rate
    return policy.rounded(whole, currency)
