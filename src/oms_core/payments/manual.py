"""Providers without anybody to call: people, and the customer's promise to pay later."""

from __future__ import annotations

from oms_core.payments.provider import Pending, ProviderRequest, Reply, Succeeded


class Manual:
    """`manual`: people move the money (bank transfer, cash) and report what they did.

    Nothing counts before it is reported, except letting go of what was only awaited.
    """

    def authorize(self, request: ProviderRequest) -> Reply:
        """Wait for the money."""
        return Pending()

    def capture(self, request: ProviderRequest) -> Reply:
        """Wait for the money."""
        return Pending()

    def void(self, request: ProviderRequest) -> Reply:
        """Wait no longer."""
        return Succeeded()

    def refund(self, request: ProviderRequest) -> Reply:
        """Wait until somebody has sent it."""
        return Pending()


class Invoice(Manual):
    """`invoice`: the customer pays later, by invoice or to the carrier.

    The promise counts at once; that the money came is reported.
    """

    def authorize(self, request: ProviderRequest) -> Reply:
        """Take the promise."""
        return Succeeded()
