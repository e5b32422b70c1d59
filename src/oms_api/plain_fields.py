"""An executor that reads plain fields in one loop, and leaves everything else to graphql-core.

A field is plain when its value follows from the object alone: an attribute, or a function of it,
whose type is a scalar, an enum, or an object or list of objects all of whose selected fields are
plain. graphql-core builds a path and an info object for each field of each object, which is two
thirds of the time of a list of orders. Whatever is not as it should be, such as a null where none
may be or an exception, is resolved again on the standard way, which knows how to tell of it: plain
resolvers read and never act, so that reading twice does no harm.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfoHelpers,
    Undefined,
    is_leaf_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

Value = Callable[[Any], Any]
Selected = dict[str, list[FieldDetails]]

_GETTER = "oms-getter"


class NotPlain(Exception):
    """A value is not what its type promises."""


class Selections:
    """What the operations of one document select and how that is read.

    It follows from the document alone unless that has directives: then it takes variables, too.
    """

    def __init__(self) -> None:
        self.roots: dict[int, Selected] = {}
        self.sub_fields: dict[Any, Any] = {}
        self.plans: dict[int, tuple[Selected, dict[str, Value]]] = {}


class TooManyObjects(Exception):
    """The answer has more objects than a request may ask for. Ask for less."""


class PlainFields(Executor[Any]):
    """Executes one operation.

    Objects that take more than reading are counted: lists without a page size may turn out longer
    than what was assumed of them, and lead to each other.
    """

    most_objects = sys.maxsize
    _objects = 0
    _selections: Selections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # The library's helpers for resolvers hold on to what holds them: each request would stay,
        # with all of its input, until garbage is looked for.
        me = weakref.proxy(self)

        def gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
            found: Awaitable[list[Any]] = me.gather_async_work(values)
            return found

        def track(values: Sequence[Any]) -> None:
            me.track_async_work(values)

        self.async_helpers = GraphQLResolveInfoHelpers(gather, track)

    @property
    def is_too_long(self) -> bool:
        """Tell whether there were more objects than may be. Then some are missing."""
        return self._objects > self.most_objects

    def select(self, selections: Selections) -> None:
        """Go by what earlier executions of the same document have found out."""
        self._selections = selections
        self._relevant_sub_fields = selections.sub_fields

    def execute_root_grouped_field_set(
        self,
        root_type: GraphQLObjectType,
        root_value: Any,
        grouped_field_set: Selected,
        serially: bool,
        position_context: Any,
    ) -> Any:
        """Execute the fields of the operation, the same lists of them as the last time."""
        known = self._selections.roots.setdefault(id(self.operation), grouped_field_set)
        return super().execute_root_grouped_field_set(
            root_type, root_value, known, serially, position_context
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Selected,
        position_context: Any,
    ) -> Any:
        """Read the plain fields at once; hand the others on, and those that turn out not to be."""
        self._objects += 1
        if self._objects > self.most_objects:
            raise TooManyObjects
        plan = self._plan(parent_type, grouped_field_set)
        results: dict[str, Any] = {}
        rest: dict[str, list[FieldDetails]] = {}
        for name, details in grouped_field_set.items():
            read: Value = plan.get(name, _not_plain)
            try:
                results[name] = read(source_value)
            except Exception:  # noqa: BLE001 - resolved again, and told of, below
                results[name] = None  # keeps its place
                rest[name] = details
        if not rest:
            return results
        found = super().execute_fields(parent_type, source_value, path, rest, position_context)
        return _joined(results, rest, found, self.is_awaitable)

    def _plan(self, parent_type: GraphQLObjectType, selected: Selected) -> dict[str, Value]:
        plans = self._selections.plans
        known = plans.get(id(selected))
        if known is None:  # what was selected is kept with it, so that its id stays its own
            known = plans[id(selected)] = selected, self._plain(parent_type, selected)
        return known[1]

    def _plain(self, parent_type: GraphQLObjectType, selected: Selected) -> dict[str, Value]:
        """Tell how to read those of the selected fields that are plain."""
        plain = {}
        for name, details in selected.items():
            field = self.schema.get_field(parent_type, details[0].node.name.value)
            get = None if field is None or details[0].node.arguments else _getter(field)
            if field is None or get is None:
                continue
            shown = self._shown(field.type, details)
            if shown is not None:
                plain[name] = _read(get, shown)
        return plain

    def _shown(self, kind: GraphQLOutputType, details: list[FieldDetails]) -> Value | None:
        """Tell how a value of this type is shown; None when it takes more than reading."""
        if isinstance(kind, GraphQLNonNull):
            shown = self._shown(kind.of_type, details)
            return None if shown is None else _never_null(shown)
        if isinstance(kind, GraphQLList):
            each = self._shown(kind.of_type, details)
            return None if each is None else _list(each)
        if is_leaf_type(kind):
            return _leaf(kind.coerce_output_value)
        if isinstance(kind, GraphQLObjectType):
            return self._object(kind, details)
        return None

    def _object(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> Value | None:
        selected = self.collect_subfields(kind, details).grouped_field_set
        plain = self._plain(kind, selected)
        if len(plain) < len(selected):
            return None
        is_type_of = kind.is_type_of
        fields = tuple(plain.items())

        def show(source: Any) -> Any:
            if source is None:
                return None
            if is_type_of is not None and is_type_of(source, None) is not True:  # type: ignore[arg-type]
                raise NotPlain
            return {name: read(source) for name, read in fields}

        return show


def _joined(
    results: dict[str, Any],
    rest: Mapping[str, object],
    found: Any,
    is_awaitable: Callable[[Any], bool],
) -> Any:
    """Put what the standard way found in its places, now or when it is there."""
    if is_awaitable(found):

        async def wait() -> dict[str, Any]:
            return _put(results, rest, await found)

        return wait()
    return _put(results, rest, found)


def _put(results: dict[str, Any], rest: Mapping[str, object], found: Any) -> dict[str, Any]:
    for name in rest:
        if name in found:
            results[name] = found[name]
        else:
            del results[name]
    return results


def _not_plain(_source: object) -> Any:
    raise NotPlain


def _read(get: Value, shown: Value) -> Value:
    return lambda source: shown(get(source))


def _never_null(shown: Value) -> Value:
    def show(value: Any) -> Any:
        completed = shown(value)
        if completed is None:
            raise NotPlain
        return completed

    return show


def _list(each: Value) -> Value:
    def show(value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise NotPlain
        return [each(item) for item in value]

    return show


def _leaf(coerce: Value) -> Value:
    def show(value: Any) -> Any:
        if value is None:
            return None
        shown = coerce(value)
        if shown is None or shown is Undefined or isinstance(value, Exception):
            raise NotPlain
        return shown

    return show


def is_plain(field: GraphQLField) -> bool:
    """Tell whether a field is read from its object alone."""
    return _getter(field) is not None


def _getter(field: GraphQLField) -> Value | None:
    """Give what reads a field from its object, found once a field; None when it isn't plain."""
    if _GETTER not in field.extensions:
        field.extensions[_GETTER] = _find_getter(field)
    getter: Value | None = field.extensions[_GETTER]
    return getter


def _find_getter(field: GraphQLField) -> Value | None:
    """A plain field takes no arguments, no context and no time."""
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryField) or field.args or definition.extensions:
        return None
    if definition.base_resolver is None:
        default, name = definition.default_resolver, definition.python_name
        return lambda source: default(source, name)
    wrapped: Any = definition.base_resolver.wrapped_func
    resolver: Value = wrapped.__func__ if isinstance(wrapped, staticmethod) else wrapped
    if inspect.iscoroutinefunction(resolver) or inspect.isasyncgenfunction(resolver):
        return None
    given = inspect.signature(resolver).parameters
    return resolver if len(given) == 1 and "info" not in given else None
