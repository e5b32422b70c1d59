"""GraphiQL comes from this server alone, and from packages that are what they should be."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from tests.api.running import Client

from oms_api import graphiql
from oms_api.examples import examples
from oms_api.graphiql import fetching

_FROM_ELSEWHERE = re.compile(r"(?:src|href)=\"(?!/graphiql/|data:)")


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    page = client.http.get("/graphiql")
    if not graphiql.is_there():
        assert page.status_code == 404
        assert "make graphiql" in page.text
        return
    assert page.headers["content-security-policy"] == graphiql.POLICY
    assert "http" not in graphiql.POLICY
    assert not _FROM_ELSEWHERE.search(page.text)
    parts = re.findall(r"\"/graphiql/([\w.-]+)\"", page.text)
    assert len(parts) == 6
    for part in parts:
        found = client.http.get(f"/graphiql/{part}")
        assert found.status_code == 200
        assert found.headers["content-type"].startswith(("text/javascript", "text/css"))


def test_the_examples_are_those_of_the_docs(client: Client) -> None:
    shown = client.http.get("/graphiql/examples.json").json()
    assert [each["document"] for each in shown] == [each.document for each in examples()]
    assert client.http.get("/graphiql/fetching.py").status_code == 404
    assert client.http.get("/graphiql/..%2f__init__.py").status_code == 404


def npm(folder: Path, *lines: str) -> None:
    """Put a program of that name in a folder."""
    program = folder / "npm"
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)


def test_a_package_that_is_another_one_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(tmp_path / "evil.tgz", "w:gz") as archive:
        archive.add(__file__, "package/graphiql.min.js")
    npm(tmp_path, f"cp {tmp_path}/evil.tgz .", "echo evil.tgz")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    kept = tmp_path / "vendor"
    kept.mkdir()
    (kept / "graphiql.js").write_text("as it was")
    with pytest.raises(fetching.NotFetched, match="is not what was asked for"):
        fetching.fetch(kept)
    assert (kept / "graphiql.js").read_text() == "as it was"
    npm(tmp_path, "echo no network >&2", "exit 1")
    with pytest.raises(fetching.NotFetched, match="no network"):
        fetching.fetch(kept)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(fetching.NotFetched, match="npm is not installed"):
        fetching.fetch(kept)
