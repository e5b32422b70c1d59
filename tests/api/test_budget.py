"""A client gets so many objects in a while, and no more however it asks; others get theirs."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import uuid4

import pytest
from psycopg import OperationalError
from tests.api.played import Played

from oms_api.budget import (
    MOST_CLIENTS,
    REFUSED,
    Budget,
    BudgetSettings,
    InPostgres,
    InProcess,
    Kept,
    OverBudget,
    budget,
)
from oms_api.executing import Executing
from oms_api.graphql_http import RESPONSE_JSON, Asked
from oms_api.limits import Limits
from oms_api.schema import SCHEMA

SIZE, PER_SECOND = 1_000, 100


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def limited(clock: Clock) -> Budget:
    return Budget(InProcess(SIZE, PER_SECOND, clock), SIZE, PER_SECOND, clock)


async def attempts(given: Budget, client: str, *costs: int) -> list[bool]:
    """Try to take each cost; tell which were taken."""
    found = []
    for cost in costs:
        try:
            await given.take(client, cost)
        except OverBudget as error:
            assert error.seconds >= 1
            found.append(False)
        else:
            found.append(True)
    return found


def test_never_more_than_what_is_there_and_what_comes_in() -> None:
    rng, clock = random.Random(7), Clock()
    given = limited(clock)
    taken = 0
    for _ in range(2_000):
        clock.seconds += rng.random() / 5
        cost = rng.randint(1, 300)
        [admitted] = asyncio.run(attempts(given, "greedy", cost))
        taken += cost * admitted
        assert taken <= SIZE + PER_SECOND * clock.seconds
    assert taken > PER_SECOND * clock.seconds * 0.9  # and not much less


def test_when_to_come_again_is_true() -> None:
    clock = Clock()
    given = limited(clock)

    async def play() -> None:
        await given.take("ada", 900)
        with pytest.raises(OverBudget) as refused:
            await given.take("ada", 700)
        assert refused.value.seconds == 6
        assert refused.value.status.shown() == {
            "maximumAvailable": 1_000,
            "currentlyAvailable": 100,
            "restoreRate": 100,
        }
        assert await attempts(given, "ada", 100) == [True]  # what is small still fits in
        clock.seconds += 7
        assert await attempts(given, "ada", 700) == [True]
        assert await attempts(given, "grace", 1_000) == [True]

    asyncio.run(play())


def test_who_has_nothing_left_is_refused_before_any_work() -> None:
    clock = Clock()
    given = limited(clock)

    async def play() -> None:
        await given.take("ada", 1_000)
        with pytest.raises(OverBudget):
            given.look("ada")
        given.look("grace")
        clock.seconds += REFUSED / PER_SECOND
        given.look("ada")

    asyncio.run(play())


def test_names_do_not_fill_the_memory() -> None:
    clock = Clock()
    buckets = InProcess(SIZE, PER_SECOND, clock)
    given = Budget(buckets, SIZE, PER_SECOND, clock)

    async def play() -> None:
        for i in range(MOST_CLIENTS + 10):
            await given.take(f"stranger {i}", SIZE)

    asyncio.run(play())
    assert len(buckets._kept) == len(given._empty_until) == MOST_CLIENTS


def test_all_workers_know_what_is_left(shelf: Played) -> None:
    client = f"greedy {uuid4()}"
    workers = [Budget(InPostgres(shelf.pool, SIZE, 1), SIZE, 1) for _ in range(3)]

    async def attack() -> int:
        asked = (attempts(worker, client, *[70] * 8) for worker in workers)
        return sum(sum(found) for found in await asyncio.gather(*asked))

    assert shelf.run(attack()) == SIZE // 70
    assert shelf.run(attempts(workers[0], client, 900, 5)) == [False, True]
    assert shelf.run(attempts(workers[1], str(uuid4()), SIZE)) == [True]


def test_who_has_all_of_it_again_is_forgotten(shelf: Played) -> None:
    buckets = InPostgres(shelf.pool, 1, 1_000_000)
    buckets._until_sweep = 2
    for client in ("sweep 1", "sweep 2"):
        assert shelf.run(buckets.take(client, 1)) == (0, True)
    assert shelf.rows("SELECT client FROM oms.budgets WHERE client LIKE 'sweep%'") == []


def test_without_the_database_it_is_left_to_what_is_asked_to_tell() -> None:
    class Gone:
        def connection(self) -> Any:
            raise OperationalError

    gone: Any = Gone()
    assert asyncio.run(InPostgres(gone, SIZE, 1).take("ada", 5)) == (SIZE, True)


def test_a_budget_is_enough_for_the_largest_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_BUDGET", "10")
    monkeypatch.setenv("OMS_BUDGET_KEPT", "postgres")
    settings = BudgetSettings()
    assert settings.budget_kept is Kept.POSTGRES
    pool: Any = None
    found = budget(settings, 5_000, pool)
    assert found is not None
    assert found._size == 5_000
    assert budget(BudgetSettings(budget=0), 5_000, pool) is None


def test_a_document_takes_its_cost_and_a_bad_one_takes_something(shelf: Played) -> None:
    clock = Clock()
    executing = Executing(SCHEMA, Limits(), limited(clock))

    def ask(document: str) -> Any:
        return shelf.run(executing.answer(Asked(document), shelf.context(), RESPONSE_JSON))

    page = "{ orders(first: 98) { nodes { id } } }"
    first = ask(page)
    assert b'"currentlyAvailable":901' in first.body
    ask("{ nothing }")
    assert b'"currentlyAvailable":792' in ask(page).body
    for _ in range(79):
        assert ask("{ nothing }").status == 400
    refused = ask(page)
    assert (refused.status, refused.codes, refused.headers) == (
        429,
        ("THROTTLED",),
        {"Retry-After": "1"},
    )
    assert b'"retryAfter":1' in refused.body
    unread = ask("{ " * 100_000)
    assert (unread.status, unread.codes) == (429, ("THROTTLED",))
