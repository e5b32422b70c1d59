"""The roles there are, and their rights. What a role has not here, it may not."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from oms_api.rights.right import Right


class Role(StrEnum):
    """What somebody is here for."""

    STOREFRONT = "storefront"
    CUSTOMER = "customer"
    SERVICE = "service"
    WAREHOUSE = "warehouse"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    INTEGRATION = "integration"
    ADMIN = "admin"


PUBLIC = frozenset({Role.STOREFRONT, Role.CUSTOMER})
"""Roles of programs that anybody can look into, such as a shop in a browser."""


def _of(names: str) -> frozenset[Right]:
    return frozenset(Right(name) for name in names.split())


_SHOPPING = _of("""
    READ_CATALOGUE READ_AVAILABILITY READ_VOUCHERS TRACK_ORDERS PLACE_ORDERS SUBSCRIBE_TO_STOCK
""")
_WHOLE_ORDERS = _of("READ_ORDERS READ_PERSONAL_DATA READ_ADDRESSES READ_PAYMENTS")
_SHELVES = _of("""
    READ_CATALOGUE READ_AVAILABILITY READ_STOCK READ_ORDERS READ_SHIPMENTS READ_RETURNS
""")
_DESK = (
    _SHELVES
    | _SHOPPING
    | _WHOLE_ORDERS
    | _of("""
    READ_ALL_PAYMENTS READ_HANDLING READ_SOURCING READ_HISTORY SET_TERMS EDIT_ORDERS CANCEL_ORDERS
    COMMUNICATE REQUEST_RETURNS DECIDE_RETURNS REQUEST_PAYMENTS MOVE_MONEY REDEEM_GIFT_CARDS
""")
)

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.STOREFRONT: _SHOPPING,
    Role.CUSTOMER: _SHOPPING
    | _WHOLE_ORDERS
    | _of("CANCEL_ORDERS REQUEST_RETURNS REDEEM_GIFT_CARDS"),
    Role.SERVICE: _DESK | _of("PROTECT_PRIVACY"),
    Role.WAREHOUSE: _SHELVES
    | _of("READ_ADDRESSES READ_HANDLING MANAGE_STOCK FULFILL_ORDERS RECEIVE_RETURNS"),
    Role.AUDITOR: frozenset(right for right in Right if right.startswith("READ_")),
    Role.ANALYST: _SHELVES | _of("READ_SOURCING READ_FIGURES"),
    Role.INTEGRATION: _DESK
    | _of("""
        READ_FIGURES READ_OPERATIONS RECORD_PAYMENTS ISSUE_GIFT_CARDS FULFILL_ORDERS
        RECEIVE_RETURNS MANAGE_STOCK MANAGE_CATALOGUE MANAGE_LOCATIONS
    """),
    Role.ADMIN: frozenset(Right),
}

WITHIN_REACH = RIGHTS[Role.CUSTOMER] | _of("SET_TERMS REQUEST_PAYMENTS")
"""The rights of which everything keeps to a `Reach`. Who is limited to some orders has no other."""
