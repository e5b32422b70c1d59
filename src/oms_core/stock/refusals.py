"""Refusals about conditions, counts and supplies of stock."""

from __future__ import annotations

from oms_core.kernel.refusal import (
    AlreadyExists,
    Invalid,
    NotAllowedInState,
    Refusal,
    VersionConflict,
)


class TooFewInCondition(Refusal):
    """{sku} at {location}: {there} units are {condition}, so not {quantity}. Name less, or count
    again.
    """

    CODE = "INSUFFICIENT_STOCK"


class ConditionUnchanged(Invalid):
    """The units are {condition} already. Name the condition that they are in now."""


class CountedLessThanUnsellable(NotAllowedInState):
    """{sku} at {location}: {unsellable} units are on hold or damaged, but only {counted} were
    counted. Scrap or release those that are gone first.
    """


class CountOutdated(VersionConflict):
    """{sku} at {location}: the count began at {expected} on hand, but {current} are booked by
    now. Look at what was booked meanwhile, then count again.
    """


class TooManySetAside(Refusal):
    """{sku} at {location}: {free} units are free to be set aside, so not {quantity} for channel
    {channel}. Set aside less, or less for other channels.
    """

    CODE = "INSUFFICIENT_STOCK"


class SupplyAlreadyExpected(AlreadyExists):
    """Supply {supply} of {sku} is expected at {location} already. Revise it, or use another
    name.
    """


class NoSuchSupply(Refusal):
    """No supply {supply} of {sku} is expected at {location}: it was never announced, or it came,
    or it was cancelled. Announce it, or receive without naming one.
    """

    CODE = "NOT_FOUND"


class LotNeeded(Invalid):
    """{sku} is kept by lots. Name the lot, and its best-before date if it has one."""


class NoLotsKept(Invalid):
    """{sku} is not kept by lots, so there is none to name. Leave lot and best-before date out."""


class LotHasAnotherDate(NotAllowedInState):
    """Lot {lot} of {sku} at {location} is best before {known}, not {given}. Check the label."""


class LotExpired(NotAllowedInState):
    """Lot {lot} of {sku} was best before {best_before}: it can't be for sale. Take it in on quality
    hold, or as damaged.
    """


class UnitsExpired(Refusal):
    """{sku} at {location}: {quantity} units are wanted for sale, but {fresh} are not past their
    best-before date. Put the others on hold or scrap them, and take less.
    """

    CODE = "INSUFFICIENT_STOCK"


class AnotherLotFirst(NotAllowedInState):
    """{sku} at {location}: lot {first} expires before lot {lot}, and there is more of it. Take that
    first, or put it on hold or scrap it when it is not fit to be sent.
    """


class TooFewInLot(Refusal):
    """{sku} at {location}: {there} units of lot {lot} are {condition}, so not {quantity}. Name
    another lot, or none for those that expire first.
    """

    CODE = "INSUFFICIENT_STOCK"
