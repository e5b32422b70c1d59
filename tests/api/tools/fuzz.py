"""Asks a server what Schemathesis makes up from its schema: python fuzz.py SCHEMA URL TOKEN CALLS.

Prints JSON: how many calls there were, the error codes they got, with one message of each, and
those that got what nobody should: a status of 500 or more, no GraphQL, or the code INTERNAL.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes

LONGEST_TOLD = 600

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
for name, values in {
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str) | words,
    "DateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z") | words,
    "Date": st.dates().map(str) | words,
    "Duration": st.sampled_from(["PT90M", "P3DT12H", "P1Y", "-PT1S"]) | words,
    "Position": st.sampled_from(["0", str(2**70)]) | words,  # not one to wait for
    "JSON": words,
}.items():
    schemathesis.graphql.scalar(name, values.map(nodes.String))


class Asking:
    """Sends cases and counts what becomes of them."""

    def __init__(self, url: str, token: str) -> None:
        self.calls = 0
        self.codes: Counter[str] = Counter()
        self.told: dict[str, str] = {}
        self.wrong: list[dict[str, Any]] = []
        self._url = url
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(headers=headers, timeout=60, trust_env=False)

    def ask(self, document: str) -> None:
        """Ask once."""
        self.calls += 1
        body = json.dumps({"query": document}).encode()
        sent = {"Content-Type": "application/json", "Accept": "application/json"}
        answer = self._http.post(self._url, content=body, headers=sent)
        try:
            errors = answer.json().get("errors", [])
            codes = [error["extensions"]["code"] for error in errors]
            self.told |= {error["extensions"]["code"]: error["message"] for error in errors}
        except (ValueError, KeyError, AttributeError):
            codes = ["NOT_GRAPHQL"]
        self.codes.update(codes or ["none"])
        if answer.status_code >= 500 or {"INTERNAL", "NOT_GRAPHQL"} & set(codes):
            told = {"status": answer.status_code, "answer": answer.text[:LONGEST_TOLD]}
            self.wrong.append({"asked": document, **told})


def main() -> None:
    """Ask about each field of the roots equally often."""
    path, url, token, calls = sys.argv[1:]
    schema = schemathesis.graphql.from_file(Path(path).read_text())
    asking = Asking(url, token)
    operations = [found.ok() for found in schema.get_all_operations()]
    each = max(round(int(calls) / len(operations)), 1)
    limits = settings(
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for operation in operations:

        @seed(1)
        @settings(limits, max_examples=each)
        @given(operation.as_strategy())
        def run(case: Any) -> None:
            asking.ask(case.body)

        run()
    found = {"operations": len(operations), "calls": asking.calls, "codes": asking.codes}
    print(json.dumps({**found, "told": asking.told, "wrong": asking.wrong}))  # noqa: T201


if __name__ == "__main__":
    main()
