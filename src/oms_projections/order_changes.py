"""What changed in an order between two of its versions, field by field, and by which event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from oms_core.orders.order import Order
from oms_core.orders.view import OrderLineView, OrderView
from oms_projections.event_log import EventRecord

Path = tuple[str, ...]

_PARTS = ("customer", "shipping_address", "billing_address")
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
    shown: OrderView | None = None
    for record in events:
        fact: Any = record.event
        order.apply(fact)
        if order.version < first:
            continue
        view = order.view()
        if order.version == first:
            before = view
        else:
            for path, was, is_ in _differences(shown, view):
                step = ChangeStep(_json(was), _json(is_), record)
                found.setdefault(path, FieldChange(path)).steps.append(step)
        shown = view
    return OrderChanges(before, shown, list(found.values()))


def _differences(was: OrderView | None, view: OrderView) -> Iterator[tuple[Path, Any, Any]]:
    """Compare as a whole what is mostly the same, and in parts only what is not."""
    for name in _NAMES:
        before, after = getattr(was, name, None), getattr(view, name)
        if before != after:
            then, now = dict(_facts(name, before)), dict(_facts(name, after))
            for path in {**then, **now}:
                if then.get(path) != now.get(path):
                    yield path, then.get(path), now.get(path)


def _facts(name: str, value: Any) -> Iterator[tuple[Path, Any]]:
    if name == "lines":
        for i, line in enumerate(value or ()):
            for part in _LINE_NAMES:
                yield ("lines", str(i), part), getattr(line, part)
    elif isinstance(value, BaseModel) and name in _PARTS:
        for part in type(value).model_fields:
            yield (name, part), getattr(value, part)
    elif name not in _PARTS:
        yield (name,), value


def _json(value: Any) -> Any:
    return to_jsonable_python(value)


_NAMES = tuple(name for name in OrderView._fields if name not in _NO_FACTS)
_LINE_NAMES = tuple(name for name in OrderLineView._fields if name not in _NO_FACTS)
