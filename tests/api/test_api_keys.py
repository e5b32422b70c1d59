"""Machines come with API keys: shown once, limited to rights, and revoked."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.api.running import JSON, Client, bearer, oms_here
from tests.api.shop import Shop
from typer.testing import Result

from oms_api.key_ring import NOTED_SECONDS, REMEMBERED_SECONDS, KeyRing
from oms_api.pools import async_pool
from oms_api.rights.roles import Role
from oms_api.tokens import InvalidToken
from oms_core.runtime.errors import SetupError

WANTED = "secret apiKey { version name rights channels expiresAt revokedAt reason lastUsedAt }"
STOCK = ["READ_STOCK", "MANAGE_STOCK", "READ_OPERATIONS"]


def name() -> str:
    return f"erp-{''.join(chr(97 + int(digit, 16)) for digit in uuid4().hex[:12])}"


def issued(client: Client, **changed: Any) -> JSON:
    return client.done("issueApiKey", WANTED, **{"name": name(), "rights": STOCK} | changed)


def with_key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


ASKED = {"query": "{ __typename }"}
COUNT = """mutation C($input: CountStockInput!) {
  countStock(input: $input) { position userErrors { code } } }"""


def test_a_key_does_what_its_rights_say_under_its_name(client: Client, shop: Shop) -> None:
    done = issued(client)
    key, who = done["secret"], done["apiKey"]["name"]
    assert key.startswith(f"oms_{who}_")
    assert (done["apiKey"]["rights"], done["apiKey"]["lastUsedAt"]) == (STOCK, None)
    given = {"sku": shop.sku, "location": shop.location, "counted": 9, "reason": "count"}
    counted = client.ask(COUNT, with_key(key), input=given)["countStock"]
    [(actor,)] = client.rows(
        "SELECT actor FROM oms.events WHERE position = %s", int(counted["position"])
    )
    assert actor == f"key:{who}"
    [error] = client.result("{ orders(first: 1) { nodes { id } } }", with_key(key))["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "anyOf": ["READ_ORDERS"]}
    assert error["message"].endswith("which this API key does not have.")
    assert client.http.get("/metrics", headers=with_key(key)).status_code == 200


def test_only_a_hash_of_it_is_kept(client: Client) -> None:
    done = issued(client)
    secret = done["secret"][-43:]
    with psycopg.connect(client.database_url) as conn:
        tables = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname IN ('oms', 'read')"
        ).fetchall()
        for (table,) in tables:
            found = conn.execute(
                f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s",
                (f"%{secret}%",),
            ).fetchone()
            assert found == (0,), table
        [(kept,)] = conn.execute(
            "SELECT body->>'sha256' FROM oms.events"
            " WHERE topic = 'api_keys.ApiKeyIssued.v1' AND body->>'name' = %s",
            (done["apiKey"]["name"],),
        ).fetchall()
    assert kept == hashlib.sha256(secret.encode()).hexdigest()


def test_a_repeated_request_does_not_show_it_again(client: Client) -> None:
    given = {"name": name(), "idempotencyKey": str(uuid4())}
    first, again = issued(client, **given), issued(client, **given)
    assert first["secret"]
    assert (again["replayed"], again["secret"]) == (True, None)
    assert again["apiKey"] == first["apiKey"]
    taken = client.refused("issueApiKey", name=given["name"], rights=STOCK)
    assert taken["reason"] == "API_KEY_ALREADY_ISSUED"


def test_a_revoked_key_is_of_no_use(client: Client) -> None:
    done, used = issued(client), issued(client)
    assert client.post(ASKED, **with_key(used["secret"])).status_code == 200
    gone = client.done("revokeApiKey", WANTED, name=done["apiKey"]["name"], reason="leaked")
    assert (gone["apiKey"]["reason"], gone["secret"]) == ("leaked", None)
    assert gone["apiKey"]["revokedAt"]
    answer = client.post(ASKED, **with_key(done["secret"]))
    assert answer.status_code == 401
    assert "revoked" in answer.json()["errors"][0]["message"]
    listed = client.ask(
        "query L($p: Position) { apiKeys(minPosition: $p) { name revokedAt lastUsedAt } }",
        p=gone["position"],
    )
    found = {each.pop("name"): each for each in listed["apiKeys"]}
    assert found[done["apiKey"]["name"]] == {
        "revokedAt": gone["apiKey"]["revokedAt"],
        "lastUsedAt": None,
    }
    assert found[used["apiKey"]["name"]]["lastUsedAt"]
    again = client.refused("revokeApiKey", name=done["apiKey"]["name"], reason="again")
    assert again["reason"] == "API_KEY_ALREADY_REVOKED"


async def test_a_process_that_knows_a_key_hears_of_its_end_soon(
    client: Client, served_database: str
) -> None:
    done, clock = issued(client), [0.0]
    async with async_pool(served_database) as pool:
        ring = KeyRing(pool, lambda: clock[0])
        await ring.principal(done["secret"])
        client.done("revokeApiKey", name=done["apiKey"]["name"], reason="leaked")
        await ring.principal(done["secret"])
        clock[0] += REMEMBERED_SECONDS
        with pytest.raises(InvalidToken, match="revoked"):
            await ring.principal(done["secret"])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "API_KEY_EXPIRES_AT_ONCE"),
        ({"name": "ERP 1"}, None),
        ({"rights": []}, None),
        ({"name": "a-4111111111111111"}, None),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(
    client: Client, changed: JSON, reason: str | None
) -> None:
    error = client.refused("issueApiKey", **{"name": name(), "rights": STOCK} | changed)
    assert error["code"] == "INVALID"
    assert reason in (None, error["reason"])
    assert error["field"][:2] == ["input", next(iter(changed))]


def test_nobody_gives_what_they_lack(client: Client) -> None:
    document = """mutation I($input: IssueApiKeyInput!) {
      issueApiKey(input: $input) { secret } }"""
    for role in set(Role) - {Role.ADMIN}:
        who = bearer(role, channels=["web"] if role is Role.STOREFRONT else ())
        given = {"name": name(), "rights": ["READ_CATALOGUE"]}
        assert client.error(document, who, input=given)["anyOf"] == ["MANAGE_API_KEYS"]
    lesser = issued(client, rights=["MANAGE_API_KEYS", "READ_STOCK"])["secret"]
    more = {"name": name(), "rights": ["MOVE_MONEY", "READ_STOCK"]}
    assert client.error(document, with_key(lesser), input=more) == {"code": "FORBIDDEN"}
    same = {"name": name(), "rights": ["READ_STOCK"]}
    assert client.ask(document, with_key(lesser), input=same)["issueApiKey"]["secret"]


def test_a_key_may_be_kept_to_channels(client: Client, shop: Shop) -> None:
    channel = f"ch-{uuid4().hex[:8]}"
    rights = ["PLACE_ORDERS", "READ_ORDERS", "READ_HISTORY"]
    key = with_key(issued(client, rights=rights, channels=[channel])["secret"])
    document = """mutation P($input: PlaceOrderInput!) {
      placeOrder(input: $input) { order { channel } } }"""
    placed = client.ask(document, key, input=shop.order(1, channel=channel))["placeOrder"]
    assert placed == {"order": {"channel": channel}}
    assert client.error(document, key, input=shop.order(1))["code"] == "FORBIDDEN"
    assert client.error("{ eventLog(first: 1) { nodes { id } } }", key)["code"] == "FORBIDDEN"


def test_what_only_looks_like_a_key_is_not_one(client: Client) -> None:
    done = issued(client)
    key, who = done["secret"], done["apiKey"]["name"]
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    other = issued(client)
    for text in (
        *(wrong, key[:-1], f"{key}A", "oms_", "oms_x_y", f"oms_nobody_{key[-43:]}"),
        f"oms_{who}_{other['secret'][-43:]}",
        f"OMS_{key[4:]}",
    ):
        answer = client.post(ASKED, **with_key(text))
        assert answer.status_code == 401, text
        assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_uses_are_noted_now_and_then_and_expiry_counts_at_once(
    client: Client, served_database: str
) -> None:
    key = issued(client)
    clock = [0.0]
    used = "SELECT last_used_at FROM oms.api_key_uses WHERE name = %s"
    who = key["apiKey"]["name"]
    async with async_pool(served_database) as pool:
        ring = KeyRing(pool, lambda: clock[0])
        for _ in range(5):
            assert (await ring.principal(key["secret"])).actor == f"key:{who}"
        [(first,)] = client.rows(used, who)
        with psycopg.connect(served_database) as owner:
            moved = "UPDATE oms.api_key_uses SET last_used_at = last_used_at - interval '2 hours'"
            owner.execute(f"{moved} WHERE name = %s", (who,))
        await ring.principal(key["secret"])
        [(unchanged,)] = client.rows(used, who)
        assert unchanged < first
        clock[0] += NOTED_SECONDS
        await ring.principal(key["secret"])
        [(noted,)] = client.rows(used, who)
        assert noted >= first
        known = ring._known[who][0]
        assert known is not None
        known.facts = known.facts.model_copy(update={"expires_at": known.facts.issued_at})
        with pytest.raises(InvalidToken, match="expired"):
            await ring.principal(key["secret"])


def test_the_command_line_issues_lists_and_revokes(client: Client, served_database: str) -> None:
    who = name()

    def keys(*arguments: str) -> Result:
        return oms_here("api-keys", *arguments, OMS_DATABASE_URL=served_database)

    made = keys("issue", who, "--right", "READ_STOCK", "--channel", "[/]")
    assert made.exit_code == 0, made.output
    assert client.post(ASKED, **with_key(made.stdout.strip())).status_code == 200
    [(position,)] = client.rows(
        "SELECT position FROM oms.events WHERE topic = %s AND body->>'name' = %s",
        "api_keys.ApiKeyIssued.v1",
        who,
    )
    client.ask("query L($p: Position) { apiKeys(minPosition: $p) { name } }", p=str(position))
    listed = keys("list")
    assert listed.exit_code == 0, listed.exception
    [line] = (line for line in listed.stdout.splitlines() if who in line)
    assert "[/]" in line
    taken = keys("issue", who, "--right", "READ_STOCK")
    assert isinstance(taken.exception, SetupError)
    assert "Take another name" in str(taken.exception)
    assert "must" in str(keys("issue", "ERP 1", "--right", "READ_STOCK").exception)
    assert keys("revoke", who, "--reason", "lost").exit_code == 0
    assert isinstance(keys("revoke", who, "--reason", "lost").exception, SetupError)
