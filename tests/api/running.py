"""A real server process for tests, and a client that speaks GraphQL over HTTP to it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from typer.testing import CliRunner, Result

from oms_api import tokens
from oms_api.cli import app_for
from oms_api.rights.roles import Role

SECRET = "a secret for tests, long enough to sign with"  # noqa: S105
JSON = dict[str, Any]
KEPT = tempfile.mkdtemp(prefix="oms-tests-kept-")
"""The data directory of servers that are given none: not the one of whoever runs the tests."""

atexit.register(shutil.rmtree, KEPT, ignore_errors=True)


class Running:
    """`oms serve` on a free port, from its start until it is stopped or killed."""

    def __init__(self, *options: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "oms_api", "serve", "--port", "0", *options],
            env=os.environ | {"OMS_TOKEN_SECRET": SECRET, "OMS_DATA_DIR": KEPT} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.log: list[str] = []
        stderr = self.process.stderr
        self._reader = threading.Thread(target=lambda: self.log.extend(stderr), daemon=True)
        self._reader.start()
        line = self.process.stdout.readline()
        found = re.search(r"http://[\w.:]+", line)
        if found is None:
            self.stop()
            raise AssertionError(f"{line}\n{''.join(self.log)}")
        self.url = found[0]

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()

    def stop(self) -> int:
        """End it as an operator does, and give its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """End it as a power cut does."""
        return self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(60)
        self._reader.join()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def token(
    role: Role = Role.ADMIN, *, days: float = 1, subject: str = "ada", channels: Sequence[str] = ()
) -> str:
    return tokens.issue(SECRET, role, subject, days=days, channels=channels)


def bearer(role: Role, subject: str = "ada", *, channels: Sequence[str] = ()) -> dict[str, str]:
    """Give the header of somebody with a role."""
    return {"Authorization": f"Bearer {token(role, subject=subject, channels=channels)}"}


class Client:
    """Speaks to a server as an admin, and to its database for a look behind."""

    def __init__(self, url: str, database_url: str) -> None:
        self.url = url
        self.database_url = database_url
        self.http = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.headers = {"Authorization": f"Bearer {token()}"}

    def post(self, body: Any, **headers: str) -> httpx.Response:
        """Send any body, JSON unless it is bytes, with headers that replace the usual ones."""
        sent = {"Content-Type": "application/json", **self.headers, **headers}
        kept = {name: value for name, value in sent.items() if value}
        if isinstance(body, bytes):
            return self.http.post("/graphql", content=body, headers=kept)
        return self.http.post("/graphql", json=body, headers=kept)

    def ask(self, document: str, headers: Mapping[str, str] = {}, **variables: Any) -> JSON:
        """Execute a document that must succeed, and give its data."""
        answer = self.result(document, headers, **variables)
        assert "errors" not in answer, answer["errors"]
        data: JSON = answer["data"]
        return data

    def result(self, document: str, headers: Mapping[str, str] = {}, **variables: Any) -> JSON:
        """Execute a document, and give the whole answer."""
        answer = self.post({"query": document, "variables": variables}, **headers)
        assert answer.status_code == 200, answer.text
        result: JSON = answer.json()
        return result

    def error(self, document: str, headers: Mapping[str, str] = {}, **variables: Any) -> JSON:
        """Execute a document that must fail with one error, and give its extensions."""
        [error] = self.result(document, headers, **variables)["errors"]
        extensions: JSON = error["extensions"]
        assert error["message"].endswith(".")
        return extensions

    def do(
        self, mutation: str, wanted: str = "", correlation: UUID | None = None, **given: Any
    ) -> JSON:
        """Carry out one command, and give its payload, refused or not."""
        name = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation Do($input: {name}Input!) {{ {mutation}(input: $input) {{"
            f" position replayed userErrors {{ code reason message field }} {wanted} }} }}"
        )
        headers = {"X-Correlation-Id": str(correlation or uuid4())}
        payload: JSON = self.ask(document, headers, input=given)[mutation]
        return payload

    def done(self, mutation: str, wanted: str = "", **given: Any) -> JSON:
        """Carry out one command that must not be refused."""
        payload = self.do(mutation, wanted, **given)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    def refused(self, mutation: str, **given: Any) -> JSON:
        """Carry out one command that must be refused for one reason, and give that."""
        payload = self.do(mutation, **given)
        [error] = payload["userErrors"]
        assert payload["position"] is None
        assert error["message"].endswith(".")
        found: JSON = error
        return found

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.http.close()


def reached(answer: JSON) -> dict[str, str]:
    """Give the header that makes a query wait until it shows what a command did."""
    return {"X-Min-Position": answer["position"]}


def eventually(found: Any, seconds: float = 20) -> Any:
    """Ask again and again until the answer is truthy."""
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, "it did not become so in time"
        time.sleep(0.02)
    return answer


def oms_here(*arguments: str, **environment: str) -> Result:
    """Run the command line in this process, where a start of its own shows nothing more."""
    return CliRunner().invoke(app_for(arguments[0]), arguments, env=environment)


def oms(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "oms_api", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
    )
