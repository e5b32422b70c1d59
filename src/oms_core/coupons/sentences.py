"""What the events of a coupon tell people."""

from __future__ import annotations

from collections.abc import Mapping

from oms_core.coupons import events
from oms_core.kernel.message import Event
from oms_core.story.telling import Sentence

SENTENCES: Mapping[type[Event], Sentence] = {
    events.CouponIssued: Sentence(
        "The coupon {code} was issued[ over {amount}].",
        "Der Gutscheincode {code} wurde ausgegeben[, über {amount}].",
    ),
    events.CouponRedeemed: Sentence(
        "Customer {customer} used the coupon.",
        "Kunde {customer} löste den Gutscheincode ein.",
    ),
    events.CouponGivenBack: Sentence(
        "The order that used the coupon was cancelled: it may be used once more.",
        "Die Bestellung mit dem Gutscheincode wurde storniert: Er gilt wieder.",
    ),
    events.CouponWithdrawn: Sentence(
        "The coupon was withdrawn, because “{reason}”.",
        "Der Gutscheincode wurde zurückgezogen, Grund: „{reason}“.",
    ),
}
