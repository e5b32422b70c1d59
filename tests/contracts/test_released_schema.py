"""Clients of the schema that was published last can go on with this one."""

from __future__ import annotations

from datetime import date

import pytest
from graphql import build_schema
from tests.contracts.api_reference import FOLDER, pages
from tests.contracts.released_schema import broken, released, undated

from oms_api.schema import SCHEMA

TODAY = date(2027, 1, 1)
BEFORE = """
type Query {
  kept(a: Int): Int
  old: Int @deprecated(reason: "Use kept. Removed on or after 2026-12-31.")
  older: Int @deprecated(reason: "Use kept. Removed on or after 2027-01-02.")
  size: Size
}
enum Size { S M L @deprecated(reason: "Use M. Removed on or after 2027-01-01.") }
input Wanted { a: Int }
"""


def test_nothing_that_was_published_is_missing_or_otherwise() -> None:
    assert broken(released(), SCHEMA, date.today()) == [], (  # noqa: DTZ011 - the day is enough
        'Clients of the published schema would break. Keep it, with `@deprecated(reason: "Use … .'
        ' Removed on or after <date>.")`, and take it out when that day has come. In a version that'
        " may break clients, publish the schema anew: `make publish`, and say so in CHANGELOG.md."
    )


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("kept(a: Int): Int", "", ["Query.kept"]),
        (
            "kept(a: Int): Int",
            "kept(a: Int, b: Int!): Int",
            ["Query.kept(b:)"],
        ),
        ("kept(a: Int): Int", "kept(a: Int, b: Int): Int! new: Int", []),
        ("input Wanted { a: Int }", "input Wanted { a: Int b: Int! }", ["Wanted.b"]),
        ("S M L", "S L", ["Size.M"]),
        ('L @deprecated(reason: "Use M. Removed on or after 2027-01-01.")', "", []),
        ('old: Int @deprecated(reason: "Use kept. Removed on or after 2026-12-31.")', "", []),
        (
            'older: Int @deprecated(reason: "Use kept. Removed on or after 2027-01-02.")',
            "",
            ["Query.older"],
        ),
    ],
)
def test_what_breaks_clients_is_seen(before: str, after: str, found: list[str]) -> None:
    assert before in BEFORE
    told = broken(build_schema(BEFORE), build_schema(BEFORE.replace(before, after)), TODAY)
    assert len(told) == len(found)
    assert all(b in a for a, b in zip(told, found, strict=True)), told


def test_what_is_deprecated_says_until_when_it_stays() -> None:
    assert undated(SCHEMA) == []
    assert undated(build_schema(BEFORE)) == []


@pytest.mark.parametrize("reason", ["Use kept.", "Use kept. Removed on or after 2027-13-01.", ""])
def test_a_deprecation_without_a_date_is_seen(reason: str) -> None:
    schema = build_schema(f'type Query {{ old(a: Int): Int @deprecated(reason: "{reason}") }}')
    assert undated(schema) == ["Query.old"]


def test_the_reference_is_current() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).read_text() == text, f"docs/api/{name}: run `make schema`"
