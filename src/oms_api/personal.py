"""Which fields of the schema show something about a person: what asks for one is logged.

`tests/api/test_who_looked.py` asks for every field there is, and looks for what persons said in the
answers: a field that shows some of it and is not here fails the build.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    visit,
)
from graphql.language import BREAK

PERSONAL = frozenset(
    {
        "Address.city",
        "Address.latitude",
        "Address.longitude",
        "Address.name",
        "Address.postalCode",
        "Address.region",
        "Address.street",
        "Claim.description",
        "ClaimDecision.reason",
        "ClaimLine.comment",
        "Customer.email",
        "Customer.name",
        "CustomerMessage.subject",
        "CustomerMessage.text",
        "Event.data",
        "Event.sentence",
        "Evidence.content",
        "HistoryEntry.sentence",
        "OrderAttachment.name",
        "OrderAttachment.reference",
        "OrderAttachment.url",
        "OrderChange.after",
        "OrderChange.before",
        "OrderChangeStep.after",
        "OrderChangeStep.before",
        "OrderChangeStep.reason",
        "OrderChangeStep.sentence",
        "OrderDiscount.reason",
        "OrderHold.reason",
        "OrderNote.text",
        "Parcel.label",
        "Parcel.trackingNumber",
        "Query.customerDataExport",
        "Return.decision",
        "Return.labelReference",
        "Return.reason",
        "Return.trackingNumber",
        "ReturnLine.comment",
        "Shipment.trackingNumber",
        "Subscriber.email",
        "TrackingNote.details",
        "TrackingNote.place",
    }
)
"""Fields, each with its type."""


def asks_for_personal(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Tell whether a document asks for such a field, in whichever of its operations."""
    info = TypeInfo(schema)
    looking = _Looking(info)
    visit(document, TypeInfoVisitor(info, looking))
    return looking.found


class _Looking(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        parent = self._info.get_parent_type()
        self.found = parent is not None and f"{parent.name}.{node.name.value}" in PERSONAL
        return BREAK if self.found else None
