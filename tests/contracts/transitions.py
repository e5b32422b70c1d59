"""Which events and refusals each command can lead to, read from the source of its handler.

Nothing is executed: from the handler on, every function that it may call is read for the refusals
that it names and the events that it records. Receivers of methods are found by what the code says
of them: an annotation, or the kind that `streams` was asked for; where it says nothing, every kind
the handler deals with that has such a method counts. So the table may list too much, never too
little: each command that a domain test executes is held against it.

    python -m tests.contracts.transitions     # writes the table into docs/orders.md
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType, NoneType, UnionType
from typing import Any, get_args, get_type_hints

from oms_core.kernel.aggregate import Aggregate
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.message import Command, Event
from oms_core.kernel.refusal import Refusal
from oms_core.runtime.kinds import KINDS

EVERYWHERE = {"add", "apply", "evolve", "find", "get", "items", "keys", "record", "values", "view"}
"""Methods that tell nothing about what they are called on."""


@dataclass
class Transitions:
    """What may come of one command."""

    events: set[type[Event]] = field(default_factory=set)
    refusals: set[type[Refusal]] = field(default_factory=set)


@cache
def transitions(command: type[Command]) -> Transitions:
    """Read what may come of a command."""
    reading = _Reading()
    handler = HANDLERS[command]
    assert isinstance(handler, FunctionType)
    reading.read(handler)
    return reading.found


class _Reading:
    """One handler and all that it may call."""

    def __init__(self) -> None:
        self.found = Transitions()
        self._read: set[FunctionType] = set()
        self._kinds: set[type] = set()
        self._unresolved: set[str] = set()

    def read(self, function: FunctionType, owner: type | None = None) -> None:
        """Read a function, once."""
        if function in self._read or not function.__module__.startswith("oms_core"):
            return
        self._read.add(function)
        source = _source(function, owner)
        for node in source.nodes:
            match node:
                case ast.Name() | ast.Attribute():
                    self._name(source, node)
                case ast.Call():
                    self._call(source, node)
        self._again()

    def _name(self, source: _Source, node: ast.Name | ast.Attribute) -> None:
        known = source.known(node)
        if isinstance(known, type) and issubclass(known, Refusal) and known is not Refusal:
            self.found.refusals.add(known)
        elif isinstance(known, type) and issubclass(known, Aggregate):
            self._kinds.add(known)
            if known.MISSING is not Aggregate.MISSING:
                self._missing(source, node, known)
        elif isinstance(known, FunctionType):
            self.read(known)
        elif isinstance(node, ast.Attribute) and known is None:
            self._property(source, node)

    def _missing(self, source: _Source, node: ast.AST, kind: type[Aggregate[Any]]) -> None:
        """`streams.get(Order, …)` refuses when there is none."""
        for call in source.nodes:
            match call:
                case ast.Call(func=ast.Attribute(attr="get"), args=[first, *_]) if first is node:
                    self.found.refusals.add(kind.MISSING)

    def _call(self, source: _Source, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        if node.func.attr == "record":
            self.found.events |= source.events(node.args[0]) or source.all_events()
        elif source.known(node.func) is None:
            self._method(source, node.func)

    def _method(self, source: _Source, target: ast.Attribute) -> None:
        owner = source.type_of(target.value)
        if owner is not None:
            self._member(owner, target.attr)
        else:
            self._unresolved.add(target.attr)

    def _property(self, source: _Source, node: ast.Attribute) -> None:
        owner = source.type_of(node.value)
        if owner is not None and isinstance(getattr(owner, node.attr, None), property):
            self._member(owner, node.attr)

    def _again(self) -> None:
        """Where the receiver is not known: each kind at hand with such a method, or else any."""
        for name in set(self._unresolved):
            at_hand = {kind for kind in self._kinds if hasattr(kind, name)}
            for kind in at_hand or _classes_with(name):
                self._member(kind, name)

    def _member(self, owner: type, name: str) -> None:
        member = inspect.getattr_static(owner, name, None)
        if isinstance(member, property):
            member = member.fget
        if isinstance(member, classmethod | staticmethod):
            member = member.__func__
        if isinstance(member, FunctionType):
            self.read(member, owner)


class _Source:
    """The source of one function, and what its names mean."""

    def __init__(self, function: FunctionType, owner: type | None) -> None:
        self.nodes = tuple(ast.walk(_tree(function)))
        self._globals = function.__globals__
        self._owner = owner
        self._types: dict[str, Any] = _hints(function)
        if owner is not None:
            self._types["self"] = owner
        for node in self.nodes:
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target]):
                self._assign(target, node.value)
            case ast.For(target=target) | ast.comprehension(target=target):
                self._bind(target, _element(self.type_of(node.iter, whole=True)))
            case ast.NamedExpr(target=target):
                self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, inside in zip(target.elts, value.elts, strict=True):
                self._assign(part, inside)
            return
        self._bind(target, self.type_of(value, whole=True))

    def _bind(self, target: ast.expr, kind: Any) -> None:
        """Remember the type of a name, of each name of a tuple, of the only one of a list."""
        match target:
            case ast.Name():
                if kind not in (None, Any):
                    self._types.setdefault(target.id, kind)
            case ast.Tuple():
                for part, inside in zip(target.elts, get_args(kind), strict=False):
                    self._bind(part, inside)
            case ast.List(elts=[part]):
                self._bind(part, _element(kind))

    def known(self, node: ast.expr) -> Any:
        """Look up a global: a class, a function, or what a module has."""
        match node:
            case ast.Name() if node.id not in self._types:
                return self._globals.get(node.id)
            case ast.Attribute():
                holder = self.known(node.value)
                return getattr(holder, node.attr, None) if isinstance(holder, ModuleType) else None
        return None

    def type_of(self, node: ast.expr, *, whole: bool = False) -> Any:
        """Tell the type of an expression, if the code says it; only classes unless `whole`."""
        kind = _present(self._infer(node))
        return kind if whole or isinstance(kind, type) else None

    def _infer(self, node: ast.expr) -> Any:
        match node:
            case ast.Name():
                return self._types.get(node.id)
            case ast.Await(value=inner) | ast.IfExp(body=inner):
                return self._infer(inner)
            case ast.Call():
                return self._paired(node) or self._result(node)
            case ast.Subscript():
                return _element(self._infer(node.value))
            case ast.Attribute():
                return _attribute(self.type_of(node.value), node.attr)
        return None

    def _result(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "find"} and node.args:
            kind = self.known(node.args[0])
            if isinstance(kind, type) and issubclass(kind, Aggregate):
                return list[kind] if node.func.attr == "find" else kind  # type: ignore[valid-type]
        known = self.known(node.func)
        if isinstance(known, type):
            return known
        if isinstance(known, FunctionType):
            return _hints(known).get("return")
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "values":
                return _values(self._infer(node.func.value))
            method = getattr(self.type_of(node.func.value), node.func.attr, None)
            return _hints(method).get("return") if isinstance(method, FunctionType) else None
        return None

    def _paired(self, node: ast.Call) -> Any:
        match node.func:
            case ast.Name(id="zip"):
                return list[tuple[tuple(self._inside(each) for each in node.args)]]  # type: ignore[misc]
            case ast.Name(id="enumerate"):
                return list[tuple[int, self._inside(node.args[0])]]  # type: ignore[misc]
            case _:
                return None

    def _inside(self, node: ast.expr) -> Any:
        return _element(self.type_of(node, whole=True)) or Any

    def events(self, node: ast.expr) -> set[type[Event]]:
        """Tell which events an expression may be."""
        match node:
            case ast.IfExp():
                return self.events(node.body) | self.events(node.orelse)
            case ast.Call(func=ast.Attribute(value=same, attr="model_copy")):
                return self.events(same)
        kind = self.type_of(node, whole=True)
        return {each for each in (kind, *get_args(kind)) if _is_event(each)}

    def all_events(self) -> set[type[Event]]:
        """Tell which events the aggregate has, when the code does not say which it records."""
        hints = {} if self._owner is None else _hints(getattr(self._owner, "evolve", None))
        return {each for kind in hints.values() for each in get_args(kind) if _is_event(each)}


_source = cache(_Source)


def _tree(function: FunctionType) -> ast.AST:
    code = function.__code__
    return _trees(code.co_filename)[code.co_firstlineno]


@cache
def _trees(path: str) -> dict[int, ast.AST]:
    """Read every function of a file, by the line where it or its first decorator begins."""
    return {
        min(each.lineno for each in (node, *node.decorator_list)): node
        for node in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _is_event(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Event) and "TOPIC" in vars(kind)


@cache
def _classes_with(name: str) -> tuple[type, ...]:
    """Find every class of ours that defines such a method, unless everything has one."""
    if name in EVERYWHERE:
        return ()
    modules = [m for n, m in list(sys.modules.items()) if re.match(r"oms_core\.(?!runtime)", n)]
    classes = {c for m in modules for c in vars(m).values() if isinstance(c, type)}
    found = [c for c in classes if isinstance(vars(c).get(name), FunctionType)]
    return tuple(sorted(found, key=lambda c: (c.__module__, c.__name__)))


@cache
def _hints(function: Any) -> dict[str, Any]:
    try:
        return dict(get_type_hints(function))
    except NameError:  # imported for the type checker only
        return {}


def _present(kind: Any) -> Any:
    """Take the type of what may be None, where it is there."""
    inside = [each for each in get_args(kind) if each is not NoneType]
    return inside[0] if isinstance(kind, UnionType) and len(inside) == 1 else kind


def _element(kind: Any) -> Any:
    """Tell what is in a collection; the values of a mapping."""
    inside = [each for each in get_args(kind) if each is not Ellipsis]
    return inside[-1] if inside else None


def _values(kind: Any) -> Any:
    inside = _element(kind)
    return None if inside is None else list[inside]


def _attribute(owner: type | None, name: str) -> Any:
    if owner is None:
        return None
    member = getattr(owner, name, None)
    if isinstance(member, property) and isinstance(member.fget, FunctionType):
        return _hints(member.fget).get("return")
    return _attributes(owner).get(name)


@cache
def _attributes(owner: type) -> dict[str, Any]:
    """Collect the annotations of a class, and those that its `__init__` gives."""
    found: dict[str, Any] = {}
    for each in reversed(owner.__mro__):
        if not each.__module__.startswith("oms_core"):
            continue
        space = vars(sys.modules[each.__module__])
        texts = dict(vars(each).get("__annotations__", {}))
        begin = vars(each).get("__init__")
        if isinstance(begin, FunctionType) and not is_dataclass(each):  # that has no source
            texts |= dict(_given(_tree(begin)))
        for name, text in texts.items():
            found[name] = _evaluated(text, space)
    return found


def _given(begin: ast.AST) -> Iterator[tuple[str, str]]:
    """Read the attributes that an `__init__` annotates, or takes as they were given."""
    assert isinstance(begin, ast.FunctionDef)
    given = {arg.arg: arg.annotation for arg in [*begin.args.args, *begin.args.kwonlyargs]}
    for node in ast.walk(begin):
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation):
                yield name, ast.unparse(annotation)
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=ast.Name(id=id)):
                if (told := given.get(id)) is not None:
                    yield name, ast.unparse(told)
            case _:
                pass


def _evaluated(text: Any, space: dict[str, Any]) -> Any:
    try:
        return eval(text, space) if isinstance(text, str) else text  # noqa: S307 - our own source
    except NameError:
        return None


def commands() -> Iterator[type[Command]]:
    """Give every command, in the order of the capabilities and of their source."""
    yield from HANDLERS


assert KINDS, "importing the kinds makes every command known"
