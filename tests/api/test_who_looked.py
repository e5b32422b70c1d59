"""Whatever shows something about a person is logged: every field of the schema is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.api.running import JSON, KEPT, Client
from tests.api.shop import ADDRESS, Shop
from tests.proof.sealed import all_sealed

from oms_api.personal import PERSONAL
from oms_core.runtime.connections import connect
from oms_core.runtime.proof.keys import KeyFolder

MARK = "zephyrine"
"""Stands in everything that is said of this person, and nowhere else."""

NOT_SEEN = {
    *("Address.latitude", "Address.longitude", "Event.sentence", "Evidence.content"),
    *("Parcel.label", "Parcel.trackingNumber", "Return.decision"),
}
"""Numbers, and what this history has no example of."""


def said(text: str) -> str:
    return f"{MARK} {text}"


ROOTS: Mapping[str, str] = {
    "node": '(id: "{shipment}")',
    "order": '(id: "{order}")',
    "orders": "(first: 1, filter: {{customer: {customer}}})",
    "trackOrder": '(number: "{number}", secret: "{secret}")',
    "previewOrderEdit": '(input: {{orderId: "{open}", reason: "preview"}})',
    "orderDiff": '(id: "{open}", from: 1, to: 3)',
    "shipments": "(first: 50)",
    "payments": "(first: 50)",
    "returns": "(first: 50)",
    "claims": "(first: 50)",
    "subscribers": '(sku: "{sold_out}")',
    "eventLog": '(first: 50, streamId: "{order}")',
    "causationTree": '(eventId: "{event}")',
    "evidence": '(orderId: "{order}")',
    "customerDataExport": "(customer: {customer})",
}
"""How what may show a person is asked for in this history."""

NOT_ABOUT_PERSONS = {
    *("stockItem", "stockAt", "availability", "stockLedger", "transfer", "transfers", "backorders"),
    *("product", "products", "channel", "channels", "location", "locations", "explainSourcing"),
    *("previewSourcing", "shippingMethods", "deliveryOptions", "dutyRates", "sourcingPolicy"),
    *("coupon", "giftCard", "signedRoots", "inclusionProof", "consistencyProof", "kpis"),
    *("refusedSteps", "accessLog", "serials", "apiKeys"),
}


class Schema:
    """The schema as a client sees it."""

    def __init__(self, client: Client) -> None:
        kind = "{ kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
        fields = f"fields {{ name args {{ name defaultValue type {{ kind }} }} type {kind} }}"
        asked = f"{{ __schema {{ types {{ name kind possibleTypes {{ name }} {fields} }} }} }}"
        types = client.ask(asked)["__schema"]["types"]
        self.kinds = {one["name"]: one["kind"] for one in types}
        self.fields = {one["name"]: one["fields"] or [] for one in types}
        self.possible = {one["name"]: one["possibleTypes"] or [] for one in types}

    def name_of(self, field: JSON) -> str:
        kind = field["type"]
        while kind.get("ofType"):
            kind = kind["ofType"]
        return str(kind["name"])

    def is_leaf(self, field: JSON) -> bool:
        return self.kinds[self.name_of(field)] in ("SCALAR", "ENUM")


@dataclass(frozen=True)
class Walk:
    """All fields below one field of `Query`, type after type, each where it is met first."""

    schema: Schema
    seen: set[str]

    def below(
        self, kind: str, before: str, after: str, depth: int = 0
    ) -> Iterator[tuple[str, str]]:
        """Give a type and a document that asks for all that it tells itself."""
        for one in [each["name"] for each in self.schema.possible[kind]] or [kind]:
            if one in self.seen or depth > 11:
                continue
            self.seen.add(one)
            on = (f"... on {one} {{ ", " }") if one != kind else ("", "")
            fields = [f for f in self.schema.fields[one] if not needs_arguments(f)]
            leaves = [f["name"] for f in fields if self.schema.is_leaf(f)]
            start, end = before + on[0], on[1] + after
            if leaves:
                yield one, f"{start}{' '.join(leaves)}{end}"
            for field in fields:
                if not self.schema.is_leaf(field):
                    inner = f"{start}{field['name']} {{ "
                    yield from self.below(self.schema.name_of(field), inner, f" }}{end}", depth + 1)


def needs_arguments(field: JSON) -> bool:
    return any(a["type"]["kind"] == "NON_NULL" and not a["defaultValue"] for a in field["args"])


def found_in(value: Any, name: str = "") -> Iterator[str]:
    """Name the fields that have the mark in them."""
    if isinstance(value, dict) and name != "data":
        for key, inner in value.items():
            yield from found_in(inner, key)
    elif isinstance(value, list) and name != "data":
        for inner in value:
            yield from found_in(inner, name)
    elif MARK in str(value).lower():
        yield name


@pytest.fixture(scope="module")
def history(client: Client) -> dict[str, str]:
    """Somebody about whom something was said wherever that is possible."""
    shop, who = Shop(client), f"C-{uuid4().hex}"
    home = {**ADDRESS, **{name: said(name) for name in ("name", "street", "city", "region")}}
    home["postalCode"] = said("1")
    person = {"reference": who, "name": said("Hopper"), "vatId": said("GB1")}
    about = {
        "customer": person | {"email": f"{MARK}@example.org"},
        "shippingAddress": home,
        "billingAddress": home,
        "discounts": [{"percent": "1", "reason": said("is a friend")}],
    }
    order = shop.released(**about)
    id, [shipment], [line] = {"orderId": order["id"]}, order["shipments"], order["lines"]
    sent = {"shipmentId": shipment["id"]}
    units = [{"lineId": line["id"], "quantity": 1}]
    client.done("addNote", **id, text=said("called"))
    letter = {"direction": "FROM_CUSTOMER", "channel": "email", "subject": said("re"), "text": MARK}
    client.done("recordMessage", **id, **letter)
    scan = {"name": said("scan"), "mediaType": "image/png"}
    client.done("addAttachment", **id, **scan, reference=said("7"))
    client.done("addAttachment", **id, **scan, url=f"https://files.example.org/{MARK}")
    client.done("dispatchShipment", **sent, carrier="DHL", trackingNumber=said("1"))
    told = {"status": "IN_TRANSIT", "place": said("depot"), "details": said("is out")}
    client.done("recordTracking", **sent, carrierEventId=uuid4().hex, **told)
    client.done("deliverShipment", **sent)
    reasons = [{"lineId": line["id"], "reason": "DAMAGED", "comment": said("says so")}]
    returned = client.done(
        "requestReturn", "order { returns { id } }", **id, lines=units, reasons=reasons,
        reason=said("asks"),
    )  # fmt: skip
    label = {"carrier": "DHL", "labelReference": said("L"), "trackingNumber": said("2")}
    back = returned["order"]["returns"][0]["id"]
    client.done("recordReturnLabel", returnId=back, **label)
    claimed = [{**units[0], "problem": "DAMAGED", "comment": said("saw it")}]
    opened = client.done(
        "openClaim", "claim { id }", **id, lines=claimed, description=said("complains")
    )
    decided = {"resolution": "REJECT", "reason": said("was not there")}
    client.done("resolveClaim", claimId=opened["claim"]["id"], **decided)
    placed = client.done("placeOrder", "trackingSecret order { id number }", **shop.order(**about))
    waiting = placed["order"]
    moved = home | {"street": said("lane")}
    edited = {"orderId": waiting["id"], "shippingAddress": moved, "reason": said("moved")}
    client.done("editOrder", **edited)
    held = client.done("holdOrder", orderId=waiting["id"], reason=said("looks odd"))
    sold_out = Shop(client, stock=1)
    sold_out.placed(1)
    waits = {"sku": sold_out.sku, "channel": "web", "customer": who}
    client.done("subscribeToStock", **waits, email=f"{MARK}@example.org")
    asked = "query Q($id: ID!, $p: Position) { order(id: $id, minPosition: $p) { events(first: 1)"
    asked += " { nodes { id } } } }"
    [event] = client.ask(asked, id=order["id"], p=held["position"])["order"]["events"]["nodes"]
    with connect(client.database_url, name="test") as conn:
        all_sealed(conn, KeyFolder(Path(KEPT)))
    return {
        "order": order["id"],
        "open": waiting["id"],
        "number": waiting["number"],
        "secret": placed["trackingSecret"],
        "shipment": shipment["id"],
        "return": back,
        "sold_out": sold_out.sku,
        "customer": f'"{who}"',
        "event": event["id"],
        "who": who,
    }


def test_every_question_is_asked_here_or_said_to_be_about_nobody(client: Client) -> None:
    names = {field["name"] for field in Schema(client).fields["Query"]}
    assert names == {*ROOTS, *NOT_ABOUT_PERSONS}


def test_every_field_that_shows_a_person_is_known_as_one(
    client: Client, history: dict[str, str]
) -> None:
    schema = Schema(client)
    shows: set[str] = set()
    told: set[str] = set()
    """Types that have shown themselves with all that is known."""
    for root, arguments in ROOTS.items():
        [field] = [one for one in schema.fields["Query"] if one["name"] == root]
        begin = f"{root}{arguments.format(**history)}"
        if schema.is_leaf(field):
            if MARK in str(client.ask(f"query Walk {{ {begin} }}")):
                shows.add(f"Query.{root}")
            continue
        walk = Walk(schema, {"Query"})
        for kind, document in walk.below(schema.name_of(field), f"{begin} {{ ", " }"):
            if kind in told:
                continue
            answer = client.result(f"query Walk {{ {document} }}").get("data")
            shows |= {f"{kind}.{name}" for name in found_in(answer)}
            if any(kind == name.split(".")[0] for name in shows):
                told.add(kind)
    assert shows <= PERSONAL, f"add to oms_api/personal.py: {sorted(shows - PERSONAL)}"
    assert PERSONAL - shows <= NOT_SEEN


@pytest.mark.parametrize("document", [
    'node(id: "{shipment}") {{ ... on Shipment {{ trackingNumber }} }}',
    'node(id: "{return}") {{ ... on Return {{ lines {{ comment }} }} }}',
    'order(id: "{order}") {{ customer {{ name }} }}',
    'order(id: "{order}") {{ ...F }} }} fragment F on Order {{ shippingAddress {{ city }}',
    'order(id: "{order}") {{ events(first: 1) {{ nodes {{ data }} }} }}',
    'subscribers(sku: "{sold_out}") {{ waiting {{ email }} }}',
    "customerDataExport(customer: {customer})",
    'evidence(orderId: "{order}") {{ content }}',
])  # fmt: skip
def test_who_asks_for_one_is_logged(client: Client, history: dict[str, str], document: str) -> None:
    name = f"Look{uuid4().hex}"
    client.ask(f"query {name} {{ {document.format(**history)} }}")
    log = client.ask(f"{{ accessLog(customer: {history['customer']}) {{ operation }} }}")
    assert name in {access["operation"] for access in log["accessLog"]}
