"""A coupon: a code that gives a discount, so often and so long as was said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from oms_core.coupons.events import (
    CouponEvent,
    CouponGivenBack,
    CouponIssued,
    CouponRedeemed,
    CouponWithdrawn,
)
from oms_core.kernel.identity import natural_id
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import (
    AlreadyExists,
    CurrencyMismatch,
    Invalid,
    NotAllowedInState,
    NotFound,
)
from oms_core.kernel.snapshot import LongLived, Snapshot
from oms_core.pricing.discounts import Discount

FIELD = ("coupon_code",)
ZERO = Decimal(0)


class NoSuchCoupon(NotFound):
    """There is no such coupon. Check the spelling of the code."""


class CouponAlreadyIssued(AlreadyExists):
    """Coupon {code} was issued already. Choose another code."""


class CouponNotValidYet(NotAllowedInState):
    """Coupon {code} is not valid before {valid_from}."""


class CouponExpired(NotAllowedInState):
    """Coupon {code} was valid until {valid_until}. Place the order without it."""


class CouponNoLongerOffered(NotAllowedInState):
    """Coupon {code} was withdrawn. Place the order without it."""


class CouponUsedUp(NotAllowedInState):
    """Coupon {code} was used {limit} times, as often as it may be. Place the order without it."""


class CouponUsedUpByCustomer(NotAllowedInState):
    """This customer used coupon {code} {limit} times, as often as each may. Place the order
    without it.
    """


class CouponNeedsLargerOrder(Invalid):
    """Coupon {code} is for orders of goods worth {minimum} or more; these are worth {subtotal}."""


def coupon_id(code: str) -> UUID:
    """Give the stream of a coupon code; upper and lower case are the same."""
    return natural_id("coupon", code.casefold())


@dataclass(frozen=True, slots=True)
class CouponView:
    """A coupon as an answer shows it. `times_used` leaves out the orders that were cancelled."""

    id: UUID
    version: int
    code: str
    percent: Decimal | None
    amount: Money | None
    valid_from: datetime | None
    valid_until: datetime | None
    minimum_subtotal: Money | None
    usage_limit: int | None
    usage_limit_per_customer: int | None
    times_used: int
    withdrawn: bool


class CouponSnapshot(Snapshot):
    """Everything that decisions about a coupon need."""

    TOPIC = "coupons.CouponSnapshot.v1"

    facts: CouponIssued
    withdrawn: bool
    users: dict[UUID, str]


class Coupon(LongLived[CouponEvent, CouponSnapshot]):
    """One code. `users` are the orders that use it, with their customers."""

    MISSING = NoSuchCoupon
    facts: CouponIssued

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.withdrawn = False
        self.users: dict[UUID, str] = {}
        self.times_used_by: Counter[str] = Counter()

    @property
    def discount(self) -> Discount:
        """What it takes off an order: all that is left when its amount is more than that."""
        amount = ZERO if self.facts.amount is None else self.facts.amount.amount
        return Discount(amount, self.facts.percent, code=self.facts.code, capped=True)

    def issue(self, facts: CouponIssued) -> None:
        """Offer the coupon, once."""
        if self.exists:
            raise CouponAlreadyIssued(code=facts.code, field=("code",))
        self.record(facts)

    def withdraw(self, reason: str) -> None:
        """Offer it no longer; nothing happens when that is so already."""
        if not self.withdrawn:
            self.record(CouponWithdrawn(reason=reason))

    def redeem(self, order_id: UUID, customer: str) -> None:
        """Note that an order uses it; ask `refuse_unless_usable` before."""
        self.record(CouponRedeemed(order_id=order_id, customer=customer))

    def give_back(self, order_id: UUID) -> None:
        """Let it be used once more; nothing happens when the order does not use it."""
        if order_id in self.users:
            self.record(CouponGivenBack(order_id=order_id))

    def refuse_unless_usable(self, customer: str, at: datetime, subtotal: Money) -> None:
        """Refuse a customer's order of goods worth `subtotal`, placed at a moment."""
        self._refuse_out_of_time(at)
        self._refuse_over_limit(customer)
        facts = self.facts
        for needed in (facts.minimum_subtotal, facts.amount):
            if needed is not None and needed.currency != subtotal.currency:
                raise CurrencyMismatch(
                    given=needed.currency, expected=subtotal.currency, field=FIELD
                )
        if facts.minimum_subtotal is not None and subtotal < facts.minimum_subtotal:
            raise CouponNeedsLargerOrder(
                code=facts.code, minimum=facts.minimum_subtotal, subtotal=subtotal, field=FIELD
            )

    def _refuse_out_of_time(self, at: datetime) -> None:
        code, start, end = self.facts.code, self.facts.valid_from, self.facts.valid_until
        if self.withdrawn:
            raise CouponNoLongerOffered(code=code, field=FIELD)
        if start is not None and at < start:
            raise CouponNotValidYet(code=code, valid_from=start.isoformat(), field=FIELD)
        if end is not None and at >= end:
            raise CouponExpired(code=code, valid_until=end.isoformat(), field=FIELD)

    def _refuse_over_limit(self, customer: str) -> None:
        code, limit = self.facts.code, self.facts.usage_limit
        if limit is not None and len(self.users) >= limit:
            raise CouponUsedUp(code=code, limit=limit, field=FIELD)
        own = self.facts.usage_limit_per_customer
        if own is not None and self.times_used_by[customer] >= own:
            raise CouponUsedUpByCustomer(code=code, limit=own, field=FIELD)

    def evolve(self, event: CouponEvent) -> None:
        match event:
            case CouponIssued():
                self.facts = event
            case CouponRedeemed():
                self.users[event.order_id] = event.customer
                self.times_used_by[event.customer] += 1
            case CouponGivenBack():
                self._given_back(self.users.pop(event.order_id))
            case CouponWithdrawn():
                self.withdrawn = True
            case _:
                assert_never(event)

    def _given_back(self, customer: str) -> None:
        self.times_used_by[customer] -= 1
        if not self.times_used_by[customer]:
            del self.times_used_by[customer]

    @property
    def entries(self) -> int:
        return len(self.users)

    def snapshot(self) -> CouponSnapshot:
        """Show the whole state."""
        return CouponSnapshot(facts=self.facts, withdrawn=self.withdrawn, users=dict(self.users))

    def restore(self, snapshot: CouponSnapshot) -> None:
        """Take over a state that `snapshot` showed."""
        self.facts, self.withdrawn = snapshot.facts, snapshot.withdrawn
        self.users = dict(snapshot.users)
        self.times_used_by = Counter(self.users.values())

    def view(self) -> CouponView:
        """Show the coupon as it is now."""
        facts = {name: getattr(self.facts, name) for name in CouponIssued.model_fields}
        return CouponView(
            id=self.id,
            version=self.version,
            **facts,
            times_used=len(self.users),
            withdrawn=self.withdrawn,
        )
