"""Tells a life that was decided once again as that of other orders.

Most of what the handlers decide for one order is the same for another: what differs are ids,
customer and times. So a life is decided once, and written down with gaps where those stand. Filled
in for another order, it is to the byte what the handlers would have decided for that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from bench import lives
from oms_core.kernel.envelope import Envelope
from oms_core.kernel.identity import natural_id
from oms_core.orders.events import LinesReleased, OrderPlaced
from oms_core.orders.order import order_id
from oms_core.payments.commands import AuthorizePayment, CapturePayment
from oms_core.payments.payment import payment_id
from oms_core.runtime.mapper import write_event

COPY = """
COPY oms.events (stream_id, version, position, topic, body, occurred_at, actor, correlation_id,
                 causation_id) FROM STDIN
"""

ORDER, CUSTOMER = 9_876_543, 987_654_321
"""Whose lives are written down: in no text do these numbers mean anything else."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_POSITION, _VERSION = "\x1fposition", "\x1fversion"
"""Stand where it depends on what is stored already."""


@dataclass(frozen=True, slots=True)
class Hero:
    """The order that a life is told of."""

    number: int
    customer: int
    placed_at: datetime


class Told:
    """A life, written down with gaps."""

    def __init__(self, envelopes: Sequence[Envelope], hero: Hero) -> None:
        """Write down what was recorded of an order, all of it, in the order of recording."""
        self.events = len(envelopes)
        self._lines = max(len(e.event.lines) for e in envelopes if isinstance(e.event, OrderPlaced))
        self._shipments = sum(isinstance(e.event, LinesReleased) for e in envelopes)
        known = self._words(hero)
        streams = [str(envelope.originator_id) for envelope in envelopes]
        self._stock = [stream for stream in streams if stream not in known]
        text = "".join(
            written(e, _POSITION, _VERSION if stream in self._stock else None)
            for e, stream in zip(envelopes, streams, strict=True)
        )
        parts = _parts(text, known)
        if strange := set(_ID.findall("".join(parts[::2]))) - set(self._stock):
            raise ValueError(f"nobody knows what these ids are made of: {strange}")
        self._after = _moments(parts[1::2], hero.placed_at)
        self._template = "%s".join(part.replace("%", "%%") for part in parts[::2])
        self._gaps = itemgetter(*self._indexes(parts[1::2], known, hero.placed_at))

    def retold(self, hero: Hero, position: int, versions: dict[str, int]) -> str:
        """Give the rows for `COPY`, from a position on; counts the versions of stock items on."""
        values = self._words(hero)
        values += [_written(hero.placed_at + after) for after in self._after]
        values += map(str, range(position, position + self.events))
        for stream in self._stock:
            versions[stream] = version = versions[stream] + 1
            values.append(str(version))
        told: str = self._template % self._gaps(values)
        return told

    def _words(self, hero: Hero) -> list[str]:
        """Give everything that is an order's own, apart from times."""
        number = lives.number_of(hero.number)
        id = order_id(number)
        ids = [
            id,
            natural_id("life", number),
            payment_id(lives.PROVIDER, lives.reference(number)),
            lives.request_id(AuthorizePayment, id),
            lives.request_id(CapturePayment, id),
            lives.return_id(id),
            *(lives.line_id(number, i) for i in range(self._lines)),
            *(natural_id("shipment", str(id), str(i + 1)) for i in range(self._shipments)),
        ]
        return [number, *map(str, ids), *lives.texts(hero.customer)]

    def _indexes(self, gaps: Iterable[str], known: list[str], placed_at: datetime) -> list[int]:
        """Tell which of the values that `retold` puts together belongs into each gap."""
        times = {_written(placed_at + after): i for i, after in enumerate(self._after)}
        at = {word: i for i, word in enumerate(known)}
        at |= {time: len(known) + i for time, i in times.items()}
        positions = iter(range(len(at), len(at) + self.events))
        versions = iter(range(len(at) + self.events, len(at) + self.events + len(self._stock)))
        counted = {_POSITION: positions, _VERSION: versions}
        return [next(counted[gap]) if gap in counted else at[gap] for gap in gaps]


def _parts(text: str, words: Iterable[str]) -> list[str]:
    """Split a text at all that another order has something else for; that is every second part."""
    longest_first = sorted(words, key=len, reverse=True)
    gaps = [*map(re.escape, longest_first), _TIME, _POSITION, _VERSION]
    return re.split(f"({'|'.join(gaps)})", text)


def _moments(gaps: Iterable[str], placed_at: datetime) -> list[timedelta]:
    found = {gap for gap in gaps if re.fullmatch(_TIME, gap)}
    return sorted(datetime.fromisoformat(gap) - placed_at for gap in found)


def _written(moment: datetime) -> str:
    return f"{moment.isoformat()[:19]}Z"


def written(envelope: Envelope, position: object, version: object = None) -> str:
    """Write an event as a line of `COPY`; its version stands for itself unless one is given."""
    cause = envelope.cause
    values = (
        envelope.originator_id,
        version or envelope.originator_version,
        position,
        envelope.event.TOPIC,
        write_event(envelope.event).decode().replace("\\", "\\\\"),
        _written(envelope.occurred_at),
        cause.actor,
        cause.correlation_id,
        cause.causation_id or "\\N",
    )
    return "\t".join(map(str, values)) + "\n"
