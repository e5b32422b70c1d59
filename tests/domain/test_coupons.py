"""Coupons: what they take off, for whom, how often; and that cancelling gives them back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import (
    CAP_AT_HAMBURG,
    LINE_1,
    NOW,
    ORDER,
    cancel,
    eur,
    place,
    stocked,
    uid,
)

from oms_core.coupons.commands import GiveCouponBack, IssueCoupon, WithdrawCoupon
from oms_core.coupons.coupon import (
    Coupon,
    CouponAlreadyIssued,
    CouponExpired,
    CouponNeedsLargerOrder,
    CouponNoLongerOffered,
    CouponNotValidYet,
    CouponUsedUp,
    CouponUsedUpByCustomer,
    NoSuchCoupon,
    coupon_id,
)
from oms_core.coupons.events import (
    CouponGivenBack,
    CouponIssued,
    CouponRedeemed,
    CouponWithdrawn,
)
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import CurrencyMismatch
from oms_core.orders.events import AppliedDiscount
from oms_core.orders.order import Order, order_id
from oms_core.orders.placing import Customer, WantedLine

SPRING = coupon_id("SPRING")
TENTH = {"percent": Decimal(10)}


def story(**terms: Any) -> Story:
    """Five caps at 10 EUR, and a coupon SPRING."""
    issue = IssueCoupon(code="SPRING", **(terms or TENTH))
    return Story().after(*stocked({("CAP", "HAM"): 5}), issue)


def another(number: int, **terms: Any) -> Any:
    """One more order of a cap, with the coupon."""
    line = WantedLine(line_id=uid(number), sku="CAP", quantity=1)
    return place(lines=(line,), number=str(number), coupon_code="SPRING", **terms)


def of(customer: str) -> dict[str, Customer]:
    return {"customer": Customer(reference=customer)}


def test_an_order_redeems_the_coupon_it_names_in_any_case() -> None:
    begun = story()
    done = begun.history.execute(place(("CAP", 2), coupon_code="spring"))
    assert done.events[SPRING] == [CouponRedeemed(order_id=ORDER, customer="C-1")]
    assert set(done.events) == {ORDER, SPRING, CAP_AT_HAMBURG}
    terms = begun.history.fold(Order, ORDER).terms
    assert terms.discounts == (
        AppliedDiscount(amount=Decimal("2.00"), percent=Decimal(10), code="SPRING"),
    )
    assert (terms.discount, terms.total) == (Decimal("2.00"), Decimal("21.42"))


def test_an_amount_beyond_the_goods_takes_all_there_is() -> None:
    begun = story(amount=eur("25")).after(another(1))
    assert begun.history.fold(Order, order_id("1")).total == 0


def test_a_coupon_is_taken_off_after_every_other_discount() -> None:
    begun = story().after(another(1, discount=eur("5")))
    assert begun.history.fold(Order, order_id("1")).discount == Decimal("5.50")


def test_an_unknown_code_is_refused() -> None:
    Story().after(*stocked({("CAP", "HAM"): 5})).when(another(1)).refused(
        NoSuchCoupon, "no such coupon", field="coupon_code"
    )
    Story().when(WithdrawCoupon(code="SPRING", reason="over")).refused(NoSuchCoupon)


def test_a_code_is_issued_once() -> None:
    story().when(IssueCoupon(code="Spring", **TENTH)).refused(
        CouponAlreadyIssued, "Spring was issued", field="code"
    )


@pytest.mark.parametrize(
    ("terms", "refusal", "sentence"),
    [
        ({"valid_from": NOW + timedelta(seconds=1)}, CouponNotValidYet, "not valid before 2026"),
        ({"valid_until": NOW}, CouponExpired, "was valid until 2026"),
        ({"minimum_subtotal": eur("10.01")}, CouponNeedsLargerOrder, "10.01 EUR or more"),
        ({"minimum_subtotal": Money(Decimal(1), "USD")}, CurrencyMismatch, "USD was given"),
    ],
)
def test_an_order_it_is_not_for_is_refused(
    terms: dict[str, Any], refusal: Any, sentence: str
) -> None:
    story(**TENTH, **terms).when(another(1)).refused(refusal, sentence, field="coupon_code")


def test_it_is_valid_from_its_first_moment_and_for_exactly_its_minimum() -> None:
    begun = story(**TENTH, valid_from=NOW, minimum_subtotal=eur("10"))
    assert SPRING in begun.history.execute(another(1, discount=eur("5"))).events


def test_an_amount_in_another_currency_is_refused() -> None:
    story(amount=Money(Decimal(5), "USD")).when(another(1)).refused(
        CurrencyMismatch, "USD was given where EUR is needed", field="coupon_code"
    )


def test_it_is_used_as_often_as_it_may_be() -> None:
    begun = story(**TENTH, usage_limit=2).after(another(1), another(2))
    begun.when(another(3, **of("C-2"))).refused(
        CouponUsedUp, "was used 2 times", field="coupon_code"
    )


def test_each_customer_uses_it_as_often_as_each_may() -> None:
    begun = story(**TENTH, usage_limit_per_customer=1).after(another(1))
    begun.when(another(2)).refused(
        CouponUsedUpByCustomer, "used coupon SPRING 1 times", field="coupon_code"
    )
    assert SPRING in begun.history.execute(another(2, **of("C-2"))).events


def test_a_withdrawn_one_is_refused_and_orders_keep_what_they_got() -> None:
    begun = story().after(another(1))
    over = WithdrawCoupon(code="SPRING", reason="over")
    begun.when(over).then({SPRING: [CouponWithdrawn(reason="over")]})
    begun.when(over).then({})
    begun.when(another(2)).refused(
        CouponNoLongerOffered, "SPRING was withdrawn", field="coupon_code"
    )
    assert begun.history.fold(Order, order_id("1")).discount == 1


def test_a_cancelled_order_gives_it_back_once() -> None:
    begun = story(**TENTH, usage_limit=1).after(place(("CAP", 2), coupon_code="SPRING"))
    back = GiveCouponBack(order_id=ORDER)
    begun.after(cancel({LINE_1: 1})).when(back).then({})
    begun.after(cancel({LINE_1: 1})).when(back).then({SPRING: [CouponGivenBack(order_id=ORDER)]})
    begun.when(back).then({})
    assert SPRING in begun.history.execute(another(2)).events
    assert begun.history.fold(Coupon, SPRING).view().times_used == 1


def test_an_order_without_a_coupon_gives_none_back() -> None:
    begun = story().after(place(("CAP", 1), discount=eur("1")), cancel())
    begun.when(GiveCouponBack(order_id=ORDER)).then({})


@pytest.mark.parametrize("terms", [{}, TENTH | {"amount": eur("5")}])
def test_it_is_either_an_amount_or_a_percentage(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="either an amount or a percent"):
        IssueCoupon(code="SPRING", **terms)


@pytest.mark.parametrize("percent", ["0", "-1", "100.01", "0.00001"])
def test_a_percentage_is_over_0_up_to_100(percent: str) -> None:
    with pytest.raises(ValidationError, match="percent"):
        IssueCoupon(code="SPRING", percent=Decimal(percent))


def test_issuing_is_recorded_in_full() -> None:
    command = IssueCoupon(
        code="SPRING",
        amount=eur("5"),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=7),
        minimum_subtotal=eur("20"),
        usage_limit=100,
        usage_limit_per_customer=1,
    )
    Story().when(command).then({SPRING: [CouponIssued(**dict(command))]})
