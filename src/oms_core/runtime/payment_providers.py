"""The payment providers that are installed: found by entry point, made once a process."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from oms_core.payments.provider import PaymentProvider

GROUP = "oms.payment_providers"
"""A package offers a provider as `name = "module:factory"`; the factory takes no arguments."""


@cache
def installed() -> tuple[str, ...]:
    """Name the providers that can be asked."""
    return tuple(sorted(entry.name for entry in entry_points(group=GROUP)))


def provider(name: str) -> PaymentProvider:
    """Make an installed provider. Raises `KeyError` when it is not installed."""
    [entry] = entry_points(group=GROUP, name=name) or [None]
    if entry is None:
        raise KeyError(name)
    made: PaymentProvider = entry.load()()
    return made
