"""How often Python looks for garbage in a process that keeps many aggregates in memory."""

from __future__ import annotations

import gc

AT_ONCE = 2_000_000
"""New objects, less those that went, after which a process looks at them; more than fill the caches
of a read side."""

WAITED_FOR = 1_000_000
"""The same in one that answers. Its caches take 600,000, and an invalid document leaves garbage."""


def look_less_often(new: int = AT_ONCE) -> None:
    """Look at so many new objects at once, and at those that stayed hardly ever.

    Aggregates, events and requests have no cycles: they go when the last reference goes. Full
    collections walk every cached aggregate and find nothing: without them catch-up of orders is
    1.4 times as quick.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(new, 100, 1_000)
