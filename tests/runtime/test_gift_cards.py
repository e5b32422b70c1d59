"""Two processes pay with one gift card at the same instants: never more than is on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

from tests.runtime.shop import NOW, execute, order, stock_up

from oms_core.gift_cards.commands import IssueGiftCard
from oms_core.kernel.money import Money
from oms_core.kernel.refusal import Refusal
from oms_core.payments.gift_cards import PayWithGiftCard
from oms_core.runtime.command_bus import CommandBus


def test_a_balance_is_spent_once_in_a_race_of_two_processes(database_url: str) -> None:
    with CommandBus(database_url) as one, CommandBus(database_url) as other:
        stock_up(one, {("A", "L"): 100})
        orders = [execute(one, order(str(i), ("A", 1))).stream_id for i in range(24)]
        card = execute(
            one, IssueGiftCard(code="rosen-7k2q", amount=Money(Decimal(75), "EUR"))
        ).stream_id

        def pay(i: int, id: UUID) -> str:
            command = PayWithGiftCard(
                order_id=id,
                request_id=uuid4(),
                code="ROSEN-7K2Q",
                amount=Money(Decimal(10), "EUR"),
                at=NOW,
            )
            try:
                execute((one, other)[i % 2], command)
            except Refusal as refusal:
                return type(refusal).__name__
            return "paid"

        with ThreadPoolExecutor(12) as pool:
            done = list(pool.map(pay, range(24), orders))
        assert sorted(set(done)) == ["GiftCardBalanceTooLow", "paid"]
        assert done.count("paid") == 7
        issued = execute(one, IssueGiftCard(code="another-1", amount=Money(Decimal(1), "EUR")))
        assert issued.stream_id != card
