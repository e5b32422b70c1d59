"""Products and locations are registered once; stock is received, corrected and never below 0."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import CAP_AT_HAMBURG, CAP_AT_MUNICH, ORDER, PAYMENT, eur, place, stocked

from oms_core.catalogue.commands import RegisterProduct
from oms_core.catalogue.events import DangerousGoods, ProductRegistered, ProductStocked
from oms_core.catalogue.product import (
    NoSuchProduct,
    Product,
    ProductAlreadyRegistered,
    ProductView,
    product_id,
)
from oms_core.locations.commands import RegisterLocation
from oms_core.locations.events import LocationRegistered
from oms_core.locations.location import (
    ALWAYS,
    Location,
    LocationAlreadyRegistered,
    LocationView,
    NoSuchLocation,
    location_id,
)
from oms_core.locations.traits import LocationKind
from oms_core.stock.commands import AdjustStock, NothingAdjusted, ReceiveStock
from oms_core.stock.events import StockAdjusted, StockReceived
from oms_core.stock.stock_item import NothingToTakeAway, StockItem
from oms_core.stock.view import StockItemView

CAP, HAMBURG, MUNICH = product_id("CAP"), location_id("HAM"), location_id("MUC")
CAP_FACTS = ProductRegistered(sku="CAP", name="Cap", price=eur("10.00"))
HAMBURG_FACTS = LocationRegistered(code="HAM", name="Hamburg", country="DE")
REGISTER_CAP = RegisterProduct(sku="CAP", name="Cap", price=eur("10"))
REGISTER_HAMBURG = RegisterLocation(code="HAM", name="Hamburg", country="DE")


def receive(quantity: int, location: str = "HAM", sku: str = "CAP") -> ReceiveStock:
    return ReceiveStock(sku=sku, location=location, quantity=quantity)


def adjust(delta: int) -> AdjustStock:
    return AdjustStock(sku="CAP", location="HAM", delta=delta, reason="count")


def story() -> Story:
    return Story().given(CAP, Product, CAP_FACTS).given(HAMBURG, Location, HAMBURG_FACTS)


def stock(story: Story, id: UUID = CAP_AT_HAMBURG) -> StockItemView:
    return story.history.fold(StockItem, id).view()


def test_a_product_is_registered_with_all_its_facts() -> None:
    facts = {
        "sku": "CAP",
        "name": "Cap",
        "price": eur("9.90"),
        "tax_rate": Decimal("0.07"),
        "weight_grams": 120,
        "origin_country": "PT",
        "commodity_code": "6505 00 30",
        "gtin": "4006381333931",
        "length_mm": 250,
        "width_mm": 200,
        "height_mm": 120,
        "tax_class": "reduced",
        "keeps_lots": True,
        "serial_numbered": True,
        "dangerous_goods": DangerousGoods(un_number="UN1263", hazard_class="3"),
    }
    given = facts | {"dangerous_goods": {"un_number": "UN1263", "hazard_class": "3"}}
    command = RegisterProduct.model_validate(given)
    done = Story().when(command).then({CAP: [ProductRegistered(**facts)]})
    assert done.answer.view() == ProductView(CAP, version=1, **facts, prices=())


def test_a_sku_is_registered_once() -> None:
    story().when(REGISTER_CAP).refused(ProductAlreadyRegistered, "Product CAP", field="sku")


def test_a_location_is_registered_once_with_all_its_facts() -> None:
    facts = {
        "code": "HAM",
        "name": "Hamburg",
        "country": "DE",
        "postal_code": "20459",
        "latitude": 53.55,
        "longitude": 9.99,
    }
    command = RegisterLocation(**facts)
    begun = Story()
    done = begun.when(command).then({HAMBURG: [LocationRegistered(**facts)]})
    assert done.answer.view() == LocationView(
        HAMBURG,
        version=1,
        **facts,
        kind=LocationKind.WAREHOUSE,
        is_open=True,
        calendar=ALWAYS,
        capacity_per_day=None,
        traits=(),
    )
    begun.when(command).refused(LocationAlreadyRegistered, "Location HAM", field="code")


def test_the_first_receipt_tells_the_product_that_it_is_kept_there() -> None:
    begun = story()
    received = StockReceived(sku="CAP", location="HAM", quantity=5)
    begun.when(receive(5)).then({CAP_AT_HAMBURG: [received], CAP: [ProductStocked(location="HAM")]})
    begun.when(receive(5)).then({CAP_AT_HAMBURG: [received]})
    assert stock(begun) == StockItemView(
        CAP_AT_HAMBURG, 2, "CAP", "HAM", on_hand=10, reserved=0, available=10
    )


def test_every_location_has_stock_of_its_own() -> None:
    munich = LocationRegistered(code="MUC", name="Munich", country="DE")
    begun = story().given(MUNICH, Location, munich).after(receive(5), receive(2, "MUC"))
    assert (stock(begun).on_hand, stock(begun, CAP_AT_MUNICH).on_hand) == (5, 2)
    assert begun.history.fold(Product, CAP).locations == ["HAM", "MUC"]


def test_the_figure_is_corrected_down_to_nothing_and_not_below() -> None:
    begun = story().after(receive(5))
    begun.when(adjust(-6)).refused(
        NothingToTakeAway, "CAP at HAM: 5 on hand, so 6 can't be taken away", field="delta"
    )
    begun.when(adjust(-5)).then(
        {CAP_AT_HAMBURG: [StockAdjusted(sku="CAP", location="HAM", delta=-5, reason="count")]}
    )
    assert stock(begun).on_hand == 0


def test_a_count_may_find_stock_where_none_was_known_but_not_less() -> None:
    story().when(adjust(-1)).refused(NothingToTakeAway, "0 on hand", field="delta")
    story().when(adjust(3)).then(
        {
            CAP_AT_HAMBURG: [StockAdjusted(sku="CAP", location="HAM", delta=3, reason="count")],
            CAP: [ProductStocked(location="HAM")],
        }
    )


def test_a_correction_changes_something() -> None:
    story().when(adjust(0)).refused(NothingAdjusted, "changes nothing", field="delta")


def test_a_count_below_what_is_promised_is_recorded_and_shows() -> None:
    begun = Story().after(*stocked({("CAP", "HAM"): 5}), place(("CAP", 4)), adjust(-3))
    assert (stock(begun).on_hand, stock(begun).reserved, stock(begun).available) == (2, 4, -2)


@pytest.mark.parametrize("move", [receive(1, sku="HAT"), receive(1, "LEJ"), adjust(1)])
def test_unknown_products_and_locations_are_refused(move: ReceiveStock | AdjustStock) -> None:
    if move.sku == "HAT":
        story().when(move).refused(NoSuchProduct, "no product HAT", field="sku")
    elif move.location == "LEJ":
        story().when(move).refused(NoSuchLocation, "no location LEJ", field="location")
    else:
        Story().when(move).refused(NoSuchProduct, "no product CAP", field="sku")


@pytest.mark.parametrize("quantity", [0, -5, 1_000_001])
def test_a_receipt_is_of_1_to_a_million_units(quantity: int) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        receive(quantity)


@pytest.mark.parametrize("delta", [-1_000_001, 1_000_001])
def test_a_correction_is_of_up_to_a_million_units(delta: int) -> None:
    with pytest.raises(ValidationError, match="delta"):
        adjust(delta)


@pytest.mark.parametrize(
    ("derived", "permanent"),
    [
        (CAP, "d1cd7f75-82da-5b68-bed9-65287d0af041"),
        (HAMBURG, "26046b09-ac5e-541a-a888-5050588a5cfe"),
        (CAP_AT_HAMBURG, "8cb0a008-3340-5b0b-ae3d-f545123f7cfa"),
        (ORDER, "e8f3ebaa-f670-5041-bd4d-7b9c07e747a6"),
        (PAYMENT, "34966765-2c28-577c-9e6c-a45a4a1d230a"),
    ],
)
def test_a_natural_key_gives_the_same_id_for_ever(derived: UUID, permanent: str) -> None:
    assert str(derived) == permanent
