"""A life told again is what the handlers would have decided for that order, to the byte."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from bench import lives
from bench.filling import BEGIN, Memory
from bench.retelling import CUSTOMER, ORDER, Hero, Told, written

from oms_core.kernel.envelope import Envelope

SKUS = range(12)
TELLER = Hero(ORDER, CUSTOMER, BEGIN)


def led(hero: Hero, end: str, seed: int) -> Sequence[Envelope]:
    memory = Memory()
    memory.do([*lives.locations(), *lives.assortment(SKUS)])
    rng = random.Random(seed)
    life = lives.life(rng, hero.number, hero.placed_at, SKUS, hero.customer)
    return memory.lead(rng, lives.Life(life.placing, end))


@pytest.mark.parametrize("end", lives.ENDS)
def test_a_life_told_again_is_what_the_handlers_decide(end: str) -> None:
    hero = Hero(4711, 42, BEGIN + timedelta(days=3, seconds=5))
    for seed in range(5):
        told = led(TELLER, end, seed)
        goods_came_in = dict.fromkeys((str(e.originator_id) for e in told), 1)
        decided = [written(e, i) for i, e in enumerate(led(hero, end, seed), 7)]
        assert Told(told, TELLER).retold(hero, 7, goods_came_in) == "".join(decided)


def test_ids_that_nobody_can_make_for_another_order_are_not_passed_over() -> None:
    [first, *others] = led(TELLER, "delivered", seed=1)
    stranger = led(Hero(ORDER + 1, CUSTOMER, BEGIN), "delivered", seed=1)[-1]
    with pytest.raises(ValueError, match="nobody knows"):
        Told([first, *others, stranger], TELLER)
