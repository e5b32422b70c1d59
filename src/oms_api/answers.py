"""What every mutation answers with: the thing after the command, or why it was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import strawberry

from oms_api.enums import describe
from oms_api.folded_streams import FoldedStreams
from oms_api.scalars import Position


class ErrorCode(StrEnum):
    """The coarse reason of a refusal, as the domain's refusals give it in `CODE`."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    PAYMENT_EXCEEDED = "PAYMENT_EXCEEDED"
    NOT_ALLOWED_IN_STATE = "NOT_ALLOWED_IN_STATE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    IDEMPOTENCY_KEY_EXPIRED = "IDEMPOTENCY_KEY_EXPIRED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    ALREADY_EXISTS = "ALREADY_EXISTS"


describe(
    ErrorCode,
    "The coarse reason of a refusal. Values may be added: have a default branch.",
    INVALID="Something in the input can't be right.",
    NOT_FOUND="Something named in the input is not there.",
    INSUFFICIENT_STOCK="Not so many units are there, or may be promised.",
    PAYMENT_EXCEEDED="More money than is owed, authorized or captured.",
    NOT_ALLOWED_IN_STATE="Not possible as things stand.",
    VERSION_CONFLICT="It is not at the expected version any more.",
    IDEMPOTENCY_CONFLICT="The idempotency key was used with another input.",
    IDEMPOTENCY_KEY_EXPIRED="The idempotency key was used so long ago that its answer is not"
    " given again. What it asked for was done then.",
    CURRENCY_MISMATCH="An amount is in another currency than it must be.",
    ALREADY_EXISTS="The number, code or reference is taken.",
)


@strawberry.type(description="Why a command was refused. Nothing was changed.")
class UserError:
    """Why a command was refused."""

    code: ErrorCode = strawberry.field(description="What kind of refusal it is.")
    reason: str = strawberry.field(description="The very rule that said no, such as ORDER_ON_HOLD.")
    message: str = strawberry.field(description="A sentence for people: what is wrong, what to do.")
    field: list[str] | None = strawberry.field(
        description='Path into the input, list indexes as strings: ["input","lines","0","sku"].'
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a mutation. `view` is None when it was refused.

    `source` reads whatever is asked of the thing further down, as it is right after the command.
    """

    source: FoldedStreams
    view: Any = None
    user_errors: list[UserError] = field(default_factory=list)
    position: int | None = None
    replayed: bool = False


@strawberry.type
class Payload:
    """What the payload types have in common; their object comes from an `Answer`."""

    user_errors: list[UserError] = strawberry.field(
        description="Why the command was refused; empty when it was carried out."
    )
    position: Position | None = strawberry.field(
        description="Where its last event stands. Send it as `minPosition` to read what you wrote."
        " Null when nothing was written."
    )
    replayed: bool = strawberry.field(
        description="An earlier answer to the same idempotency key is given again;"
        " nothing was done twice."
    )


def the_view(root: Any) -> Any:
    """Resolve the object of a payload to what the command showed."""
    return root.view


async def the_order(root: Any) -> Any:
    """Resolve the order that the object of a payload belongs to."""
    answer: Answer = root
    return None if answer.view is None else await answer.source.order(answer.view.order_id)
