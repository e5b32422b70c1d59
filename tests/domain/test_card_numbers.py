"""No card number is accepted in any field of any command. Numbers are those that networks and
payment providers publish for tests.
"""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError
from stdnum import ean
from tests.domain.commands import Path, holding, texts

from oms_core.kernel.card_numbers import ISSUERS, has_card_number
from oms_core.kernel.fields import CARD_NUMBER
from oms_core.kernel.handling import HANDLERS
from oms_core.orders.placing import PlaceOrder

PUBLISHED = {
    "Visa": ("4111111111111111", "4012888888881881", "4242424242424242", "4000056655665556"),
    "Visa, of old": ("4222222222222",),
    "Mastercard": ("5555555555554444", "5105105105105100", "5200828282828210"),
    "Mastercard, 2 series": ("2223003122003222",),
    "American Express": ("378282246310005", "371449635398431"),
    "Discover": ("6011111111111117", "6011000990139424", "6011981111111113"),
    "Diners Club": ("3056930009020004", "36227206271667", "30569309025904", "38520000023237"),
    "JCB": ("3566002020360505", "3530111333300000"),
    "UnionPay": ("6200000000000005", "6205500000000000004", "8171999927660000"),
    "Maestro": ("6759649826438453", "6304000000000000", "6799990100000000019"),
    "Mir": ("2200000000000004",),
    "RuPay": ("6073849700004947",),
    "Troy": ("9792030394440796",),
}
GIVEN_BY_OTHERS = {
    "sku",
    "skus",
    "number",
    "tracking_number",
    "carrier_event_id",
    "open_orders",
    "serials",
}
"""Long rows of digits are usual here, and nobody is asked for a card; see ADR 20."""

CHECKED_OTHERWISE = {
    *("country", "origin_country", "countries", "location_countries", "origins", "destinations"),
    *("currency", "gtin", "email", "time_zone"),
    *("commodity_code", "un_number", "hazard_class", "packing_group"),
    *("media_type", "sha256", "url", "corrects", "corrected_by"),
}
"""Fields that have a stricter form, which no card number has."""


@pytest.mark.parametrize("number", [n for numbers in PUBLISHED.values() for n in numbers])
@pytest.mark.parametrize("shape", ["{}", "card {} please", "Visa{}!", "{} 12/27 123"])
def test_a_card_number_is_found_in_a_text(number: str, shape: str) -> None:
    assert has_card_number(shape.format(number))


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111\u00a01111\u20091111\n1111",
        "4111–1111–1111–1111",
        "3782 822463 10005",
        "room 12 4111 1111 1111 1111 99",
        "４１１１１１１１１１１１１１１１",
        "٤١١١١١١١١١١١١١١١",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    ],
)
def test_however_its_digits_are_written(text: str) -> None:
    assert has_card_number(text)
    assert has_card_number(text, key=True)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # a wrong check digit
        "1111111111111117",  # Luhn-valid, but no issuer's
        "49111111111111111111",  # 20 digits
        "00340434161094022115",  # a parcel of DHL (SSCC)
        "305-1234567-1234562",  # an order of Amazon in Germany: 3-7-7 digits
        "+49 40 1234567, +49 89 7654321",
        "2026-03-01 12:00:00.000000",
        "IBAN DE16 5001 0517 0000 0000 04 bitte",
        "DE16500105170000000004",
        "GB82 WEST 1234 5698 7654 32",
        "7b1e8a52-4111-4111-8111-111111114444",
        "73b81480632242628120c02335bbad76",  # a UUID without hyphens, as many programs write it
        "order a94111111111111111bccdf0",
        "",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert not has_card_number(text)


def test_an_account_number_that_holds_the_digits_of_a_card_is_none() -> None:
    digits = "5001 0517 0000 0000 04"
    assert has_card_number(digits)
    assert not has_card_number(f"REFUND TO DE16 {digits} PLEASE")
    assert has_card_number(f"REFUND TO DE17 {digits} PLEASE")  # wrong check digits: no IBAN


def test_a_gtin_in_a_key_is_a_gtin() -> None:
    luhn_valid_too = "4006381330060"
    assert ean.is_valid(luhn_valid_too)
    assert has_card_number(luhn_valid_too)
    assert not has_card_number(luhn_valid_too, key=True)
    assert not has_card_number(f"{luhn_valid_too}-XL", key=True)


def test_every_network_has_a_published_number() -> None:
    assert {network for network, *_ in ISSUERS} == {name.split(",")[0] for name in PUBLISHED}


@pytest.mark.parametrize(
    ("command", "path"),
    [pytest.param(*each, id=f"{each[0].__name__}-{each[1]}") for each in texts()],
)
@pytest.mark.parametrize("number", ["4111111111111111", "3782 822463 10005", "6759-6498-2643-8453"])
def test_no_command_takes_a_card_number(command: type[BaseModel], path: Path, number: str) -> None:
    name = next(part for part in reversed(path) if isinstance(part, str))
    if name in GIVEN_BY_OTHERS:
        return
    with pytest.raises(ValidationError) as caught:
        command.model_validate(holding(path, number))
    refused = {error["loc"]: error["msg"] for error in caught.value.errors()}
    assert path in refused
    assert name in CHECKED_OTHERWISE or number not in refused[path]
    assert CARD_NUMBER in refused[path] or name in CHECKED_OTHERWISE


def test_the_walk_finds_the_texts_of_every_command() -> None:
    found = {command for command, _ in texts()}
    without = {command.__name__ for command in set(HANDLERS) - found}
    assert without == {
        "CancelBackorder",
        "CaptureBeforeLapse",
        "CaptureForShipment",
        "CloseReturn",
        "DecideContestedRefund",
        "DeliverShipment",
        "EscalateHold",
        "ExpireAuthorization",
        "ExpireUnpaidOrder",
        "FollowShortage",
        "GiveCouponBack",
        "GiveExchangeCreditBack",
        "LinkOrders",
        "MarkReadyForPickup",
        "MergeShipments",
        "RefundReturn",
        "ReleaseToWarehouse",
        "ReviewShortages",
        "SourceWave",
        "SplitShipment",
        "UnlinkOrders",
        "VoidPayment",
        "VoidUnneededAuthorizations",
    }
    assert (PlaceOrder, ("lines", 0, "discount", "reason")) in texts()
