"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass

from oms_api.rights.reach import EVERYTHING, Reach
from oms_api.rights.right import Right
from oms_api.rights.roles import PUBLIC, RIGHTS, WITHIN_REACH, Role

KEY = "key"
"""What stands in place of a role for API keys, which have rights of their own."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who was authenticated. `kind` is their role, or `key` for a machine's API key."""

    subject: str
    kind: str
    rights: frozenset[Right]
    reach: Reach = EVERYTHING

    @property
    def actor(self) -> str:
        """How events and the access log name them, such as `service:grace`."""
        return f"{self.kind}:{self.subject}"

    @property
    def is_public(self) -> bool:
        """Tell whether strangers may have their token, too."""
        return self.kind in PUBLIC


def limited(rights: frozenset[Right], reach: Reach) -> frozenset[Right]:
    """Take away the rights that do not keep to a reach."""
    return rights & WITHIN_REACH if reach.is_limited else rights


def with_role(subject: str, role: Role, channels: frozenset[str] | None = None) -> Principal:
    """Tell what a role makes of somebody.

    A customer reaches only their own orders. A storefront acts only for channels that it names.
    """
    if role is Role.STOREFRONT and channels is None:
        channels = frozenset()
    reach = Reach(subject if role is Role.CUSTOMER else None, channels)
    return Principal(subject, role.value, limited(RIGHTS[role], reach), reach)
