"""How often Python looks for garbage in a process that keeps many aggregates in memory."""

from __future__ import annotations

import gc


def look_less_often() -> None:
    """Look at new objects while they are few, and at those that stayed hardly ever.

    Aggregates, events and requests have no cycles: they go when the last reference goes. To look
    at 500,000 new ones at once holds a process up for 0.3 s, at 50,000 for 0.03 s. Full collections
    walk every cached aggregate and find nothing: without them catch-up of orders is 1.4 times as
    quick.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 100, 10)
