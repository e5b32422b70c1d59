"""What somebody does not reach is as if it did not exist: other customers, other channels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, bearer, eventually
from tests.api.shop import Shop

from oms_api.executing import Executing
from oms_api.graphql_http import Asked
from oms_api.limits import Limits
from oms_api.nodes import global_id
from oms_api.rights.fields import NEEDED
from oms_api.rights.principal import with_role
from oms_api.rights.right import Right
from oms_api.rights.roles import RIGHTS, Role
from oms_api.schema import SCHEMA
from oms_api.tracking_secrets import Tracking

WHOLE = """{ id number customer { reference email } shippingAddress { city }
  payments { id } shipments { id } returns { id } claims { id } lines { id } }"""


class As(Client):
    """Speaks to a server as somebody else."""

    def __init__(self, client: Client, role: Role, subject: str, *channels: str) -> None:
        super().__init__(client.url, client.database_url)
        self.headers = bearer(role, subject, channels=channels)


@pytest.fixture(scope="module")
def desk(client: Client) -> Shop:
    return Shop(client)


@pytest.fixture(scope="module")
def theirs(desk: Shop) -> JSON:
    """The order of somebody, with everything that may belong to one."""
    order = desk.returned(customer={"reference": f"C-{uuid4().hex[:8]}", "email": "eve@a.example"})
    lines = [{"lineId": order["lines"][0]["id"], "quantity": 1, "problem": "DAMAGED"}]
    other = desk.delivered(customer={"reference": "C-other"})
    lines[0]["lineId"] = other["lines"][0]["id"]
    claimed = desk.client.done("openClaim", "claim { id }", orderId=other["id"], lines=lines)
    document = f"query Q($id: ID!) {{ order(id: $id) {WHOLE} }}"

    def whole() -> JSON | None:
        found: JSON = desk.client.ask(document, id=order["id"])["order"]
        return found if found["returns"] and found["payments"] else None

    found: JSON = eventually(whole)
    return found | {"claims": [claimed["claim"]]}


@pytest.fixture(scope="module")
def ada(client: Client) -> Iterator[As]:
    with As(client, Role.CUSTOMER, f"C-{uuid4().hex[:8]}") as ada:
        yield ada


@pytest.fixture(scope="module")
def own(ada: As, desk: Shop) -> JSON:
    placed = ada.done("placeOrder", f"order {WHOLE}", **order_of(ada, desk))
    mine: JSON = placed["order"]
    read = f"query Q($id: ID!, $p: Position) {{ order(id: $id, minPosition: $p) {WHOLE} }}"
    assert ada.ask(read, id=mine["id"], p=placed["position"])["order"] == mine
    return mine


def subject(client: Client) -> str:
    found = client.rows("SELECT actor FROM oms.events ORDER BY position DESC LIMIT 1")
    return str(found[0][0])


def order_of(who: As, desk: Shop, **changed: Any) -> JSON:
    reference = _sub(who)
    return desk.order(1, customer={"reference": reference, "email": "ada@a.example"}, **changed)


def _sub(who: As) -> str:
    import jwt

    token = who.headers["Authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def test_a_customer_sees_their_own_orders_and_no_others(ada: As, own: JSON, theirs: JSON) -> None:
    assert own["customer"] == {"reference": _sub(ada), "email": "ada@a.example"}
    listed = "query L($f: OrderFilter) { orders(filter: $f, first: 250) { nodes { number } } }"
    mine = [{"number": own["number"]}]
    assert ada.ask(listed)["orders"]["nodes"] == mine
    for filter in (
        {"customer": theirs["customer"]["reference"]},
        {"sku": "nothing"},
        {"channel": ["elsewhere"]},
    ):
        assert ada.ask(listed, f=filter)["orders"]["nodes"] == []
    assert ada.ask(listed, f={"channel": ["web"], "customer": _sub(ada)})["orders"]["nodes"] == mine
    past = "query P($t: DateTime!) { orders(asOf: $t, first: 9) { nodes { number } } }"
    assert ada.ask(past, t=datetime.now(UTC).isoformat())["orders"]["nodes"] == mine


@pytest.mark.parametrize(
    "asked",
    [
        "order(id: $id) { number }",
        "order(number: $number) { number }",
        "order(id: $id, version: 1) { number }",
        'order(id: $id, validAt: "2026-01-01T00:00:00Z") { number }',
        "node(id: $id) { id }",
    ],
)
def test_another_customer_s_order_does_not_exist(ada: As, theirs: JSON, asked: str) -> None:
    both = "n: order(number: $number) { id } i: order(id: $id) { id }"
    document = f"query Q($id: ID!, $number: String!) {{ found: {asked} {both} }}"
    found = ada.ask(document, id=theirs["id"], number=theirs["number"])
    assert found == {"found": None, "n": None, "i": None}


@pytest.mark.parametrize("kind", ["payments", "shipments", "returns", "claims"])
def test_what_belongs_to_it_does_not_exist_either(ada: As, theirs: JSON, kind: str) -> None:
    id = theirs[kind][0]["id"]
    assert ada.ask("query Q($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_what_belongs_to_an_own_order_is_found(ada: As, desk: Shop) -> None:
    placed = desk.released(customer={"reference": _sub(ada)})
    shipment = placed["shipments"][0]["id"]
    document = "query Q($id: ID!) { node(id: $id) { id ... on Shipment { order { number } } } }"
    assert ada.ask(document, id=shipment)["node"] == {
        "id": shipment,
        "order": {"number": placed["number"]},
    }


def acts(theirs: JSON, gone: bool) -> dict[str, JSON]:
    """Give what a customer may do to orders, each to one that is another's, or to none."""

    def id(kind: str, given: str) -> str:
        return global_id(kind, uuid4()) if gone else given

    order, back = id("Order", theirs["id"]), id("Return", theirs["returns"][0]["id"])
    lines = [{"lineId": theirs["lines"][0]["id"], "quantity": 1}]
    return {
        "cancelOrder": {"orderId": order, "reason": "mine now"},
        "requestReturn": {"orderId": order, "lines": lines, "reason": "mine now"},
        "openClaim": {"orderId": order, "lines": [lines[0] | {"problem": "MISSING"}]},
        "cancelReturn": {"returnId": back, "reason": "mine now"},
        "recordReturnSent": {"returnId": back, "carrier": "DHL", "trackingNumber": "1"},
        "payWithGiftCard": {"orderId": order, "code": "NOBODY-KNOWS"},
    }


