"""Locations close, open and change at random, while orders go on."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from oms_core.kernel.message import Command
from oms_core.locations.commands import CloseLocation, ConfigureLocation, ReopenLocation
from oms_core.locations.traits import LocationKind

CODES = st.sampled_from(["HAM", "MUC", "LEJ"])


class Places(RuleBasedStateMachine):
    """What happens to locations."""

    def do(self, command: Command) -> bool:
        """Execute a command, whatever comes of it; tell whether it recorded anything."""
        raise NotImplementedError

    @rule(code=CODES, kind=st.sampled_from(LocationKind), most=st.none() | st.integers(1, 3))
    def configure(self, code: str, kind: LocationKind, most: int | None) -> None:
        self.do(ConfigureLocation(code=code, kind=kind, capacity_per_day=most))

    @rule(code=CODES, again=st.booleans())
    def close(self, code: str, again: bool) -> None:
        self.do(CloseLocation(code=code, reason="flooded"))
        if again:
            self.do(ReopenLocation(code=code, reason="dry again"))
