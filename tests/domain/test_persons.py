"""Persons are forgotten once, and what the books need of them goes when its term ends."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.domain.kit import Story
from tests.domain.shop import ORDER, uid

from oms_core.persons.commands import EndRetention, EraseCustomer
from oms_core.persons.events import CustomerErased, HeldKey, RetentionEnded
from oms_core.persons.person import (
    CustomerAlreadyErased,
    CustomerHasOpenOrders,
    NoSuchCustomer,
    person_id,
)

ADA = person_id("C-7")
SERVICE, BOOKS, LATER = uid(71), uid(72), uid(73)
DAY, NEXT = date(2037, 1, 1), date(2038, 1, 1)
HELD = HeldKey(key=BOOKS, year=2026, until=DAY)


def erase(**given: Any) -> EraseCustomer:
    facts = {"orders": 1, "streams": (ORDER,), "destroyed": (SERVICE,), "held": (HELD,)}
    return EraseCustomer(customer="C-7", reason="asked", as_of=9, **facts | given)


def erased(**given: Any) -> CustomerErased:
    facts = {"orders": 1, "streams": (ORDER,), "destroyed": (SERVICE,), "held": (HELD,)}
    about = {"customer": "C-7", "reason": "asked", "as_of": "9", "held_until": DAY}
    return CustomerErased(**about | facts | given)


def test_an_erasure_says_what_is_gone_and_what_is_kept_until_when() -> None:
    Story().when(erase()).then({ADA: [erased()]})


def test_nothing_is_erased_twice() -> None:
    Story().after(erase()).when(erase()).refused(CustomerAlreadyErased, field="customer")


def test_of_who_came_back_only_what_is_new_is_erased() -> None:
    again = erase(orders=2, streams=(ORDER, uid(5)), destroyed=(SERVICE, LATER))
    told = erased(orders=2, streams=(ORDER, uid(5)), destroyed=(LATER,), held=())
    Story().after(erase()).when(again).then({ADA: [told]})


def test_who_is_unknown_can_not_be_erased() -> None:
    nothing = erase(orders=0, streams=(), destroyed=(), held=())
    Story().when(nothing).refused(NoSuchCustomer, field="customer")


def test_an_open_order_needs_its_address() -> None:
    Story().when(erase(open_orders=("7",))).refused(CustomerHasOpenOrders, field="customer")


def test_what_the_books_need_goes_when_its_term_ends_once() -> None:
    later = HeldKey(key=LATER, year=2027, until=NEXT)
    end = EndRetention(customer="C-7", until=DAY)
    ended = RetentionEnded(customer="C-7", until=DAY, streams=(ORDER,), destroyed=(BOOKS,))
    story = Story().after(erase(held=(HELD, later)))
    story.when(end).then({ADA: [ended]})
    story.after(end).when(end).then({})