def test_nothing_can_be_done_to_another_customer_s_order(
    ada: As, theirs: JSON, client: Client
) -> None:
    """Each answer is the same as for what is not there."""
    before = client.rows("SELECT count(*) FROM oms.events")
    for mutation, given in acts(theirs, gone=False).items():
        error = ada.refused(mutation, **given)
        assert error == ada.refused(mutation, **acts(theirs, gone=True)[mutation])
        assert error["code"] == "NOT_FOUND", mutation
    assert client.rows("SELECT count(*) FROM oms.events") == before


def test_every_command_of_customers_is_tried_above(theirs: JSON) -> None:
    may = {
        place.removeprefix("Mutation.")
        for right in RIGHTS[Role.CUSTOMER]
        for place in NEEDED.get(right, "").split()
        if place.startswith("Mutation.")
    }
    for_themselves = {"placeOrder", "subscribeToStock", "cancelSubscription"}
    assert may == set(acts(theirs, gone=True)) | for_themselves


def test_an_own_order_can_be_cancelled_and_it_is_told_by_whom(
    ada: As, desk: Shop, client: Client
) -> None:
    placed = ada.done("placeOrder", "order { id }", **order_of(ada, desk))["order"]
    ada.done("cancelOrder", orderId=placed["id"], reason="changed my mind")
    assert subject(client) == f"customer:{_sub(ada)}"
    document = "query Q($c: String!) { accessLog(customer: $c) { actor } }"
    ada.ask("query Mine($id: ID!) { order(id: $id) { customer { email } } }", id=placed["id"])
    seen = client.ask(document, c=_sub(ada))["accessLog"]
    assert {"actor": f"customer:{_sub(ada)}"} in seen


