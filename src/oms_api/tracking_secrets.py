"""The secret that a guest tracks an order with. It is derived from the order's id, not stored."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

LENGTH = 18
"""Bytes: 144 bits, and no padding in base64. Nobody tries as many."""


class Tracking:
    """Makes and checks these secrets with a key of its own, drawn from a secret of the server."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"oms order tracking", sha256)

    def secret(self, order_id: UUID) -> str:
        """Give the secret of an order."""
        digest = hmac.digest(self._key, order_id.bytes, sha256)
        return urlsafe_b64encode(digest[:LENGTH]).decode()

    def is_right(self, order_id: UUID, secret: str) -> bool:
        """Compare a secret, in the same time whatever is wrong with it."""
        return hmac.compare_digest(self.secret(order_id).encode(), secret.encode())
