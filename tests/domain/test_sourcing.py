"""Which location serves which line. The first five cases failed in public, in other systems."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from tests.domain.shop import LINE_1, LINE_2, at, of_sku, uid, units

from oms_core.orders.quantities import SkuQuantity
from oms_core.sourcing.plan import SourcingPlan, Stock, plan


def caps(quantity: int) -> list[SkuQuantity]:
    return [of_sku(LINE_1, quantity, "CAP")]


def test_one_location_that_has_it_all_serves_it_all() -> None:
    """Vendure 4030: 10 and 15 in stock, 13 ordered, 10 + 13 taken."""
    result = plan(caps(13), {("CAP", "L1"): 10, ("CAP", "L2"): 15})
    assert result == SourcingPlan([at("L2", LINE_1, 13)], [])


def test_each_location_gives_what_it_has() -> None:
    """Medusa 14987: 1 and 1 in stock, 2 ordered, both taken from the first."""
    result = plan(caps(2), {("CAP", "A"): 1, ("CAP", "B"): 1})
    assert result == SourcingPlan([at("A", LINE_1, 1), at("B", LINE_1, 1)], [])


def test_no_location_is_asked_for_more_than_it_has() -> None:
    """Shopify community t/420767: 5 ordered, all routed to a location with 2."""
    result = plan(caps(5), {("CAP", "CA"): 1, ("CAP", "NY"): 2, ("CAP", "AL"): 2})
    assert result.sourced == [at("AL", LINE_1, 2), at("NY", LINE_1, 2), at("CA", LINE_1, 1)]
    assert result.unsourced == []


def test_one_parcel_is_better_than_three() -> None:
    lines = [of_sku(LINE_1, 1, "CAP"), of_sku(LINE_2, 1, "MUG"), of_sku(uid(3), 1, "PEN")]
    near = {("CAP", "A"): 9, ("MUG", "B"): 9, ("PEN", "C"): 9}
    far = {("CAP", "Z"): 1, ("MUG", "Z"): 1, ("PEN", "Z"): 1}
    assert {part.location for part in plan(lines, near | far).sourced} == {"Z"}


def test_what_is_not_there_is_left_over() -> None:
    result = plan(caps(3), {("CAP", "A"): 2})
    assert result == SourcingPlan([at("A", LINE_1, 2)], [units(LINE_1, 1)])


def test_two_lines_of_one_sku_do_not_take_the_same_unit() -> None:
    """Medusa 16502: each line was checked alone."""
    lines = [of_sku(LINE_1, 3, "CAP"), of_sku(LINE_2, 3, "CAP")]
    result = plan(lines, {("CAP", "A"): 5})
    assert result.sourced == [at("A", LINE_1, 3), at("A", LINE_2, 2)]
    assert result.unsourced == [units(LINE_2, 1)]


def test_of_equal_locations_the_fuller_one_then_the_first_code() -> None:
    assert plan(caps(1), {("CAP", "A"): 1, ("CAP", "B"): 2}).sourced == [at("B", LINE_1, 1)]
    assert plan(caps(1), {("CAP", "B"): 2, ("CAP", "A"): 2}).sourced == [at("A", LINE_1, 1)]


def test_stock_that_is_promised_twice_over_offers_nothing() -> None:
    assert plan(caps(1), {("CAP", "A"): -3}) == SourcingPlan([], [units(LINE_1, 1)])


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[SkuQuantity], dict[tuple[str, str], int]]:
    skus, codes = st.sampled_from("CMP"), st.sampled_from("ABDE")
    lines = draw(st.lists(st.tuples(skus, st.integers(1, 9)), min_size=1, max_size=6))
    stock = draw(st.dictionaries(st.tuples(skus, codes), st.integers(-3, 12), max_size=12))
    return [of_sku(uid(i), quantity, sku) for i, (sku, quantity) in enumerate(lines)], stock


@given(orders())
def test_every_plan_is_covered_by_stock_and_covers_the_order(
    case: tuple[list[SkuQuantity], dict[tuple[str, str], int]],
) -> None:
    lines, stock = case
    result = plan(lines, stock)
    taken: Counter[tuple[str, str]] = Counter()
    covered: Counter[object] = Counter()
    for part in result.sourced:
        taken[part.sku, part.location] += part.quantity
        covered[part.line_id] += part.quantity
    for rest in result.unsourced:
        covered[rest.line_id] += rest.quantity
    assert all(units > 0 for units in covered.values())
    assert covered == Counter({line.line_id: line.quantity for line in lines})
    assert all(units <= stock[key] for key, units in taken.items())
    short = {
        line.sku for line in lines for rest in result.unsourced if rest.line_id == line.line_id
    }
    for (sku, location), there in stock.items():  # nothing waits while stock is left
        assert sku not in short or taken[sku, location] == max(there, 0)


@given(orders(), st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_in_which_stock_is_listed(
    case: tuple[list[SkuQuantity], dict[tuple[str, str], int]], random: object
) -> None:
    lines, stock = case
    listed = list(stock.items())
    random.shuffle(listed)  # type: ignore[attr-defined]
    assert plan(lines, dict(listed)) == plan(lines, stock)


@given(orders())
def test_one_location_is_used_whenever_one_has_it_all(
    case: tuple[list[SkuQuantity], dict[tuple[str, str], int]],
) -> None:
    lines, stock = case
    if any(_has_it_all(lines, stock, code) for code in "ABDE"):
        result = plan(lines, stock)
        assert len({part.location for part in result.sourced}) == 1
        assert result.unsourced == []


def _has_it_all(lines: list[SkuQuantity], stock: Stock, code: str) -> bool:
    wanted: Counter[str] = Counter()
    for line in lines:
        wanted[line.sku] += line.quantity
    return all(stock.get((sku, code), 0) >= units for sku, units in wanted.items())
