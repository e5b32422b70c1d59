"""The reference audits of GraphQL over HTTP: every MUST, every SHOULD and every MAY."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.api.running import Client, token

HERE = Path(__file__).with_name("audits")
AUDITS = 61


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of the lock file; they are fetched when they are not there yet."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None:
        pytest.skip("Node.js is not installed, which the audits of graphql-http run on.")
    if not (HERE / "node_modules" / "graphql-http").is_dir():
        if npm is None:
            pytest.skip("npm is not installed, which fetches the audits of graphql-http.")
        command = [npm, "ci", "--ignore-scripts", "--fetch-retries=0"]
        fetched = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if fetched.returncode != 0:
            pytest.skip(f"npm can't fetch the audits of graphql-http: {fetched.stderr[-200:]}")
    return found


def test_all_audits_of_graphql_over_http_pass(node: str, client: Client) -> None:
    """As an admin, who may introspect."""
    command = [node, "audits.mjs", f"{client.url}/graphql", token()]
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    results = json.loads(run.stdout)
    assert [audit for audit in results if audit["status"] != "ok"] == []
    assert len(results) == AUDITS


def test_the_lock_file_names_no_registry() -> None:
    lock = (HERE / "package-lock.json").read_text()
    assert "integrity" in lock
    assert "resolved" not in lock
    assert "://" not in lock
