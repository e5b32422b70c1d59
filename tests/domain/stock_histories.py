"""What warehouses and buyers do to stock, at random: a part of the shop of histories.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from oms_core.catalogue.commands import RegisterProduct
from oms_core.kernel.message import Command
from oms_core.kernel.money import Money
from oms_core.serials.commands import MoveSerials, RecordSerials, WriteOffSerials
from oms_core.stock.commands import (
    AdjustStock,
    ChangeStockCondition,
    CountStock,
    ReceiveStock,
    ScrapStock,
)
from oms_core.stock.events import StockCondition
from oms_core.stock.inbound_commands import (
    ArrivedUnits,
    ExpectSupplies,
    ReceiveSupplies,
    SuppliedUnits,
)
from oms_core.stock.lot_commands import ExpireLot
from oms_core.stock.policy_commands import (
    SetChannelSafetyStock,
    SetChannelShare,
    SetStockPolicy,
)
from oms_core.stock.supply_commands import CancelSupply, ExpectSupply, ReviseSupply
from oms_core.subscriptions.commands import (
    CancelSubscription,
    NotifySubscribers,
    SubscribeToStock,
)
from oms_core.transfers.commands import (
    CancelTransfer,
    DispatchTransfer,
    MissTransfer,
    PlanTransfer,
    ReceiveTransfer,
    WantedUnits,
)

PRICES = {"CAP": "19.99", "MUG": "0.05", "PEN": "10"}
TEA = RegisterProduct(sku="TEA", name="Tea", price=Money(Decimal(4), "EUR"), keeps_lots=True)
"""What comes in lots: it is there once somebody receives it."""
PHONE = RegisterProduct(
    sku="PHONE", name="Phone", price=Money(Decimal(90), "EUR"), serial_numbered=True
)
"""What has serial numbers: it comes, goes and moves by name."""
SKUS, CODES = st.sampled_from([*sorted(PRICES), "TEA"]), st.sampled_from(["HAM", "MUC", "LEJ"])
FEW = st.integers(1, 4)
CONDITIONS = st.sampled_from(StockCondition)

BEST_BEFORE = {"OLD": date(2026, 2, 20), "NEW": date(2026, 3, 9), "DRY": None}
"""Lots by name; orders are sent on March 1."""

MEANT_TWICE = (
    ReceiveSupplies,
    ReceiveStock,
    AdjustStock,
    CountStock,
    ChangeStockCondition,
    ScrapStock,
)
"""Repeating them moves stock again, or is a second count."""

FINDS_LESS = (AdjustStock, CountStock, ChangeStockCondition, ScrapStock, ExpireLot)
"""Reality may take what was promised already. Nothing else does."""


def on_stock(kind: type[Command], **given: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    return st.builds(kind, sku=SKUS, location=CODES, **given)


WORK = st.one_of(
    on_stock(ReceiveStock, quantity=st.integers(4, 12)),
    on_stock(ReceiveStock, quantity=st.integers(4, 12), condition=CONDITIONS),
    on_stock(AdjustStock, delta=st.integers(-4, 3), reason=st.just("count")),
    on_stock(
        CountStock,
        counted=st.integers(0, 15),
        reason=st.just("count"),
        expected_on_hand=st.sampled_from([None, 6]),
    ),
    on_stock(
        ChangeStockCondition,
        quantity=FEW,
        before=CONDITIONS,
        after=CONDITIONS,
        reason=st.just("wet"),
    ),
    on_stock(ScrapStock, quantity=FEW, condition=CONDITIONS, reason=st.just("wet")),
    on_stock(
        SetStockPolicy,
        safety_stock=st.integers(0, 3),
        unlimited=st.sampled_from([False, False, True]),
    ),
    on_stock(
        SetChannelShare,
        channel=st.sampled_from(["web", "counter"]),
        quantity=st.integers(0, 4),
    ),
    on_stock(
        SetChannelSafetyStock,
        channel=st.sampled_from(["web", "counter"]),
        quantity=st.integers(0, 4),
    ),
)
"""One command on a stock item."""


@st.composite
def in_lots(draw: st.DrawFn) -> list[Command]:
    """What comes in lots comes, and may expire."""
    place, lot = {"sku": "TEA", "location": draw(CODES)}, draw(st.sampled_from(list(BEST_BEFORE)))
    came = {"lot": lot, "best_before": BEST_BEFORE[lot], "condition": draw(CONDITIONS)}
    about = {"lot": lot, "reason": "look", "quantity": draw(FEW)}
    then: list[Command] = [
        ExpireLot(
            **place, lot=lot, at=datetime(2026, 3, draw(st.sampled_from([1, 20])), tzinfo=UTC)
        ),
        ChangeStockCondition(**place, **about, before=draw(CONDITIONS), after=draw(CONDITIONS)),
        ScrapStock(**place, **about, condition=draw(CONDITIONS)),
        AdjustStock(**place, delta=draw(st.integers(-3, 3)), reason="look", lot=lot),
    ]
    return [ReceiveStock(**place, **came, quantity=draw(FEW)), draw(st.sampled_from(then))]


@st.composite
def numbered(draw: st.DrawFn) -> list[Command]:
    """What has serial numbers comes, and something becomes of it: here, there, or nowhere."""
    names = draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=2, unique=True))
    serials, code = tuple(names), draw(CODES)
    place = {"sku": "PHONE", "location": code, "serials": serials}
    move = {"transfer_id": draw(st.uuids()), "destination": draw(CODES), "reason": "merged"}
    hold, good = StockCondition.QUALITY_HOLD, StockCondition.AVAILABLE
    looked = {"quantity": len(serials), "reason": "look"}
    then: list[Command] = [
        ChangeStockCondition(**place, **looked, before=good, after=hold),
        ChangeStockCondition(**place, **looked, before=hold, after=good),
        CountStock(**place, counted=draw(FEW), reason="count"),
        RecordSerials(**place, reason="count"),
        WriteOffSerials(**place, reason="count"),
        MoveSerials(**place, **move),
        AdjustStock(**place, delta=draw(st.sampled_from([-1, 1])) * len(serials), reason="count"),
        ScrapStock(
            **place, quantity=len(serials), condition=StockCondition.AVAILABLE, reason="wet"
        ),
    ]
    return [ReceiveStock(**place, quantity=len(serials)), draw(st.sampled_from(then))]


@st.composite
def announced(draw: st.DrawFn) -> list[Command]:
    """Supply that is announced, and what becomes of it."""
    supply = {
        "sku": draw(SKUS),
        "location": draw(CODES),
        "supply": draw(st.sampled_from(["PO-1", "PO-2"])),
    }
    units = draw(st.integers(1, 9))
    expected = ExpectSupply(**supply, quantity=units, expected_on=date(2026, 3, draw(FEW)))
    then: list[Command] = [
        ReceiveStock(**supply, quantity=3),
        ReceiveStock(**supply, quantity=3, supply_complete=True),
        ReviseSupply(**supply, quantity=units + 1),
        CancelSupply(**supply, reason="sold out"),
    ]
    return [expected, draw(st.sampled_from(then))]


@st.composite
def moved(draw: st.DrawFn) -> list[Command]:
    """A transfer, and what becomes of it."""
    ways = draw(st.permutations(["HAM", "MUC", "LEJ"]))
    itself = draw(st.integers(0, 5)) == 0
    sku, move = draw(SKUS), {"transfer_id": draw(st.uuids())}
    plan = PlanTransfer(
        **move,
        source=ways[0],
        destination=ways[0] if itself else ways[1],
        lines=(WantedUnits(sku=sku, quantity=draw(FEW)),),
        expected_on=date(2026, 3, 9),
        reason="balance",
    )
    one = ReceiveTransfer(**move, lines=(WantedUnits(sku=sku, quantity=1),))
    then: list[list[Command]] = [
        [CancelTransfer(**move, reason="not needed")],
        [DispatchTransfer(**move), ReceiveTransfer(**move)],
        [DispatchTransfer(**move), one, ReceiveTransfer(**move)],
        [DispatchTransfer(**move), one, MissTransfer(**move, reason="fell")],
        [DispatchTransfer(**move), one],
    ]
    return [plan] if itself else [plan, *draw(st.sampled_from(then))]


SUBSCRIPTION = st.fixed_dictionaries(
    {"sku": SKUS, "channel": st.sampled_from(["web", "counter"]), "customer": st.just("C-1")}
)
ALERTS = st.one_of(
    SUBSCRIPTION.map(lambda given: [SubscribeToStock(**given)]),
    SUBSCRIPTION.map(lambda given: [SubscribeToStock(**given), CancelSubscription(**given)]),
    SKUS.map(lambda sku: [NotifySubscribers(sku=sku)]),
)
"""Customers who want to hear of stock."""


@st.composite
def inbound(draw: st.DrawFn) -> list[Command]:
    """A purchase order of several SKUs, and what comes of it."""
    order = {"location": draw(CODES), "supply": draw(st.sampled_from(["PO-1", "PO-8"]))}
    skus = draw(st.lists(SKUS, min_size=1, max_size=3, unique=True))
    announced = tuple(SuppliedUnits(sku=sku, quantity=draw(FEW)) for sku in skus)
    came = tuple(ArrivedUnits(sku=sku, quantity=draw(FEW)) for sku in skus)
    return [
        ExpectSupplies(**order, lines=announced, expected_on=date(2026, 3, draw(FEW))),
        ReceiveSupplies(**order, lines=came, complete=draw(st.booleans())),
    ]


class StockRules(RuleBasedStateMachine):
    """The rules on stock; `do` executes a command and checks every invariant."""

    do: Callable[[Command], bool]

    @rule(command=WORK)
    def work_on_stock(self, command: Command) -> None:
        self.do(command)

    @rule(commands=announced() | in_lots() | numbered() | inbound() | moved() | ALERTS)
    def bring_stock(self, commands: list[Command]) -> None:
        for command in commands:
            self.do(command)
