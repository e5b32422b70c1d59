"""The reference audits of GraphQL over HTTP: every MUST, every SHOULD and every MAY."""

from __future__ import annotations

import json

from tests.api.fixtures import PACKAGES, ran
from tests.api.running import Client, token

AUDITS = 61


def test_all_audits_of_graphql_over_http_pass(node: str, client: Client) -> None:
    """As an admin, who may introspect."""
    results = json.loads(ran(node, "audits.mjs", f"{client.url}/graphql", token()))
    assert [audit for audit in results if audit["status"] != "ok"] == []
    assert len(results) == AUDITS


def test_the_lock_file_names_no_registry() -> None:
    lock = (PACKAGES / "package-lock.json").read_text()
    assert "integrity" in lock
    assert "resolved" not in lock
    assert "://" not in lock
