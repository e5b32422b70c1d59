"""The two kinds of message: events state what happened, commands ask for something to happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict

M = TypeVar("M", bound="Message")


class Message(BaseModel):
    """A frozen value: two messages with the same fields are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def maker(kind: type[M]) -> Callable[[dict[str, Any]], M]:
    """Give what makes messages of a kind from their fields, checked as the class itself does it.

    For what every order is made of: calling the class takes half as long again. What a type checker
    would say about the fields is only said when it runs.
    """
    make: Callable[[dict[str, Any]], M] = kind.__pydantic_validator__.validate_python
    return make


def read_json(kind: type[M], text: str | bytes) -> M:
    """Do what `model_validate_json` does, without its options: they take a quarter of the time."""
    message: M = kind.__pydantic_validator__.validate_json(text)
    return message


class Event(Message):
    """A fact, in the past tense, without envelope. What is stored once is readable for ever.

    `TOPIC` is the permanent name `<capability>.<Name>.v<shape>`; it outlives renamed classes and
    moved modules. A new shape gets a new topic and a reader in the capability's `history.py`.
    """

    TOPIC: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        topic = cls.__dict__.get("TOPIC")
        if topic is None:
            return
        if topic in TOPICS:
            raise TypeError(f"topic {topic} is taken by {TOPICS[topic].__qualname__}")
        TOPICS[topic] = cls


TOPICS: dict[str, type[Event]] = {}
"""Every event shape that can be read, by topic; filled as the capabilities are imported."""

FORMER: dict[type[Event], tuple[type[Event], Callable[[Any], Event]]] = {}
"""Shapes that nothing is stored in any more: what facts in them are read as, and how."""


def reads_as(shape: type[Event]) -> Callable[[Callable[[Any], Event]], Callable[[Any], Event]]:
    """Mark a function as the reader of a former shape, the one that its parameter names.

    It may lead to a shape that is former by now, too: the readers follow one another.
    """

    def register(reader: Callable[[Any], Event]) -> Callable[[Any], Event]:
        [parameter, *_] = get_type_hints(reader).values()
        if parameter in FORMER:
            raise TypeError(f"{parameter.__name__} has two readers")
        FORMER[parameter] = shape, reader
        return reader

    return register


def as_now(event: Event) -> Event:
    """Read a fact of whatever shape in the shape that it would be stored in now."""
    while (known := FORMER.get(type(event))) is not None:
        event = known[1](event)
    return event


def topics_of(shapes: Iterable[type[Event]]) -> list[str]:
    """Name all topics under which facts of these shapes are stored, former ones included."""
    wanted = list(shapes)
    for shape in wanted:
        wanted += [former for former, (read, _) in FORMER.items() if read is shape]
    return [shape.TOPIC for shape in wanted]


def event_type(topic: str) -> str:
    """Give the name people use: `OrderPlaced` for `orders.OrderPlaced.v1`."""
    return topic.split(".")[1]


class Command(Message):
    """A request in the imperative. It carries its ids and times, so that handling it is pure."""

    def target(self) -> UUID | None:
        """Tell the stream whose version `expectedVersion` means; None when it is created here."""
        return None

    def asked(self, moment: datetime) -> Self:
        """Note when a process asked for it, where that counts: a process knows no times."""
        return self

    def touches(self) -> Iterable[UUID]:
        """Name the streams that are certainly needed, so that they are loaded in one go."""
        target = self.target()
        return () if target is None else (target,)
