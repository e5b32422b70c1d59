"""How worlds end: without faults, everything drained, every order such that somebody can act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.simulation.next_actions import finished, next_actions
from tests.simulation.people.merchants import PRICES
from tests.simulation.processes import Runner
from tests.simulation.world import World

from oms_core.backorders.commands import FillBackorders
from oms_core.catalogue.product import product_id
from oms_core.coupons.commands import GiveCouponBack
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import Refusal
from oms_core.orders.exchange_credit import GiveExchangeCreditBack
from oms_core.orders.order import Order
from oms_core.payments.payment import Payment
from oms_core.payments.requests import PaymentRequestKind, PaymentRequestState
from oms_core.payments.settling import VoidUnneededAuthorizations
from oms_core.shipments.commands import ReleaseToWarehouse
from oms_core.shortages.commands import FollowShortage
from oms_core.subscriptions.commands import NotifySubscribers

MOST_STEPS = 200


def finish(world: World, runners: Sequence[Runner]) -> None:
    """Let processes come to rest; then every order is finished, or can be brought to its end."""
    world.faults.active = False
    drain(world, runners)
    for step in steps_left(world):
        assert not world.rehearsals.rehearse(step), f"no process did {step!r}"
    for order in list(world.orders()):
        steps = 0
        world.reached[f"{order.status}, {order.view().payment_status}"] += 1
        while not finished(world, order):
            action = next(next_actions(world, order), None)
            assert action is not None, f"nothing can be done with order {order.id}"
            world.ask(action, "closer", refused=_never)
            world.flush()
            drain(world, runners)
            steps += 1
            assert steps < MOST_STEPS, f"order {order.id} does not come to an end"


def steps_left(world: World) -> Iterator[Command]:
    """What processes may ask for: at rest there is nothing left of it to do.

    But for what a provider would not collect, or let go: that is up to a person.
    """
    for order in world.orders():
        yield ReleaseToWarehouse(order_id=order.id)
        if not _kept_by_a_provider(world, order):
            yield VoidUnneededAuthorizations(order_id=order.id)
        yield GiveCouponBack(order_id=order.id)
        yield GiveExchangeCreditBack(order_id=order.id)
    for sku in PRICES:
        yield FillBackorders(sku=sku, asked_at=world.now)
        yield NotifySubscribers(sku=sku)
        yield FollowShortage(product_id=product_id(sku))


def _kept_by_a_provider(world: World, order: Order) -> bool:
    return any(
        request.state is PaymentRequestState.DECLINED
        for id in order.payment_ids
        for request in world.one(Payment, id).of_kind(PaymentRequestKind.VOID)
    )


def drain(world: World, runners: Sequence[Runner]) -> None:
    """Run until nothing is left to do for anybody."""
    world.run()
    while any(runner.behind for runner in runners):
        for runner in runners:
            runner.wake()
        world.run()


def _never(refusal: Refusal) -> None:
    raise AssertionError(f"an action that was offered was refused: {refusal}") from refusal
