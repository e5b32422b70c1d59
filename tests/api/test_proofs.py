"""Proofs through the API: they lead from an event to a signed root, and from root to root."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from tests.api.running import JSON, KEPT, Client
from tests.api.shop import Shop
from tests.proof.sealed import all_sealed

from oms_core.runtime.connections import connect
from oms_core.runtime.proof import verifier
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.merkle import consistent, included_root, leaf_hash
from oms_core.runtime.proof.notes import opened, stated
from oms_core.runtime.proof.sealing import SignedRoot

ROOT = "size position root sealedAt note"
INCLUSION = f"""query ($id: ID, $position: Position, $size: Position) {{
  inclusionProof(eventId: $id, position: $position, size: $size) {{
    record hash leafIndex path root {{ {ROOT} }} }} }}"""
CONSISTENCY = f"""query ($from: Position!, $to: Position) {{
  consistencyProof(from: $from, to: $to) {{ path first {{ {ROOT} }} second {{ {ROOT} }} }} }}"""
EVIDENCE = "query ($id: ID!) { evidence(orderId: $id) { fileName content } }"


Seal = Callable[[], SignedRoot]


@pytest.fixture
def seal(client: Client) -> Iterator[Seal]:
    with connect(client.database_url, name="test") as conn:
        yield lambda: all_sealed(conn, KeyFolder(Path(KEPT)))


def proves(proof: JSON) -> bool:
    """Check a proof with nothing but what the answer holds."""
    digest = sha256(proof["record"].encode()).digest()
    assert digest.hex() == proof["hash"]
    checkpoint = stated(proof["root"]["note"])
    assert opened(proof["root"]["note"], KeyFolder(Path(KEPT)).trusted())
    assert (str(checkpoint.size), checkpoint.root.hex()) == (
        proof["root"]["size"],
        proof["root"]["root"],
    )
    path = [bytes.fromhex(step) for step in proof["path"]]
    index = int(proof["leafIndex"])
    return included_root(leaf_hash(digest), index, checkpoint.size, path) == checkpoint.root


def test_every_event_of_an_order_is_proved_by_id_and_by_position(
    client: Client, shop: Shop, seal: Seal
) -> None:
    wanted = "order { events(first: 9) { nodes { id position data } } }"
    placed = client.done("placeOrder", wanted, **shop.order())
    [event, *_] = placed["order"]["events"]["nodes"]
    root = seal()
    by_id = client.ask(INCLUSION, id=event["id"])["inclusionProof"]
    assert proves(by_id)
    body = json.loads(by_id["record"])["body"]  # as it is stored: what is personal is sealed
    assert {name for name in body if body[name] == event["data"].get(name)} >= {"number", "lines"}
    assert "~sealed" in body
    assert client.ask(INCLUSION, position=event["position"])["inclusionProof"] == by_id
    key = "{stream_id}/{version}".format(**json.loads(by_id["record"]))
    assert client.ask(INCLUSION, id=key)["inclusionProof"] == by_id
    assert int(by_id["root"]["size"]) >= root.size


def test_an_event_that_is_not_sealed_has_no_proof_yet(
    client: Client, shop: Shop, seal: Seal
) -> None:
    before = seal()
    position = client.done("placeOrder", **shop.order())["position"]
    asked = {"position": position, "size": str(before.size)}
    assert client.ask(INCLUSION, **asked)["inclusionProof"] is None
    after = seal()
    proof = client.ask(INCLUSION, position=position, size=str(after.size))["inclusionProof"]
    assert proves(proof)


def test_a_root_extends_every_earlier_one(client: Client, shop: Shop, seal: Seal) -> None:
    first = seal()
    shop.placed()
    second = seal()
    asked = {"from": str(first.size), "to": str(second.size)}
    proof = client.ask(CONSISTENCY, **asked)["consistencyProof"]
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert consistent(first.size, first.root, second.size, second.root, path)
    assert proof["second"]["note"] == second.note
    assert client.ask(CONSISTENCY, **{"from": "999999999"})["consistencyProof"] is None
    wrong = {"from": str(second.size), "to": str(first.size)}
    assert client.error(CONSISTENCY, **wrong)["code"] == "INVALID"
    page = f"{{ signedRoots(last: 2) {{ nodes {{ {ROOT} }} }} }}"
    notes = [node["note"] for node in client.ask(page)["signedRoots"]["nodes"]]
    assert second.note in notes


def test_what_can_not_be_asked_is_told(client: Client) -> None:
    assert client.error(INCLUSION)["code"] == "INVALID"
    assert client.error(INCLUSION, id="x")["code"] == "INVALID_ID"
    assert client.ask(INCLUSION, position="1")["inclusionProof"] is None


def test_evidence_about_an_order_is_checked_without_the_server(
    client: Client, shop: Shop, seal: Seal
) -> None:
    order = shop.placed()["id"]
    seal()
    found = client.ask(EVIDENCE, id=order)["evidence"]
    told = verifier.check(base64.b64decode(found["content"]), KeyFolder(Path(KEPT)).trusted()[-1])
    assert told[0].startswith("In order. ")
    assert found["fileName"].startswith("evidence-")
    nobody = "00000000-0000-0000-0000-000000000000"
    assert client.ask(EVIDENCE, id=nobody)["evidence"] is None


def test_evidence_of_what_is_not_sealed_is_not_given(client: Client, shop: Shop) -> None:
    order = shop.placed()["id"]
    with psycopg.connect(client.database_url) as conn:
        [sealed] = conn.execute("SELECT count(*) FROM oms.signed_roots").fetchone() or (0,)
    if sealed:
        assert client.error(EVIDENCE, id=order)["code"] == "NOT_SEALED"
