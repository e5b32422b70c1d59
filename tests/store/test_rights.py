"""What happened is never changed: the database refuses it, to the application and to the owner."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg_pool import ConnectionPool


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


_APPEND_ONLY = ["oms.events", "oms.command_keys"]
_CHANGES = ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"]


@pytest.mark.parametrize("table", _APPEND_ONLY)
@pytest.mark.parametrize("change", _CHANGES)
def test_neither_the_application_nor_the_owner_changes_what_happened(
    pool: ConnectionPool, owner: psycopg.Connection, change: str, table: str
) -> None:
    with (
        pool.connection() as application,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for table"),
    ):
        application.execute(change.format(table))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="what happened is never chang"):
        owner.execute(change.format(table))


def test_the_application_has_no_more_rights_than_it_needs(owner: psycopg.Connection) -> None:
    granted = owner.execute(
        "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
        " FROM information_schema.role_table_grants"
        " WHERE grantee = 'oms_app' AND table_schema = 'oms' GROUP BY table_name"
    )
    assert dict(granted.fetchall()) == {
        "events": "INSERT SELECT",
        "command_keys": "INSERT SELECT",
        "refused_steps": "INSERT SELECT",
        "refused_news": "DELETE INSERT SELECT UPDATE",
        "snapshots": "DELETE INSERT SELECT",
        "subject_keys": "INSERT SELECT UPDATE",
        "erasures": "INSERT SELECT",
        "access_log": "INSERT SELECT",
        "api_key_uses": "INSERT SELECT UPDATE",
        "budgets": "DELETE INSERT SELECT UPDATE",
        "erased_streams": "INSERT SELECT UPDATE",
        "plain_text": "SELECT",
        "stock_balances": "SELECT",
        "bookmarks": "DELETE INSERT SELECT UPDATE",
        "failures": "DELETE INSERT SELECT UPDATE",
        "projections": "DELETE INSERT SELECT UPDATE",
        "position_base": "SELECT",
        "timers": "DELETE INSERT SELECT UPDATE",
        "clock": "SELECT",
        "sealed_leaves": "INSERT SELECT",
        "sealed_subtrees": "INSERT SELECT",
        "signing_keys": "INSERT SELECT",
        "signed_roots": "INSERT SELECT",
    }
