"""Who gets in."""

from __future__ import annotations

from uuid import uuid4

import jwt
import pytest
from tests.api.running import SECRET, Client, bearer, eventually, token
from tests.contracts.security_guide import GUIDE, read

from oms_api.nodes import global_id
from oms_api.rights.roles import Role

QUERY = {"query": "{ orders(first: 1) { nodes { number } } }"}


def signed(**claims: object) -> str:
    usual = {"sub": "ada", "role": "admin", "aud": "oms", "iat": 1, "exp": 4_000_000_000}
    return jwt.encode(usual | claims, SECRET, "HS256")


def test_an_admin_is_served(client: Client) -> None:
    assert client.post(QUERY).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic YTpi",
        "Bearer",
        "Bearer nonsense",
        f"Bearer {token(days=-1)}",
        f"Bearer {signed(aud='other')}",
        f"Bearer {jwt.encode({'sub': 'ada', 'role': 'admin'}, SECRET, 'HS256')}",
        f"Bearer {jwt.encode({'role': 'admin', 'aud': 'oms'}, 'another secret' * 3, 'HS256')}",
        f"Bearer {jwt.encode({'sub': 'ada', 'role': 'admin', 'aud': 'oms'}, None, 'none')}",
    ],
)
def test_without_a_valid_token_nothing_is_served(client: Client, authorization: str) -> None:
    answer = client.post(QUERY, Authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in answer.json()


def test_who_lacks_a_right_is_told_which(client: Client) -> None:
    """Over HTTP, as it is for every field and role in tests/contracts/test_rights.py."""
    shop = bearer(Role.STOREFRONT, channels=["web"])
    [error] = client.result(QUERY["query"], shop)["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "anyOf": ["READ_ORDERS"]}
    assert error["message"] == (
        "`Query.orders` needs the right READ_ORDERS, which the role storefront does not have."
    )
    strict = client.post(QUERY, Accept="application/graphql-response+json", **shop)
    assert (strict.status_code, "data" in strict.json()) == (403, False)
    assert client.post(QUERY, **bearer(Role.ANALYST)).json()["data"]["orders"]["nodes"] is not None
    several = "{ orders { nodes { customer { email } } } kpis: refusedSteps { code } }"
    errors = client.result(several, bearer(Role.ANALYST))["errors"]
    assert [error["extensions"]["anyOf"] for error in errors] == [
        ["READ_PERSONAL_DATA"],
        ["READ_OPERATIONS"],
    ]


def test_things_found_by_their_ids_need_the_right_for_their_kind(client: Client) -> None:
    has, opens = read(GUIDE.read_text())
    for role in Role:
        who = bearer(role, channels=["web"] if role is Role.STOREFRONT else ())
        for place in (place for place in opens if place.startswith("node(")):
            kind = place[5:-1]
            key = f"{uuid4()}/1" if kind == "Event" else uuid4()
            document = f'{{ node(id: "{global_id(kind, key)}") {{ id }} }}'
            answer = client.result(document, who)
            assert answer["data"] == {"node": None}
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            assert codes == ([] if opens[place] & has[role] else ["FORBIDDEN"]), (role, place)


def test_an_unknown_role_is_forbidden(client: Client) -> None:
    answer = client.post(QUERY, Authorization=f"Bearer {signed(role='king')}")
    assert answer.status_code == 403


def test_events_name_who_asked(client: Client) -> None:
    headers = bearer(Role.INTEGRATION, "grace")
    document = 'mutation { registerLocation(input: {code: "GRACE", name: "x", country: "DE"})'
    client.ask(document + " { userErrors { code } } }", headers)
    document = '{ eventLog(last: 1, types: ["LocationRegistered"]) { nodes { actor data } } }'
    [event] = eventually(lambda: client.ask(document)["eventLog"]["nodes"])
    assert (event["actor"], event["data"]["code"]) == ("integration:grace", "GRACE")


def test_the_console_and_the_health_checks_need_no_token(client: Client) -> None:
    page = client.http.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert '<script src="/console.js"' in page.text
    assert client.http.get("/console.js").headers["content-type"].startswith("text/javascript")
    assert client.http.get("/console.css").headers["content-type"].startswith("text/css")
    assert client.http.get("/health/live").json() == {"status": "live"}
    ready = client.http.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert {p["name"] for p in ready.json()["projections"]} >= {"orders", "stock_levels", "kpis"}
