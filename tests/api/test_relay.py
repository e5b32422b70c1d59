"""Relay: its own compiler takes the schema and a storefront's documents, and what it makes runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.api.fixtures import PACKAGES, tool
from tests.api.running import JSON, Client, reached
from tests.api.shop import Shop

import oms_api
from oms_api.persisted import sha256, trusted

SCHEMA = Path(oms_api.__file__).with_name("schema.graphql")


@pytest.fixture
def compiled(node: str, tmp_path: Path) -> Path:
    """The file of documents that relay-compiler writes."""
    shutil.copytree(PACKAGES / "relay", tmp_path / "relay")
    (tmp_path / "relay" / "__generated__").mkdir()
    (tmp_path / "relay" / "persisted.json").write_text("{}")
    config = json.loads((PACKAGES / "relay.config.json").read_text())
    shutil.copy(SCHEMA, tmp_path / "schema.graphql")
    config["schema"] = "schema.graphql"
    (tmp_path / "relay.config.json").write_text(json.dumps(config))
    compiler = PACKAGES / "node_modules" / "relay-compiler" / "cli.js"
    tool(node, compiler, "relay.config.json", cwd=tmp_path)
    return tmp_path / "relay" / "persisted.json"


def test_what_relay_compiles_is_answered(compiled: Path, client: Client, shop: Shop) -> None:
    documents = trusted(compiled)
    assert all(id == sha256(text) for id, text in documents.items())
    named = {text.split("(")[0].split()[-1]: text for text in documents.values()}
    reference = f"C-{shop.sku}"
    orders = [shop.placed(1, customer={"reference": reference})["id"] for _ in range(3)]

    [(last,)] = client.rows("SELECT max(position) FROM oms.events")

    def page(name: str, after: str | None = None) -> JSON:
        variables = {"customer": reference, "count": 2, "after": after}
        return dict(
            client.ask(named[name], reached({"position": str(last)}), **variables)["orders"]
        )

    first = page("ordersPageQuery")
    rest = page("ordersListPaginationQuery", first["pageInfo"]["endCursor"])
    shown = [edge["node"]["id"] for edge in first["edges"] + rest["edges"]]
    assert shown == orders[::-1]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)

    refetched = client.ask(named["ordersRowRefetchQuery"], id=orders[0], details=True)["node"]
    assert (refetched["__typename"], len(refetched["lines"])) == ("Order", 1)
    cancel = named["ordersCancelMutation"]
    given = {"orderId": orders[0], "reason": "changed my mind"}
    assert client.ask(cancel, input=given)["cancelOrder"]["order"]["status"] == "CANCELLED"
    assert set(named) == {
        "ordersPageQuery",
        "ordersListPaginationQuery",
        "ordersRowRefetchQuery",
        "ordersCancelMutation",
        "ordersWatchSubscription",
    }