def test_nobody_orders_for_another_customer_or_on_terms_of_their_own(ada: As, desk: Shop) -> None:
    document = "mutation P($input: PlaceOrderInput!) { placeOrder(input: $input) { position } }"
    eve = {"reference": "C-eve"}
    assert ada.error(document, input=order_of(ada, desk) | {"customer": eve})["code"] == "FORBIDDEN"
    for more in (
        {"shippingPrice": {"amount": "0", "currency": "EUR"}},
        {"discount": {"amount": "12", "currency": "EUR"}},
        {"placedAt": "2020-01-01T00:00:00Z"},
        {
            "lines": [
                {"sku": desk.sku, "quantity": 1, "unitPrice": {"amount": "0.01", "currency": "EUR"}}
            ]
        },
    ):
        extensions = ada.error(document, input=order_of(ada, desk) | more)
        assert extensions == {"code": "FORBIDDEN", "anyOf": [str(Right.SET_TERMS)]}
    assert ada.error(SUBSCRIBE, sku=desk.sku, c="C-eve")["code"] == "FORBIDDEN"
    assert ada.ask(SUBSCRIBE, sku=desk.sku, c=_sub(ada))["subscribeToStock"]["userErrors"] == []


SUBSCRIBE = """mutation S($sku: String!, $c: String!) {
  subscribeToStock(input: {sku: $sku, channel: "web", customer: $c}) { userErrors { code } } }"""


def test_a_storefront_acts_for_its_channels_only(client: Client, desk: Shop) -> None:
    document = """mutation P($input: PlaceOrderInput!) {
      placeOrder(input: $input) { order { id channel } userErrors { code } } }"""
    with As(client, Role.STOREFRONT, "shop", "web", "app") as shop:
        placed = shop.ask(document, input=desk.order(1, channel="app"))["placeOrder"]
        assert placed["order"]["channel"] == "app"
        assert shop.error(document, input=desk.order(1, channel="b2b"))["code"] == "FORBIDDEN"
    with As(client, Role.STOREFRONT, "shop") as nowhere:
        assert nowhere.error(document, input=desk.order(1))["code"] == "FORBIDDEN"


def test_a_storefront_reads_what_its_own_channel_can_have(client: Client, desk: Shop) -> None:
    aside = {"sku": desk.sku, "location": desk.location, "channel": "app", "quantity": 7}
    position = client.done("setChannelShare", "position", **aside)["position"]
    document = """query A($sku: String!, $channel: String, $p: Position) {
      availability(skus: [$sku], channel: $channel, minPosition: $p) { available } }"""
    asked = {"sku": desk.sku, "p": position}

    def available(who: Client, channel: str | None = None) -> int:
        [found] = who.ask(document, **asked, channel=channel)["availability"]
        return int(found["available"])

    with As(client, Role.STOREFRONT, "shop", "web") as web:
        assert available(web) == available(web, "web") == available(client, "app") - 7
        assert web.error(document, **asked, channel="app")["code"] == "FORBIDDEN"
        basket = {
            "channel": "app",
            "country": "DE",
            "lines": [{"sku": desk.sku, "quantity": 1}],
        }
        offered = "query D($b: PreviewSourcingInput!) { deliveryOptions(input: $b) { missing } }"
        assert web.error(offered, b=basket)["code"] == "FORBIDDEN"
    with As(client, Role.STOREFRONT, "shop", "web", "app") as both:
        assert both.error(document, **asked)["code"] == "INVALID"
        assert available(both, "app") == available(client, "app")
    client.done("setChannelShare", "position", **aside | {"quantity": 0})


