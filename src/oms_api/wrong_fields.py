"""Fields of a command that break its checks, as errors that name the field of the input."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from oms_api.answers import ErrorCode, UserError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SENTENCES = {
    "string_too_long": "must have {max_length} characters at most",
    "too_long": "must have {max_length} entries at most",
    "too_short": "must have {min_length} entry at least",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "decimal_max_digits": "must have {max_digits} digits at most",
    "decimal_max_places": "must have {decimal_places} decimals at most",
    "finite_number": "must be a finite number",
    "value_error": "{error}",
}


def path_of(field: Iterable[object]) -> list[str]:
    """Give the path into the input in the API's spelling."""
    return ["input", *(_camel(str(part)) for part in field)]


def user_errors(error: ValidationError) -> list[UserError]:
    """Give one error for each wrong field; not for a list because of what is wrong inside it."""
    details = error.errors(include_url=False)
    outer = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [_user_error(detail) for detail in details if detail["loc"] not in outer]


def _user_error(detail: ErrorDetails) -> UserError:
    path = path_of(detail["loc"])
    name = f"`{'.'.join(path[1:])}`" if path[1:] else "The input"
    return UserError(
        code=ErrorCode.INVALID,
        reason="INVALID_FIELD",
        message=f"{name} {_sentence(detail)}.",
        field=path,
    )


def _sentence(detail: ErrorDetails) -> str:
    known = _SENTENCES.get(detail["type"])
    if known is None:
        return f"can't be used: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    return known.format(**detail.get("ctx", {})).rstrip(".")


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
