"""API keys are issued once, expire, and are revoked once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from tests.domain.kit import Story
from tests.domain.shop import NOW

from oms_core.api_keys.api_key import (
    ApiKey,
    ApiKeyAlreadyIssued,
    ApiKeyAlreadyRevoked,
    ApiKeyExpiresAtOnce,
    NoSuchApiKey,
    api_key_id,
)
from oms_core.api_keys.commands import IssueApiKey, RevokeApiKey
from oms_core.api_keys.events import ApiKeyIssued, ApiKeyRevoked

ERP = api_key_id("erp")
YEAR = NOW + timedelta(days=365)
FACTS: dict[str, Any] = {
    "name": "erp",
    "sha256": "0" * 64,
    "rights": ("READ_STOCK", "MANAGE_STOCK"),
    "channels": ("web",),
    "issued_at": NOW,
    "expires_at": YEAR,
}


def issue(**changed: Any) -> IssueApiKey:
    return IssueApiKey(**FACTS | changed)


def revoke(**changed: Any) -> RevokeApiKey:
    return RevokeApiKey(**{"name": "erp", "reason": "lost", "revoked_at": NOW} | changed)


def test_a_key_is_issued_and_shown_without_its_secret() -> None:
    story = Story().when(issue())
    story.then({ERP: [ApiKeyIssued(**FACTS)]})
    view = story.history.fold(ApiKey, ERP).view()
    assert (view.name, view.rights, view.channels) == ("erp", FACTS["rights"], ("web",))
    assert (view.expires_at, view.revoked_at, view.reason) == (YEAR, None, None)
    assert not hasattr(view, "sha256")


def test_a_key_is_issued_once() -> None:
    Story().after(issue()).when(issue(sha256="1" * 64)).refused(ApiKeyAlreadyIssued, field="name")


def test_a_key_lives_for_a_while() -> None:
    Story().when(issue(expires_at=NOW)).refused(ApiKeyExpiresAtOnce, field="expires_at")


def test_a_key_is_revoked_and_it_is_told_why() -> None:
    story = Story().after(issue()).when(revoke())
    story.then({ERP: [ApiKeyRevoked(reason="lost", revoked_at=NOW)]})
    view = story.history.fold(ApiKey, ERP).view()
    assert (view.revoked_at, view.reason) == (NOW, "lost")


def test_a_key_is_revoked_once() -> None:
    Story().after(issue(), revoke()).when(revoke()).refused(ApiKeyAlreadyRevoked, field="name")


def test_what_was_never_issued_can_not_be_revoked() -> None:
    Story().when(revoke()).refused(NoSuchApiKey, field="name")


@pytest.mark.parametrize(
    "wrong", [{"rights": ()}, {"sha256": "secret"}, {"name": "ERP 1"}, {"rights": ("R",) * 101}]
)
def test_a_key_without_rights_or_a_hash_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        issue(**wrong)
