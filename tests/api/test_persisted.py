"""Documents that are named instead of sent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.api.running import JSON, Client, oms

from oms_api.executing import Executing
from oms_api.graphql_http import Asked
from oms_api.limits import Audience, Limits
from oms_api.persisted import CACHED, NamedDocuments, UnknownDocument, sha256, trusted
from oms_api.rights.principal import with_role
from oms_api.rights.roles import Role
from oms_api.schema import SCHEMA
from oms_core.runtime.errors import SetupError

TRUSTED = "query Trusted { __typename }"
OTHER = "query Other { __typename }"
DATA = {"__typename": "Query"}


def apollo(document: str) -> JSON:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(document)}}}


def code(answer: JSON) -> str:
    [error] = answer["errors"]
    found: str = error["extensions"]["code"]
    return found


def test_a_document_is_sent_once_and_named_from_then_on(client: Client) -> None:
    document = "query Once { __typename }"
    first = client.post(apollo(document)).json()
    assert (code(first), first["errors"][0]["message"]) == (
        "PERSISTED_QUERY_NOT_FOUND",
        "PersistedQueryNotFound",
    )
    assert client.post({"query": document} | apollo(document)).json()["data"] == DATA
    assert client.post(apollo(document)).json()["data"] == DATA
    assert client.post({"documentId": f"sha256:{sha256(document)}"}).json()["data"] == DATA
    named = {"extensions": json.dumps(apollo(document)["extensions"])}
    assert client.http.get("/graphql", params=named, headers=client.headers).json()["data"] == DATA


def test_nobody_can_give_a_document_the_name_of_another(client: Client) -> None:
    answer = client.post({"query": "{ a: __typename }"} | apollo("{ b: __typename }"))
    assert (answer.status_code, code(answer.json())) == (400, "BAD_REQUEST")
    assert code(client.post(apollo("{ b: __typename }")).json()) == "PERSISTED_QUERY_NOT_FOUND"


def test_what_is_not_valid_is_not_kept(client: Client) -> None:
    wrong = "{ nothing }"
    assert code(client.post({"query": wrong} | apollo(wrong)).json()) == "DOCUMENT_INVALID"
    assert code(client.post(apollo(wrong)).json()) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 7},
        {"extensions": {"persistedQuery": 7}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "x"}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ["x"]}}},
    ],
)
def test_names_that_are_none(client: Client, body: JSON) -> None:
    answer = client.post(body)
    assert (answer.status_code, code(answer.json())) == (400, "BAD_REQUEST")


def test_only_so_many_are_kept() -> None:
    named = NamedDocuments({})
    for i in range(CACHED + 1):
        text = f"{{ a{i}: __typename }}"
        named.remember(Asked(text, document_id=sha256(text)))
    last = Asked(None, document_id=sha256(f"{{ a{CACHED}: __typename }}"))
    assert named.text(last, trusted_only=False) == f"{{ a{CACHED}: __typename }}"
    with pytest.raises(UnknownDocument):
        named.text(Asked(None, document_id=sha256("{ a0: __typename }")), trusted_only=False)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "persisted.json"
    path.write_text(json.dumps({"an id of its own": TRUSTED}))
    return path


def test_where_only_trusted_documents_are_executed(manifest: Path) -> None:
    limits = Limits(trusted_documents=manifest, trusted_only=Audience.PUBLIC)
    executing = Executing(SCHEMA, limits)
    unused: Any = SimpleNamespace(who=with_role("ada", Role.ADMIN))

    def answer(asked: Asked, *, public: bool = True) -> JSON:
        kind = "application/json"
        answered = asyncio.run(executing.answer(asked, unused, kind, public=public))
        found: JSON = json.loads(answered.body)
        return found

    for asked in (
        Asked(TRUSTED),
        Asked(None, document_id=sha256(TRUSTED)),
        Asked(None, document_id="sha256:" + sha256(TRUSTED)),
        Asked(None, document_id="an id of its own"),
    ):
        assert answer(asked)["data"] == DATA
    for asked in (
        Asked(OTHER),
        Asked(TRUSTED + " "),
        Asked(OTHER, document_id=sha256(OTHER)),
        Asked(None, document_id=sha256(OTHER)),
        Asked("{", document_id=sha256("{")),
    ):
        assert code(answer(asked)) == "DOCUMENT_NOT_TRUSTED"
    assert answer(Asked(OTHER, document_id=sha256(OTHER)), public=False)["data"] == DATA
    assert code(answer(Asked(None, document_id=sha256(OTHER)))) == "DOCUMENT_NOT_TRUSTED"


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_a_file_that_is_no_list_of_documents(tmp_path: Path, text: str) -> None:
    path = tmp_path / "persisted.json"
    path.write_text(text)
    with pytest.raises(SetupError, match="is not a JSON object of documents"):
        trusted(path)


def test_a_server_does_not_start_without_its_documents(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    run = oms("serve", "--port", "0", OMS_TRUSTED_DOCUMENTS=missing, OMS_DATA_DIR=str(tmp_path))
    assert run.returncode == 1
    assert "No such file" in run.stdout + run.stderr
