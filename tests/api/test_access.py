"""Who gets in."""

from __future__ import annotations

import time

import jwt
import pytest
from tests.api.running import SECRET, Client, eventually, token

from oms_api import tokens
from oms_api.tokens import Role

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


def test_a_token_that_was_served_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given = token(days=1)
    assert tokens.principal(SECRET, given).role is Role.ADMIN
    tomorrow = time.time() + 86_401
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    with pytest.raises(tokens.InvalidToken, match="expired"):
        tokens.principal(SECRET, given)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_other_roles_have_no_rights_yet(client: Client, role: Role) -> None:
    answer = client.post(QUERY, Authorization=f"Bearer {token(role)}")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


def test_an_unknown_role_is_forbidden(client: Client) -> None:
    answer = client.post(QUERY, Authorization=f"Bearer {signed(role='king')}")
    assert answer.status_code == 403


def test_events_name_who_asked(client: Client) -> None:
    headers = {"Authorization": f"Bearer {token(subject='grace')}"}
    document = 'mutation { registerLocation(input: {code: "GRACE", name: "x", country: "DE"})'
    client.ask(document + " { userErrors { code } } }", headers)
    document = '{ eventLog(last: 1, types: ["LocationRegistered"]) { nodes { actor data } } }'
    [event] = eventually(lambda: client.ask(document)["eventLog"]["nodes"])
    assert (event["actor"], event["data"]["code"]) == ("grace", "GRACE")


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
