"""What a working set keeps between two groups, and what it asks for again."""

from __future__ import annotations

from oms_core.catalogue.events import ProductBackordered, ProductCaughtUp, ProductStocked
from oms_core.catalogue.product import Product, product_id
from oms_core.runtime.streams import Entry
from oms_core.runtime.working_set import WorkingSet

CAP, MUG, HAT = map(product_id, ("CAP", "MUG", "HAT"))
STOCKED = Entry(CAP, 1, ProductStocked(location="A"))
WAITED_FOR = Entry(CAP, 2, ProductBackordered())


def test_what_was_folded_is_brought_up_to_date_and_not_folded_again() -> None:
    known = WorkingSet(10)
    known.begin()
    assert known.stale([CAP, MUG]) == {CAP: 0, MUG: 0}
    known.refresh([CAP, MUG], [STOCKED])
    assert (known.stale([CAP, MUG]), known.version(CAP), known.version(MUG)) == ({}, 1, 0)
    known.find(Product, [CAP])
    known.begin()
    assert (known.find(Product, [CAP]), known.version(CAP)) == (None, None)
    assert known.stale([CAP]) == {CAP: 1}
    known.refresh([CAP], [WAITED_FOR])
    [cap] = known.find(Product, [CAP]) or []
    assert (cap.version, cap.locations, cap.backordered) == (2, ["A"], True)


def test_what_nobody_asked_for_is_read_again_and_folded_once() -> None:
    known = WorkingSet(10)
    for entries in ([STOCKED], [STOCKED, WAITED_FOR]):
        known.begin()
        assert known.stale([CAP]) == {CAP: 0}
        known.refresh([CAP], entries)
    assert known.version(CAP) == 2
    [cap] = known.find(Product, [CAP]) or []
    assert (cap.version, cap.locations) == (2, ["A"])


def test_what_was_used_last_is_kept() -> None:
    known = WorkingSet(2)
    for id in (CAP, MUG, CAP, HAT):
        known.begin()
        known.refresh(
            [id], [Entry(id, v, ProductCaughtUp()) for v in (1,) if known.stale([id])[id] < v]
        )
        known.find(Product, [id])
    known.begin()
    assert known.stale([CAP, MUG, HAT]) == {CAP: 1, MUG: 0, HAT: 1}


def test_what_the_last_group_read_is_kept_even_if_it_is_more_than_there_is_room_for() -> None:
    """It may be on its way to the store yet."""
    known = WorkingSet(1)
    for wanted in ([CAP], [MUG, HAT]):
        known.begin()
        known.refresh(wanted, [Entry(id, 1, ProductCaughtUp()) for id in wanted])
        known.find(Product, wanted)
    known.begin()
    assert known.stale([CAP, MUG, HAT]) == {CAP: 0, MUG: 1, HAT: 1}


def test_what_did_not_reach_the_store_is_forgotten() -> None:
    known = WorkingSet(10)
    known.begin()
    known.refresh([CAP], [STOCKED])
    known.find(Product, [CAP])
    known.add(Product(MUG))
    known.forget([CAP, MUG])
    assert known.stale([CAP, MUG]) == {CAP: 0, MUG: 0}
