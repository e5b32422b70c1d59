"""Whose tokens are good: those of the installation, and those of an identity provider."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from tests.api.running import SECRET, token

from oms_api import key_sets
from oms_api.authentication import (
    RECHECKED,
    Authentication,
    Issuers,
    UnknownRole,
)
from oms_api.key_sets import INTERVAL, LIFETIME, KeySet, UnknownKey
from oms_api.rights.principal import Principal
from oms_api.rights.roles import Role
from oms_api.tokens import InvalidToken
from oms_core.runtime.errors import SetupError

ISSUER = "https://id.example"
KEYS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
OTHER = rsa.generate_private_key(65537, 2048)
SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused
CLAIMS = {"sub": "grace", "role": "service", "aud": "oms", "iss": ISSUER, "iat": 1}


def public(keys: Mapping[str, Any], **more: Any) -> str:
    """Publish keys, each under an id of its own, as an identity provider does."""
    shown = []
    for id, key in keys.items():
        way = jwt.get_algorithm_by_name(id.split("-")[0])
        shown.append(json.loads(way.to_jwk(key.public_key())) | {"kid": id} | more)
    return json.dumps({"keys": shown})


def signed(key: Any, algorithm: str, id: str | None = None, **claims: Any) -> str:
    given = CLAIMS | {"exp": time.time() + 600} | claims
    kept = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(kept, key, algorithm, {"kid": id or algorithm})


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    symmetric = {"kty": "oct", "kid": "HS256", "k": "c2VjcmV0" * 8}
    text = json.loads(public(KEYS))
    text["keys"] += [symmetric, *json.loads(public({"RS256-short": SHORT}))["keys"]]
    path.write_text(json.dumps(text))
    return path


def checked(token: str, keys: Path | None, **settings: Any) -> Principal:
    source = {} if keys is None else {"jwks": str(keys), "token_issuer": ISSUER}
    issuers = Issuers(**(source | settings))
    return asyncio.run(Authentication(SECRET, issuers).principal(token))


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_a_provider_s_tokens_are_good(keys: Path, algorithm: str) -> None:
    who = checked(signed(KEYS[algorithm], algorithm), keys)
    assert (who.actor, who.kind) == ("service:grace", Role.SERVICE)


def test_the_role_may_be_in_another_claim_and_the_audience_another(keys: Path) -> None:
    settings = {"role_claim": "https://oms/role", "token_audience": "shop"}
    given = {"https://oms/role": "auditor", "aud": ["shop", "else"], "role": "admin"}
    assert checked(signed(KEYS["ES256"], "ES256", **given), keys, **settings).kind == "auditor"
    assert checked(token(), keys, **settings).kind == "admin"


def unsigned() -> str:
    return jwt.encode(CLAIMS | {"exp": time.time() + 600}, None, "none", {"kid": "RS256"})


def confused(algorithm: str = "HS256") -> str:
    """Sign with the provider's public key as if it were a shared secret."""
    pem = (
        KEYS["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    parts = [{"alg": algorithm, "kid": "RS256"}, CLAIMS | {"exp": int(time.time()) + 600}]
    text = b".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{text.decode()}.{_base64(hmac.digest(pem, text, hashlib.sha256)).decode()}"


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


ATTACKS: dict[str, Callable[[], str]] = {
    "it is not signed": unsigned,
    "the public key as a secret": confused,
    "the same under another name": lambda: confused("RS256"),
    "a symmetric key of the set": lambda: signed("secret" * 8, "HS256"),
    "a key that is too short": lambda: signed(SHORT, "RS256", "RS256-short"),
    "somebody else's key": lambda: signed(OTHER, "RS256"),
    "an id that nobody has": lambda: signed(OTHER, "RS256", "mine"),
    "a key of another kind": lambda: signed(KEYS["ES256"], "ES256", "RS256"),
    "it has expired": lambda: signed(KEYS["RS256"], "RS256", exp=time.time() - 60),
    "it is not valid yet": lambda: signed(KEYS["RS256"], "RS256", nbf=time.time() + 60),
    "it comes from the future": lambda: signed(KEYS["RS256"], "RS256", iat=time.time() + 60),
    "it never expires": lambda: signed(KEYS["RS256"], "RS256", exp=None),
    "it is for somebody else": lambda: signed(KEYS["RS256"], "RS256", aud="else"),
    "it is for nobody": lambda: signed(KEYS["RS256"], "RS256", aud=None),
    "another issuer": lambda: signed(KEYS["RS256"], "RS256", iss="https://evil.example"),
    "no issuer": lambda: signed(KEYS["RS256"], "RS256", iss=None),
    "nobody's": lambda: signed(KEYS["RS256"], "RS256", sub=None),
    "an empty name": lambda: signed(KEYS["RS256"], "RS256", sub=""),
    "a name that no text can have": lambda: signed(KEYS["RS256"], "RS256", sub="a\0b"),
    "no role": lambda: signed(KEYS["RS256"], "RS256", role=None),
    "channels that are none": lambda: signed(KEYS["RS256"], "RS256", channels={"web": 1}),
    "it is endless": lambda: signed(KEYS["RS256"], "RS256", more="x" * 9_000),
    "an extension that must be understood": lambda: jwt.encode(
        CLAIMS | {"exp": time.time() + 600},
        KEYS["RS256"],
        "RS256",
        {"kid": "RS256", "crit": ["mine"], "mine": 1},
    ),
    "half of it": lambda: signed(KEYS["RS256"], "RS256")[:-40],
    "nothing": lambda: "..",
}


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits")
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_what_is_not_good_is_refused(keys: Path, attack: Callable[[], str]) -> None:
    with pytest.raises(InvalidToken):
        checked(attack(), keys)


def test_an_unknown_role_is_told_apart(keys: Path) -> None:
    for role in ("king", ["admin"], 7):
        with pytest.raises(UnknownRole):
            checked(signed(KEYS["RS256"], "RS256", role=role), keys)


def test_without_a_provider_only_own_tokens_count_and_the_other_way_round(keys: Path) -> None:
    with pytest.raises(InvalidToken):
        checked(signed(KEYS["RS256"], "RS256"), None)
    with pytest.raises(InvalidToken):
        checked(token(), keys, own_tokens=False)
    assert checked(token(), keys).actor == "admin:ada"


def test_clocks_may_differ_a_little(keys: Path) -> None:
    late = signed(KEYS["RS256"], "RS256", exp=time.time() - 20)
    assert checked(late, keys).subject == "grace"
    with pytest.raises(InvalidToken, match="expired"):
        checked(late, keys, token_leeway=5)


def test_a_token_that_was_served_expires_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    authentication, given = Authentication(SECRET, Issuers()), token(days=1)
    assert asyncio.run(authentication.principal(given)).kind == "admin"
    tomorrow = time.time() + 86_400 + 31
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    with pytest.raises(InvalidToken, match="expired"):
        asyncio.run(authentication.principal(given))


def test_a_storefront_without_channels_acts_for_none() -> None:
    who = checked(token(Role.STOREFRONT), None)
    assert who.reach.channels == frozenset()
    assert checked(token(Role.STOREFRONT, channels=["web"]), None).reach.channels == {"web"}


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Provider:
    """Publishes keys over https, and counts how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.text, self.asked, self.status = public(KEYS), 0, 200
        client = httpx.AsyncClient
        monkeypatch.setattr(
            key_sets.httpx,
            "AsyncClient",
            lambda **given: client(transport=httpx.MockTransport(self.answer), **given),
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert str(request.url) == f"{ISSUER}/jwks"
        return httpx.Response(self.status, text=self.text)


async def test_keys_are_rotated_and_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, clock = Provider(monkeypatch), Clock()
    keys = KeySet(f"{ISSUER}/jwks", clock)
    await asyncio.gather(*[keys.key("RS256", "RS256") for _ in range(9)])
    assert provider.asked == 1, "those who come together ask once"
    provider.text = public({"RS256-new": OTHER})
    for _ in range(20):
        with pytest.raises(UnknownKey):
            await keys.key("RS256-new", "RS256")
    assert provider.asked == 1, "an unknown key is looked for at most once in a while"
    clock.now += INTERVAL
    assert (await keys.key("RS256-new", "RS256")).key_id == "RS256-new"
    with pytest.raises(UnknownKey):
        await keys.key("RS256", "RS256")
    assert provider.asked == 2


async def test_a_provider_that_is_away_takes_nobody_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider, clock = Provider(monkeypatch), Clock()
    keys = KeySet(f"{ISSUER}/jwks", clock)
    await keys.key("ES256", "ES256")
    clock.now += LIFETIME
    provider.status = 503
    assert (await keys.key("ES256", "ES256")).key_id == "ES256"
    await asyncio.sleep(0.01)
    provider.status, provider.text = 200, "<html>"
    clock.now += INTERVAL
    assert (await keys.key("ES256", "ES256")).key_id == "ES256"
    await asyncio.sleep(0.01)
    assert provider.asked == 3
    provider.text = public({"RS256": OTHER})
    clock.now += INTERVAL
    await keys.key("ES256", "ES256")  # the last time: others fetch meanwhile
    await asyncio.sleep(0.01)
    with pytest.raises(UnknownKey):
        await keys.key("ES256", "ES256")


async def test_a_token_s_key_is_looked_at_again(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuers = Issuers(jwks=str(keys), token_issuer=ISSUER)
    authentication, given = Authentication(SECRET, issuers), signed(KEYS["RS256"], "RS256")
    await authentication.principal(given)
    monkeypatch.setattr(authentication._keys, "_keys", {})
    assert (await authentication.principal(given)).subject == "grace"
    later = time.time() + RECHECKED
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(InvalidToken):
        await authentication.principal(given)


@pytest.mark.parametrize(
    "settings",
    [
        {"jwks": "http://id.example/jwks", "token_issuer": ISSUER},
        {"jwks": "/nowhere/jwks.json", "token_issuer": ISSUER},
        {"jwks": f"{ISSUER}/jwks"},
        {"own_tokens": False},
    ],
)
def test_settings_that_are_not_safe_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        Authentication(SECRET, Issuers(**settings))
