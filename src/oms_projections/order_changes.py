"""What changed in an order between two of its versions, field by field, and by which event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from oms_core.orders.order import Order
from oms_core.orders.view import OrderLineView, OrderView
from oms_projections.event_log import EventRecord

Path = tuple[str, ...]

_PARTS = ("customer", "shipping_address", "billing_address", "lines")
"""What is compared part by part; everything else as a whole."""
_NO_FACTS = frozenset({"id", "version", "line_id"})


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """One event changed a field."""

    before: Any
    after: Any
    event: EventRecord


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that events changed, in their order; it may be in the end what it was before."""

    path: Path
    steps: list[ChangeStep] = field(default_factory=list)

    @property
    def before(self) -> Any:
        """The field's value at the beginning."""
        return self.steps[0].before

    @property
    def after(self) -> Any:
        """The field's value in the end."""
        return self.steps[-1].after


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """An order before and after, None where it had not been placed, and what changed in it."""

    before: OrderView | None
    after: OrderView | None
    changes: list[FieldChange]


def changes(order: Order, events: Sequence[EventRecord], first: int) -> OrderChanges:
    """Fold the events of an order, and tell what those after the version `first` changed."""
    found: dict[Path, FieldChange] = {}
    before: OrderView | None = None
    shown: dict[Path, Any] = {}
    for record in events:
        fact: Any = record.event
        order.apply(fact)
        if order.version < first:
            continue
        view = order.view()
        now = dict(_facts(view))
        if order.version == first:
            before = view
        else:
            for path in [p for p in {**shown, **now} if shown.get(p) != now.get(p)]:
                step = ChangeStep(_json(shown.get(path)), _json(now.get(path)), record)
                found.setdefault(path, FieldChange(path)).steps.append(step)
        shown = now
    after = order.view() if order.exists else None
    return OrderChanges(before, after, list(found.values()))


def _facts(view: OrderView) -> Iterator[tuple[Path, Any]]:
    for name in _NAMES:
        value = getattr(view, name)
        if name == "lines":
            for i, line in enumerate(value):
                for part in _LINE_NAMES:
                    yield ("lines", str(i), part), getattr(line, part)
        elif name in _PARTS and isinstance(value, BaseModel):
            for part in type(value).model_fields:
                yield (name, part), getattr(value, part)
        else:
            yield (name,), value


def _json(value: Any) -> Any:
    return to_jsonable_python(value)


def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in _NO_FACTS)


_NAMES = _names(OrderView)
_LINE_NAMES = _names(OrderLineView)
