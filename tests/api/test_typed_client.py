"""Programs of others in Python: a typed client is generated from the schema, and buys something."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.api.fixtures import tool
from tests.api.running import Client, token
from tests.api.shop import ADDRESS, Shop

import oms_api

HERE = Path(oms_api.__file__).parent
CALLS = 150
SETTINGS = f"""
[tool.ariadne-codegen]
schema_path = "{HERE}/schema.graphql"
queries_path = "{HERE}/examples"
target_package_name = "typed_oms"
include_comments = "none"
include_all_inputs = false
include_all_enums = false

[tool.ariadne-codegen.scalars.Decimal]
type = "decimal.Decimal"
serialize = "str"

[tool.ariadne-codegen.scalars.DateTime]
type = "datetime.datetime"

[tool.ariadne-codegen.scalars.Position]
type = "str"
"""


@pytest.fixture
def generated(tools: Path, tmp_path: Path) -> Iterator[Any]:
    """The client that ariadne-codegen makes of the schema and the examples."""
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    tool(tools / "ariadne-codegen", "client", cwd=tmp_path)
    sys.path.insert(0, str(tmp_path))
    yield importlib.import_module("typed_oms")
    sys.path.remove(str(tmp_path))


def test_a_typed_client_places_an_order_and_watches_it(
    generated: Any, client: Client, shop: Shop
) -> None:
    authorization = {"Authorization": f"Bearer {token()}"}
    typed = generated.Client(
        f"{client.url}/graphql",
        authorization,
        ws_url=f"{client.url}/graphql".replace("http", "ws"),
        ws_connection_init_payload=authorization,
    )
    address = {name: value for name, value in ADDRESS.items() if name != "postalCode"}
    wanted = generated.PlaceOrderInput(
        channel="web",
        currency="EUR",
        customer=generated.CustomerInput(reference="C-1"),
        shipping_address=generated.AddressInput(postal_code="20459", **address),
        lines=[generated.OrderLineInput(sku=shop.sku, quantity=2)],
    )

    async def place() -> tuple[Any, Any]:
        async with typed:
            answer = await typed.place_an_order(wanted)
            async with aclosing(typed.watch_an_order(answer.place_order.order.id)) as watching:
                first = await anext(watching)
            await asyncio.sleep(0)  # the client's inner generator is closed by a task of its own
            if closing := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(closing)
        return answer.place_order, first.order_changed

    payload, watched = asyncio.run(place())
    assert payload.user_errors == []
    assert payload.order.total.amount == Decimal("29.75")
    assert payload.order.lines[0].reserved == 2
    assert watched.order.status == generated.OrderStatus.OPEN == payload.order.status
    assert int(watched.position) >= int(payload.position)


def test_what_schemathesis_makes_up_is_never_our_fault(tools: Path, client: Client) -> None:
    """One call for each field of the roots; docs/api.md tells of the long run."""
    schema, url = str(HERE / "schema.graphql"), f"{client.url}/graphql"
    script = Path(__file__).with_name("tools") / "fuzz.py"
    found = json.loads(tool(tools / "python", script, schema, url, token(), str(CALLS)))
    assert found["wrong"] == []
    assert found["calls"] >= min(CALLS, found["operations"])
