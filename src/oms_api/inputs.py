"""What the inputs of all mutations have in common, and how they become the fields of a command."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, ClassVar, get_args, get_type_hints

import orjson
import strawberry

from oms_api.failures import InvalidId
from oms_api.nodes import parse_event_id, parse_id
from oms_core.kernel.refusal import Invalid

Facts = dict[str, Any]

OWN_NAME_OF_REQUEST = frozenset({"idempotency_key", "expected_version"})
"""Not part of what is asked for: a retry may have read a newer version meanwhile."""

KIND_OF_ID = {
    "order_id": "Order",
    "order_ids": "Order",
    "line_id": "OrderLine",
    "shipment_id": "Shipment",
    "merged": "Shipment",
    "return_id": "Return",
    "claim_id": "Claim",
    "other_order_id": "Order",
    "transfer_id": "Transfer",
    "hold_id": "Hold",
    "payment_id": "Payment",
    "request_id": "PaymentRequest",
    "corrects": "Event",
    "corrected_by": "Event",
}


class NotAnId(Invalid):
    """{text} is not an id of the kind {kind}. Take ids from an earlier answer."""


@strawberry.input
class CommandInput:
    """An input whose request can be named: then it is carried out once, however often it comes."""

    MOMENT: ClassVar[str] = "occurred_at"
    """The field that says when it happened."""

    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your own name for this request, 1 to 255 characters. The same key with the"
        " same input gives the first answer again and does nothing twice; with another input it"
        " is refused. Keys are yours alone, per mutation. After 30 days, or what the server is set"
        " to, a key is refused with `IDEMPOTENCY_KEY_EXPIRED`: it never does anything twice.",
    )

    def facts(self) -> Facts:
        """Give the fields of the command. Raises `NotAnId`."""
        facts = _facts(self)
        for name in (self.MOMENT, *OWN_NAME_OF_REQUEST):
            facts.pop(name, None)
        return facts

    def fingerprint(self) -> bytes:
        """Give the SHA-256 of what is asked for."""
        return hashlib.sha256(_canonical(self)).digest()


@strawberry.input
class DatedInput(CommandInput):
    """An input that may tell of something that happened earlier."""

    occurred_at: datetime | None = strawberry.field(
        default=None, description="When it happened; now when it is missing. Not in the future."
    )


@strawberry.input
class VersionedInput(DatedInput):
    """An input that changes something which is there already."""

    expected_version: int | None = strawberry.field(
        default=None,
        description="Refuse with VERSION_CONFLICT when it is not at this version any more."
        " The idempotency key is looked at first.",
    )


@strawberry.input(description="So many units of an order line.")
class LineQuantityInput:
    """So many units of an order line."""

    line_id: strawberry.ID = strawberry.field(description="The id of the order's line.")
    quantity: int = strawberry.field(description="How many units, 1 or more.")


_BARE = frozenset({str, int, bool, float, Decimal, datetime, NoneType})


@cache
def _not_bare(kind: Any) -> tuple[tuple[str, str | None], ...]:
    """Name the fields whose values may be of inputs themselves, or ids: of which kind."""
    hints = get_type_hints(kind).items()
    return tuple(
        (name, KIND_OF_ID.get(name))
        for name, hint in hints
        if name in KIND_OF_ID or not _BARE.issuperset(get_args(hint) or (hint,))
    )


def _facts(given: Any) -> Facts:
    facts = {name: value for name, value in vars(given).items() if value is not None}
    for name, kind in _not_bare(given.__class__):
        if name in facts:
            facts[name] = _fact(facts[name], kind, name)
    return facts


def _fact(value: Any, kind: str | None, name: str | int) -> Any:
    """Give a value that may be of inputs itself, or an id of a kind."""
    try:
        if isinstance(value, list):
            return [_fact(item, kind, i) for i, item in enumerate(value)]
        if kind is None:
            return _facts(value) if hasattr(value, "__dataclass_fields__") else value
        return parse_event_id(value) if kind == "Event" else parse_id(kind, value)
    except InvalidId:
        raise NotAnId(text=repr(value), kind=kind, field=(str(name),)) from None
    except NotAnId as refusal:
        refusal.under(str(name))
        raise


def _canonical(value: CommandInput) -> bytes:
    asked = vars(value).copy()
    for name in OWN_NAME_OF_REQUEST:
        asked.pop(name, None)
    return orjson.dumps(asked, default=_exact, option=orjson.OPT_SORT_KEYS)


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, timedelta):
        return str(value)
    raise TypeError(type(value).__name__)
