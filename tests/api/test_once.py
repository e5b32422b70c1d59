"""Whatever is sent twice takes effect once: with a key, and where the domain allows one only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from tests.api.running import JSON, Client, token
from tests.api.shop import ORDER, Shop
from tests.api.twice import IN_BATCHES, TWICE

from oms_api.rights.roles import Role


def at_once(client: Client, mutation: str, given: JSON, times: int = 2) -> tuple[list[JSON], int]:
    """Send one input several times at the same instant; give the answers, and how many wrote."""
    correlations = [uuid4() for _ in range(times)]
    ready = Barrier(times)

    def send(i: int) -> JSON:
        ready.wait()
        return client.do(mutation, correlation=correlations[i], **given)

    with ThreadPoolExecutor(times) as threads:
        answers = list(threads.map(send, range(times)))
    wrote = client.rows(
        "SELECT DISTINCT correlation_id FROM oms.events WHERE correlation_id = ANY(%s)",
        correlations,
    )
    return answers, len(wrote)


def test_no_mutation_is_left_out(client: Client) -> None:
    fields = client.ask("{ __schema { mutationType { fields { name } } } }")
    names = {field["name"] for field in fields["__schema"]["mutationType"]["fields"]}
    assert names - IN_BATCHES == set(TWICE)


@pytest.mark.parametrize("mutation", TWICE)
def test_at_the_same_instant_with_a_key(client: Client, shop: Shop, mutation: str) -> None:
    given = TWICE[mutation](shop) | {"idempotencyKey": f"once {uuid4()}"}
    answers, wrote = at_once(client, mutation, given)
    assert wrote == 1
    assert [answer["userErrors"] for answer in answers] == [[], []]
    assert sorted(answer["replayed"] for answer in answers) == [False, True]
    assert answers[0]["position"] == answers[1]["position"] is not None
    later = client.do(mutation, **given)
    assert (later["replayed"], later["position"]) == (True, answers[0]["position"])


@pytest.mark.parametrize("mutation", TWICE)
def test_at_the_same_instant_without_a_key(client: Client, shop: Shop, mutation: str) -> None:
    answers, wrote = at_once(client, mutation, TWICE[mutation](shop))
    assert wrote == 1
    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 1]


def test_fifty_buyers_and_ten_units(client: Client) -> None:
    shop = Shop(client, stock=10)
    answers = []
    with ThreadPoolExecutor(16) as threads:
        given = shop.order(1)
        answers = list(threads.map(lambda _: client.do("placeOrder", **given), range(50)))
    refusals = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert refusals == ["INSUFFICIENT_STOCK"] * 40
    asked = "query Q($s: String!, $l: String!, $p: Position) {"
    asked += " stockItem(sku: $s, location: $l, minPosition: $p) { onHand reserved available } }"
    last = max((answer["position"] for answer in answers if answer["position"]), key=int)
    stock = client.ask(asked, s=shop.sku, l=shop.location, p=last)["stockItem"]
    assert stock == {"onHand": 10, "reserved": 10, "available": 0}


def test_a_replay_gives_the_first_answer_again(client: Client, shop: Shop) -> None:
    given = shop.order(idempotencyKey=str(uuid4()))
    first = client.done("placeOrder", ORDER, **given)
    client.done("holdOrder", orderId=first["order"]["id"], reason="check")
    again = client.done("placeOrder", ORDER, **given)
    assert again == first | {"replayed": True}


def test_replayed_keys_are_told_beside_the_data(client: Client, shop: Shop) -> None:
    given = shop.order(idempotencyKey=str(uuid4()))
    document = "mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { position } }"
    assert "replayed" not in client.result(document, input=given)["extensions"]
    again = client.result(document, input=given)
    assert again["extensions"]["replayed"] == [given["idempotencyKey"]]


def test_the_key_comes_before_the_version(client: Client, shop: Shop) -> None:
    order = shop.placed()
    given = {"orderId": order["id"], "reason": "check", "idempotencyKey": str(uuid4())}
    first = client.done("holdOrder", ORDER, expectedVersion=order["version"], **given)
    again = client.done("holdOrder", ORDER, expectedVersion=order["version"], **given)
    newer = client.done("holdOrder", expectedVersion=first["order"]["version"], **given)
    assert again["replayed"]
    assert newer["replayed"]


def test_a_refusal_is_not_remembered(client: Client, shop: Shop) -> None:
    given = shop.order(101, idempotencyKey=str(uuid4()))
    assert client.refused("placeOrder", **given)["code"] == "INSUFFICIENT_STOCK"
    client.done("receiveStock", sku=shop.sku, location=shop.location, quantity=1)
    assert not client.done("placeOrder", **given)["replayed"]


def test_the_same_amount_written_otherwise_is_the_same_input(client: Client, shop: Shop) -> None:
    order, key = shop.placed(), str(uuid4())
    client.done("authorizePayment", idempotencyKey=key, **shop.payment(order, "29.75"))
    again = client.done("authorizePayment", idempotencyKey=key, **shop.payment(order, "29.750"))
    assert again["replayed"]


def test_keys_belong_to_one_client(client: Client, shop: Shop) -> None:
    """The same key of another subject, or of the same one in another role, is another key."""
    key = str(uuid4())
    document = "mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { replayed } }"

    def place(quantity: int, role: Role, subject: str) -> JSON:
        sender = {"Authorization": f"Bearer {token(role, subject=subject)}"}
        given = shop.order(quantity, idempotencyKey=key)
        return dict(client.ask(document, sender, input=given)["placeOrder"])

    assert not place(1, Role.ADMIN, "ada")["replayed"]
    assert not place(2, Role.ADMIN, "grace")["replayed"]
    assert not place(3, Role.SERVICE, "ada")["replayed"]
    assert place(1, Role.ADMIN, "ada")["replayed"]
    assert place(2, Role.ADMIN, "grace")["replayed"]


def test_keys_belong_to_one_mutation(client: Client, shop: Shop) -> None:
    order, key = shop.placed(), str(uuid4())
    client.done("holdOrder", orderId=order["id"], reason="check", idempotencyKey=key)
    released = client.done("releaseOrder", orderId=order["id"], reason="ok", idempotencyKey=key)
    assert not released["replayed"]


def test_order_numbers_are_given_once(client: Client, shop: Shop) -> None:
    with ThreadPoolExecutor(8) as threads:
        placed = list(threads.map(lambda _: shop.placed(1), range(30)))
    numbers = {order["number"] for order in placed}
    assert len(numbers) == 30
    assert all(number.startswith("O-") for number in numbers)


def test_numbers_that_callers_have_taken_are_passed_over(client: Client, shop: Shop) -> None:
    last = int(shop.placed(1)["number"].removeprefix("O-"))
    taken = {f"O-{number}" for number in range(last + 1, last + 4)}
    for number in taken:
        client.do("placeOrder", **shop.order(1, number=number))
    given = {shop.placed(1)["number"] for _ in range(4)}
    assert not given & taken
