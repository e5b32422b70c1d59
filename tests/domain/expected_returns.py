"""One event of every topic of returns, claims and conversations, in full."""

from __future__ import annotations

from decimal import Decimal

from tests.domain.expected_values import (
    CLAIM,
    CREDIT,
    CREDITED,
    HOLD,
    LINE,
    ORDER,
    POLICY,
    RECEIVED,
    REPLACEMENT,
    RETURN,
    SOURCED,
    UNITS,
)

from oms_core.claims import events as claims
from oms_core.conversations import events as conversations
from oms_core.conversations.events import Direction, Visibility
from oms_core.kernel.message import Event
from oms_core.returns import events as returns
from oms_core.returns.policy import ReturnReason

RETURN_EVENTS: tuple[Event, ...] = (
    claims.ClaimOpened(
        order_id=ORDER,
        lines=(
            claims.ClaimedQuantity(
                line_id=LINE,
                quantity=2,
                sku="CAP",
                problem=claims.ClaimProblem.DAMAGED,
                comment="torn",
            ),
        ),
        description="the parcel was open",
    ),
    claims.ClaimResolved(
        resolution=claims.ClaimResolution.REPLACE,
        currency="EUR",
        reason="carrier",
        lines=(CREDITED,),
        amount=Decimal("21.90"),
        replacement_id=REPLACEMENT,
        carried_over=Decimal("21.90"),
        return_id=RETURN,
    ),
    conversations.NoteAdded(
        order_id=ORDER, note_id=HOLD, text="call back", visibility=Visibility.INTERNAL
    ),
    conversations.MessageRecorded(
        order_id=ORDER,
        message_id=HOLD,
        direction=Direction.FROM_CUSTOMER,
        channel="email",
        subject="my cap",
        text="Where is it?",
    ),
    conversations.AttachmentAdded(
        order_id=ORDER,
        attachment_id=HOLD,
        name="damage.jpg",
        media_type="image/jpeg",
        url="https://files.example.org/1",
        reference="scan 7",
        sha256="0" * 64,
        visibility=Visibility.CUSTOMER,
    ),
    returns.ReturnRequested(
        order_id=ORDER,
        lines=(
            returns.RequestedQuantity(
                **SOURCED.model_dump(), reason=ReturnReason.SIZE_TOO_SMALL, comment="by far"
            ),
        ),
        reason="too small",
        policy=POLICY,
        claim_id=CLAIM,
    ),
    returns.ReturnApproved(note="a good customer"),
    returns.ReturnRejected(reason="worn"),
    returns.ReturnLabelRecorded(carrier="DHL", label_reference="L-1", tracking_number="00340"),
    returns.ReturnSent(carrier="DHL", tracking_number="00340"),
    returns.ReturnItemsReceived(lines=(RECEIVED,)),
    returns.ReturnItemsInspected(
        lines=(
            returns.InspectedQuantity(
                **RECEIVED.model_dump(exclude={"condition"}),
                condition=returns.Condition.SCRAPPED,
                were=returns.Condition.QUARANTINED,
            ),
        )
    ),
    returns.ReturnResolved(
        credit_id=CREDIT,
        currency="EUR",
        lines=(CREDITED,),
        kept=UNITS,
        shipping_price=Decimal("3.90"),
        shipping_tax=Decimal("0.74"),
        fee=Decimal("2.00"),
        amount=Decimal("24.54"),
        replacement_id=REPLACEMENT,
        carried_over=Decimal("20.00"),
    ),
    returns.ReturnCancelled(reason="changed my mind"),
    returns.ReturnClosed(),
)
