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