def test_staff_may_be_kept_to_channels_and_then_have_no_lists_of_everything(
    client: Client, desk: Shop, theirs: JSON
) -> None:
    channel = f"ch-{uuid4().hex[:8]}"
    placed = desk.placed(channel=channel)
    with As(client, Role.SERVICE, "grace", channel) as grace:
        listed = "{ orders(first: 250) { nodes { number } } }"
        eventually(lambda: grace.ask(listed)["orders"]["nodes"] == [{"number": placed["number"]}])
        found = "query Q($id: ID!) { order(id: $id) { number } }"
        assert grace.ask(found, id=theirs["id"]) == {"order": None}
        assert grace.error("{ eventLog(first: 1) { nodes { id } } }")["code"] == "FORBIDDEN"


TRACK = """query Track($number: String!, $secret: String!, $p: Position) {
  trackOrder(number: $number, secret: $secret, minPosition: $p) {
    number status lines { sku shipped } shipments { status trackingNumber order { number } } } }"""
CONFIRMED = "order { id number } trackingSecret"


@pytest.fixture(scope="module")
def guest(client: Client) -> Iterator[As]:
    with As(client, Role.STOREFRONT, "shop", "web") as guest:
        yield guest


def test_a_guest_tracks_an_order_with_its_number_and_secret(
    guest: As, ada: As, desk: Shop, own: JSON
) -> None:
    placed = guest.done("placeOrder", CONFIRMED, **desk.order(1))
    number, secret, p = placed["order"]["number"], placed["trackingSecret"], placed["position"]
    found = guest.ask(TRACK, number=number, secret=secret, p=p)["trackOrder"]
    assert (found["number"], found["status"]) == (number, "OPEN")
    assert ada.ask(TRACK, number=number, secret=secret)["trackOrder"] == found
    order = desk.client.ask("query Q($n: String) { order(number: $n) { id } }", n=number)["order"]
    noted = desk.client.done("tagOrder", CONFIRMED, orderId=order["id"], add=["late"])
    assert noted["trackingSecret"] == secret
    for wrong in (
        {"number": own["number"], "secret": secret},
        {"number": number, "secret": secret[:-1]},
        {"number": number, "secret": ""},
        {"number": number, "secret": "ö"},
        {"number": "O-0", "secret": secret},
    ):
        assert guest.ask(TRACK, **wrong) == {"trackOrder": None}
    personal = TRACK.replace("number status", "customer { email } number status")
    errors = guest.result(personal, number=number, secret=secret)["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}


def test_a_guest_sees_the_shipments_of_the_order_and_nothing_else(guest: As, desk: Shop) -> None:
    placed = guest.done("placeOrder", CONFIRMED, **desk.order(1))
    order = desk.client.ask(
        "query Q($id: ID!, $p: Position) { order(id: $id, minPosition: $p) {"
        " id number total { amount } } }",
        id=placed["order"]["id"],
        p=placed["position"],
    )["order"]
    desk.client.done("authorizePayment", **desk.payment(order))
    desk.client.done("capturePayment", **desk.payment(order))
    released = desk.released_again(order)
    sent = {"shipmentId": released["shipments"][0]["id"], "carrier": "DHL", "trackingNumber": "34"}
    position = desk.client.done("dispatchShipment", **sent)["position"]
    asked = {"number": order["number"], "secret": placed["trackingSecret"], "p": position}
    [shipment] = guest.ask(TRACK, **asked)["trackOrder"]["shipments"]
    assert shipment["trackingNumber"] == "34"
    assert shipment["order"] == {"number": order["number"]}
    again = guest.error("query Q($id: ID!) { order(id: $id) { id } }", id=order["id"])
    assert again["code"] == "FORBIDDEN"


async def test_nothing_is_looked_up_for_a_wrong_secret() -> None:
    """So that no time tells whether there is an order of a number."""
    untouched: Any = SimpleNamespace(
        who=with_role("shop", Role.STOREFRONT, frozenset({"web"})),
        tracking=Tracking("x" * 32),
        levels=SimpleNamespace(),
    )
    asked = Asked(TRACK, None, {"number": "O-1", "secret": "guess"})
    answered = await Executing(SCHEMA, Limits()).answer(asked, untouched, "application/json")
    assert json.loads(answered.body)["data"] == {"trackOrder": None}
