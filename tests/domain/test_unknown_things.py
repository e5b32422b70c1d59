"""Whatever a command on an order is about has to be there, or it is refused by that name."""

from __future__ import annotations

from typing import Any

import pytest
from tests.domain.kit import Story
from tests.domain.shop import LINE_1, NOW, REQUEST, eur, stocked, uid

from oms_core.claims.claim import NoSuchClaim
from oms_core.conversations.commands import AddAttachment
from oms_core.kernel.handling import HANDLERS
from oms_core.kernel.message import Command
from oms_core.kernel.refusal import NotFound
from oms_core.orders.refusals import NoSuchOrder
from oms_core.payments.refusals import NoSuchPayment
from oms_core.returns.refusals import NoSuchReturn
from oms_core.shipments.refusals import NoSuchShipment

MISSING: dict[str, type[NotFound]] = {
    "order_id": NoSuchOrder,
    "payment_id": NoSuchPayment,
    "claim_id": NoSuchClaim,
    "shipment_id": NoSuchShipment,
    "return_id": NoSuchReturn,
}
"""What is looked for first stands first."""

ABOUT = {"orders", "payments", "shipments", "returns", "claims", "conversations", "backorders"}
LINES = [{"line_id": LINE_1, "quantity": 1, "problem": "DAMAGED", "condition": "restocked"}]

WORDS: dict[str, Any] = {
    **dict.fromkeys(MISSING, uid(404)),
    **dict.fromkeys(("line_id", "hold_id", "credit_id", "note_id", "message_id"), uid(9)),
    **dict.fromkeys(("attachment_id", "other_order_id"), uid(9)),
    **dict.fromkeys(("reason", "text", "name", "number", "carrier", "location", "method"), "HAM"),
    **dict.fromkeys(("provider", "reference", "channel", "tracking_number"), "HAM"),
    **dict.fromkeys(("carrier_event_id", "label_reference"), "HAM"),
    "request_id": REQUEST,
    "amount": eur("1"),
    "code": "ROSE-0001",
    "result": "PENDING",
    "resolution": "REJECT",
    "direction": "FROM_CUSTOMER",
    "media_type": "image/png",
    "kind": "SPLIT_FROM",
    "status": "IN_TRANSIT",
    "then": "CANCEL",
    "parcel": 1,
    "merged": [uid(405)],
    "accept": True,
    "restock": True,
    "replacement": {"lines": [{"line_id": LINE_1, "sku": "CAP", "quantity": 1}]},
}


def on_something() -> list[type[Command]]:
    """Give the commands that name something there must be."""
    return [
        command
        for command in HANDLERS
        if command.__module__.split(".")[1] in ABOUT
        and any(_required(command, name) for name in MISSING)
    ]


def _required(command: type[Command], name: str) -> bool:
    return name in command.model_fields and command.model_fields[name].is_required()


def about_nothing(command: type[Command]) -> Command:
    """Write a command in which every id is of nothing that is there."""
    given: dict[str, Any] = {"url": "https://example.org/1"} if command is AddAttachment else {}
    for name in command.model_fields:
        if not _required(command, name):
            continue
        if name == "lines":
            given[name] = [
                {key: value for key, value in line.items() if key in _parts(command)}
                for line in LINES
            ]
        elif name == "parcels":
            units = {"line_id": LINE_1, "quantity": 1}
            given[name] = [{"weight_grams": 1, "lines": [units]}]
        else:
            given[name] = WORDS.get(name, NOW)
    return command.model_validate(given)


def _parts(command: type[Command]) -> set[str]:
    kind = command.model_fields["lines"].annotation
    [parts] = _models(kind)
    return set(parts.model_fields)


def _models(kind: Any) -> set[Any]:
    inside = getattr(kind, "__args__", ())
    if hasattr(kind, "model_fields"):
        return {kind}
    return set().union(*map(_models, inside)) if inside else set()


@pytest.mark.parametrize("command", on_something(), ids=lambda each: each.__name__)
def test_what_is_not_there_is_refused(command: type[Command]) -> None:
    [missing, *_] = [MISSING[name] for name in MISSING if _required(command, name)]
    begun = Story().after(*stocked({("CAP", "HAM"): 1}))
    begun.when(about_nothing(command)).refused(missing, "There is no such")


def test_most_commands_are_about_something() -> None:
    assert len(on_something()) > 60
