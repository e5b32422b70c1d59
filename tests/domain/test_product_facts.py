"""What a shipper needs to know of a product is checked, can be said anew, and is said whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import stocked

from oms_core.catalogue.commands import DeclareProductFacts
from oms_core.catalogue.events import DangerousGoods, ProductFactsDeclared
from oms_core.catalogue.product import NoSuchProduct, Product, product_id
from oms_core.sourcing.asking import goods_of

CAP = product_id("CAP")


def declare(**facts: Any) -> DeclareProductFacts:
    return DeclareProductFacts.model_validate({"sku": "CAP", **facts})


def story() -> Story:
    return Story().after(*stocked({("CAP", "HAM"): 1}))


def test_facts_are_said_whole_and_once() -> None:
    begun = story()
    heavy = declare(weight_grams=1200, commodity_code="6505.00")
    begun.when(heavy).then(
        {CAP: [ProductFactsDeclared(weight_grams=1200, commodity_code="6505.00")]}
    )
    begun.when(heavy).then({})
    product = begun.history.fold(Product, CAP)
    assert (product.facts.name, goods_of(product).grams) == ("Cap", 1200)
    paint = {"un_number": "UN1263", "hazard_class": "3", "packing_group": "III"}
    begun.when(declare(dangerous_goods=paint)).then(
        {CAP: [ProductFactsDeclared(dangerous_goods=DangerousGoods(**paint))]}
    )
    assert begun.history.fold(Product, CAP).facts.weight_grams is None


def test_nothing_is_declared_of_what_is_not_there() -> None:
    Story().when(declare(weight_grams=1)).refused(NoSuchProduct, "no product CAP", field="sku")


@pytest.mark.parametrize(
    ("field", "right"),
    [
        ("commodity_code", ["650500", "6505.00.30", "6505 00 30 90", "9999999999"]),
        ("origin_country", ["PT", "CH"]),
        ("gtin", ["96385074", "036000291452", "4006381333931", "10012345678902"]),
        ("weight_grams", [1, 1_000_000]),
        ("length_mm", [1, 100_000]),
    ],
)
def test_facts_that_can_be(field: str, right: list[object]) -> None:
    for value in right:
        assert getattr(declare(**{field: value}), field) == value


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        (
            "commodity_code",
            ["65", "65050", "005050", "770000", "6505-00", "6505  00", "65050000000000"],
        ),
        ("commodity_code", ["", "6505 00 ", "ABCDEF"]),
        ("origin_country", ["pt", "XX", "PRT", ""]),
        ("gtin", ["4006381333930", "400638133393", "4006381 333931"]),
        ("weight_grams", [0, -5]),
        ("width_mm", [0, 100_001]),
        ("dangerous_goods", [{"un_number": "1263", "hazard_class": "3"}]),
        (
            "dangerous_goods",
            [{"un_number": "UN1263", "hazard_class": each} for each in ("0", "4", "10")],
        ),
        ("dangerous_goods", [{"un_number": "UN1263", "hazard_class": "3", "packing_group": "IV"}]),
        ("dangerous_goods", [{"hazard_class": "3"}]),
    ],
)
def test_facts_that_cannot_be(field: str, wrong: list[object]) -> None:
    for value in wrong:
        with pytest.raises(ValidationError, match=field):
            declare(**{field: value})
