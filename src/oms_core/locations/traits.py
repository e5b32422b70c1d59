"""What kinds of location there are."""

from __future__ import annotations

from enum import StrEnum


class LocationKind(StrEnum):
    """Who works at a location, and for whom."""

    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"
    DROP_SHIP = "DROP_SHIP"
    THIRD_PARTY = "THIRD_PARTY"
