"""The examples of docs/api are asked as they stand, from the collection that clients import."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

from tests.api.running import JSON, Client, eventually
from tests.contracts.api_reference import COLLECTION, FOLDER, FORMAT

from oms_api.examples import Example, examples

_KEEP = re.compile(r'pm\.collectionVariables\.set\("(\w+)", pm\.response\.json\(\)\.data(.+)\);')
_VARIABLE = re.compile(r"\{\{(\w+)\}\}")


class Runner:
    """Runs a collection as Postman does: variables are put in, and kept from answers."""

    def __init__(self, client: Client, collection: JSON) -> None:
        self._client = client
        self._bearer = collection["auth"]["bearer"][0]["value"]
        self.variables = {each["key"]: each["value"] for each in collection["variable"]}

    def run(self, item: JSON) -> JSON:
        """Send a request; give its data once all that is kept of it is there."""
        data: JSON = eventually(lambda: self._sent(item))
        return data

    def _sent(self, item: JSON) -> JSON | None:
        request = item["request"]
        assert (request["method"], self._filled(request["url"])) == ("POST", self._url)
        asked = request["body"]["graphql"]
        headers = {each["key"]: each["value"] for each in request["header"]}
        bearer = f"Bearer {self._filled(self._bearer)}"
        answer = self._client.post(
            {"query": asked["query"], "variables": json.loads(self._filled(asked["variables"]))},
            **{**headers, "Authorization": bearer},
        )
        assert answer.status_code == 200, answer.text
        result = answer.json()
        assert "errors" not in result, result
        for event in item.get("event", ()):
            for line in event["script"]["exec"]:
                found = _KEEP.fullmatch(line)
                assert found is not None
                value = _at(result["data"], found[2])
                if value is None:
                    return None
                self.variables[found[1]] = value
        data: JSON = result["data"]
        return data

    @property
    def _url(self) -> str:
        return f"{self._client.url}/graphql"

    def _filled(self, text: str) -> str:
        return _VARIABLE.sub(lambda found: str(self.variables[found[1]]), text)

    def given(self, example: Example) -> Any:
        return json.loads(self._filled(example.variables))


def _at(data: Any, path: str) -> Any:
    for step in re.findall(r"\w+", path):
        if isinstance(data, list):
            data = data[int(step)] if int(step) < len(data) else None
        elif data is not None:
            data = data[step]
    return data


def test_every_example_does_what_is_said_of_it(client: Client) -> None:
    collection = json.loads((FOLDER / COLLECTION).read_text())
    assert collection["info"]["schema"] == FORMAT
    runner = Runner(client, collection)
    runner.variables |= {
        "url": f"{client.url}/graphql",
        "token": client.headers["Authorization"].removeprefix("Bearer "),
        "run": uuid4().hex[:12],
    }
    answers = {item["name"]: runner.run(item) for item in collection["item"]}
    for answer in answers.values():
        payloads = [p for p in answer.values() if isinstance(p, dict) and "userErrors" in p]
        assert [payload["userErrors"] for payload in payloads] == [[] for _ in payloads]
    assert answers["Send it"]["deliverShipment"]["order"]["status"] == "COMPLETED"
    assert answers["List orders"]["orders"]["totalCount"]["count"] == 1
    assert answers["What happened"]["order"]["history"]
    again = runner.run(collection["item"][1])["placeOrder"]
    assert (again["order"]["id"], again["replayed"]) == (runner.variables["orderId"], True)

    [watching] = [each for each in examples() if each.document.startswith("subscription")]
    body = {"query": watching.document, "variables": runner.given(watching)}
    headers = {**client.headers, "Accept": "text/event-stream"}
    with client.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        [first] = [next(line for line in response.iter_lines() if line.startswith("data: "))]
    assert json.loads(first[6:])["data"]["orderChanged"]["order"]["status"] == "COMPLETED"
