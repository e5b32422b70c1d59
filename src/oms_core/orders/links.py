"""How orders belong together, seen from either of them."""

from __future__ import annotations

from enum import StrEnum


class LinkKind(StrEnum):
    """What an order is to another one."""

    SPLIT_FROM = "SPLIT_FROM"
    SPLIT_INTO = "SPLIT_INTO"
    REPLACEMENT_FOR = "REPLACEMENT_FOR"
    REPLACED_BY = "REPLACED_BY"
    EXCHANGE_FOR = "EXCHANGE_FOR"
    EXCHANGED_FOR = "EXCHANGED_FOR"
    DUPLICATE_OF = "DUPLICATE_OF"
    DUPLICATED_BY = "DUPLICATED_BY"
    RELATED_TO = "RELATED_TO"

    @property
    def inverse(self) -> LinkKind:
        """What the other order is to this one."""
        return _INVERSE.get(self, self)


_PAIRS = (
    (LinkKind.SPLIT_FROM, LinkKind.SPLIT_INTO),
    (LinkKind.REPLACEMENT_FOR, LinkKind.REPLACED_BY),
    (LinkKind.EXCHANGE_FOR, LinkKind.EXCHANGED_FOR),
    (LinkKind.DUPLICATE_OF, LinkKind.DUPLICATED_BY),
)
_INVERSE = dict(_PAIRS) | {there: here for here, there in _PAIRS}
