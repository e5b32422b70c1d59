"""Whatever somebody with all rights does to the log is found, and named in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from tests.proof.conftest import STREAMS, append

from oms_core.runtime.connections import connect
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.proof.merkle import Frontier, leaf_hash
from oms_core.runtime.proof.notes import Checkpoint, opened, sign, stated
from oms_core.runtime.proof.sealing import LogWentBack, Sealer
from oms_core.runtime.proof.verifying import Verified, Verifier
from oms_core.runtime.proof.walking import Manipulated

Superuser = psycopg.Connection[Any]
ONE, TWO = STREAMS[0], STREAMS[1]

REHASH = """
UPDATE oms.events AS event
SET hash = sha256(convert_to(oms.event_record(event,
  (SELECT hash FROM oms.events AS before
   WHERE before.stream_id = event.stream_id AND before.version = event.version - 1)), 'UTF8'))
WHERE stream_id = %s AND version = %s
"""
"""What somebody does who knows how hashes are made."""


def rehash(superuser: Superuser, *versions: int) -> None:
    for version in versions:
        superuser.execute(REHASH, (ONE, version))


def test_an_untouched_log_is_in_order(log: Superuser, verifier: Verifier) -> None:
    assert verifier.run() == Verified(events=40, sealed=35, roots=2)


def test_every_part_of_the_log_can_be_verified_alone(log: Superuser, verifier: Verifier) -> None:
    [(first,), (last,)] = log.execute(
        "SELECT first_position FROM oms.sealed_leaves ORDER BY 1"
    ).fetchall()
    assert verifier.run(last=last - 1) == Verified(events=25, sealed=25, roots=1)
    assert verifier.run(first=last + 1) == Verified(events=15, sealed=10, roots=1)
    assert verifier.run(first=last, last=last).events == 10
    assert verifier.run(first=first, last=first).events == 25


CANONICAL = "(SELECT body::text FROM kept)"
CHANGES = [
    ("edits a body", "UPDATE oms.events SET body = '[99]' WHERE {at}"),
    ("edits spaces", "UPDATE oms.events SET body = (' ' || body)::json WHERE {at}"),
    ("edits who did it", "UPDATE oms.events SET actor = 'eve' WHERE {at}"),
    ("edits the topic", "UPDATE oms.events SET topic = 'tests.Other.v1' WHERE {at}"),
    ("edits why", "UPDATE oms.events SET causation_id = '' WHERE {at}"),
    ("edits with whom", "UPDATE oms.events SET correlation_id = gen_random_uuid() WHERE {at}"),
    ("dates back", "UPDATE oms.events SET occurred_at = occurred_at - interval '1 us' WHERE {at}"),
    ("knew earlier", "UPDATE oms.events SET recorded_at = recorded_at - interval '1 d' WHERE {at}"),
    ("edits the hash", "UPDATE oms.events SET hash = sha256('') WHERE {at}"),
]


def test_every_edit_is_found(log: Superuser, superuser: Superuser, verifier: Verifier) -> None:
    at = f"stream_id = '{ONE}' AND version = 3"
    superuser.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM oms.events WHERE {at}")
    for does, change in CHANGES:
        superuser.execute(change.format(at=at))
        same = f"SELECT count(*) FROM oms.events WHERE {at} AND body::text = ' ' || {CANONICAL}"
        if does == "edits spaces":  # the same JSON, and so the same canonical form
            assert superuser.execute(same).fetchone() == (1,)
            verifier.run()
        else:
            with pytest.raises(Manipulated, match=f"The event {ONE}/3 .*not what was recorded"):
                verifier.run()
        superuser.execute(f"DELETE FROM oms.events WHERE {at}")
        superuser.execute("INSERT INTO oms.events SELECT * FROM kept")
    verifier.run()


def test_an_edit_with_a_fitting_hash_is_found(
    log: Superuser, superuser: Superuser, verifier: Verifier
) -> None:
    superuser.execute(
        f"UPDATE oms.events SET actor = 'eve' WHERE stream_id = '{ONE}' AND version = 3"
    )
    rehash(superuser, 3)
    with pytest.raises(Manipulated, match=f"The event {ONE}/3 .*not what was sealed as number 3"):
        verifier.run()


def test_an_edit_of_what_is_not_sealed_breaks_the_chain(
    log: Superuser, superuser: Superuser, verifier: Verifier
) -> None:
    append(log, ONE, 9, 9)
    superuser.execute(
        f"UPDATE oms.events SET actor = 'eve' WHERE stream_id = '{ONE}' AND version = 8"
    )
    rehash(superuser, 8)
    with pytest.raises(Manipulated, match=f"The event {ONE}/9 .*not fit the hash"):
        verifier.run()


def test_a_deleted_event_is_found(log: Superuser, superuser: Superuser, verifier: Verifier) -> None:
    superuser.execute("DELETE FROM oms.events WHERE stream_id = %s AND version = 3", (TWO,))
    with pytest.raises(Manipulated, match=r"Before the event .* 1 that were sealed are missing"):
        verifier.run()


def test_the_deletion_of_a_whole_stream_is_found(
    log: Superuser, superuser: Superuser, verifier: Verifier
) -> None:
    superuser.execute("DELETE FROM oms.events WHERE stream_id = %s", (TWO,))
    with pytest.raises(Manipulated, match=r"Before the event .* 3 that were sealed are missing"):
        verifier.run()


def test_a_deleted_event_that_is_not_sealed_is_missed_by_the_next(
    log: Superuser, superuser: Superuser, verifier: Verifier
) -> None:
    append(log, ONE, 9, 9)
    superuser.execute("DELETE FROM oms.events WHERE stream_id = %s AND version = 8", (ONE,))
    with pytest.raises(Manipulated, match=f"The event {ONE}/8 is missing before the event {ONE}/9"):
        verifier.run()


@pytest.mark.parametrize("clever", [False, True])
def test_two_events_that_change_places_are_found(
    log: Superuser, superuser: Superuser, verifier: Verifier, *, clever: bool
) -> None:
    superuser.execute(
        "UPDATE oms.events AS one SET position = other.position FROM oms.events AS other"
        " WHERE one.version = 5 AND other.version = 5 AND one.stream_id IN (%s, %s)"
        " AND other.stream_id IN (%s, %s) AND one.stream_id <> other.stream_id",
        (ONE, TWO, ONE, TWO),
    )
    if clever:
        superuser.execute(REHASH, (ONE, 5))
        superuser.execute(REHASH, (TWO, 5))
    found = "not what was sealed" if clever else "not what was recorded"
    with pytest.raises(Manipulated, match=f"The event ({ONE}|{TWO})/5 .*{found}"):
        verifier.run()


@pytest.mark.parametrize("sealed", [True, False])
def test_an_event_that_is_put_in_is_found(
    log: Superuser, superuser: Superuser, verifier: Verifier, *, sealed: bool
) -> None:
    """Between others of a sealed part, or dated back: after the root it is an event like any."""
    superuser.execute(
        "INSERT INTO oms.events SELECT (jsonb_populate_record(event, jsonb_build_object("
        " 'stream_id', gen_random_uuid(), 'position', position + 100))).*"
        " FROM oms.events AS event WHERE stream_id = %s AND version = %s",
        (ONE, 1 if sealed else 8),
    )
    with pytest.raises(Manipulated, match=r"not what was recorded|is missing before"):
        verifier.run()
    if sealed:
        superuser.execute(
            "UPDATE oms.events AS event SET hash = sha256(convert_to(oms.event_record(event, NULL),"
            " 'UTF8')) WHERE version = 1 AND position % 1024 = 101"
        )
        with pytest.raises(Manipulated, match="not what was sealed as number 4"):
            verifier.run()


def test_events_cut_off_at_the_end_are_found(
    log: Superuser, superuser: Superuser, verifier: Verifier
) -> None:
    superuser.execute("DELETE FROM oms.events WHERE version >= 7")
    with pytest.raises(Manipulated, match=r"Before the event|The log ends after"):
        verifier.run()
    superuser.execute("DELETE FROM oms.events WHERE version >= 6")
    with pytest.raises(Manipulated, match="ends after 25 events, but 35 were sealed"):
        verifier.run()


def forget(superuser: Superuser, size: int) -> None:
    """Cut the log back to where a root stood, with all that speaks of the rest."""
    position = "(SELECT position FROM oms.signed_roots WHERE size = 25)"
    superuser.execute(f"DELETE FROM oms.events WHERE position > {position}")
    superuser.execute("DELETE FROM oms.sealed_leaves WHERE first_index >= %s", (size,))
    superuser.execute("DELETE FROM oms.signed_roots WHERE size > %s", (size,))


def test_a_log_cut_back_with_its_roots_is_found_by_a_root_kept_elsewhere(
    log: Superuser, superuser: Superuser, verifier: Verifier, database_url: str, keys: KeyFolder
) -> None:
    [kept] = log.execute("SELECT note FROM oms.signed_roots WHERE size = 35").fetchone() or ()
    forget(superuser, 25)
    assert verifier.run().events == 25
    with (
        connect(database_url, name="test") as spare,
        pytest.raises(Manipulated, match="covers 35 events, but only 25 are sealed here"),
    ):
        Verifier(log, spare, keys.trusted(), [kept]).run()
    with pytest.raises(LogWentBack, match="covers 25 events, but one over 35 was signed here"):
        Sealer(log, keys).seal()


def rewritten(superuser: Superuser, sign_root: Callable[[Checkpoint], str]) -> None:
    """Change the first event, then make everything that follows from it fit again."""
    superuser.execute(
        f"UPDATE oms.events SET actor = 'eve' WHERE stream_id = '{ONE}' AND version = 1"
    )
    rehash(superuser, *range(1, 9))
    hashes = [row[0] for row in superuser.execute("SELECT hash FROM oms.events ORDER BY position")]
    for first, size in ((0, 25), (25, 35)):
        frontier = Frontier()
        for digest in hashes[:size]:
            frontier.append(leaf_hash(digest))
        leaves = b"".join(leaf_hash(digest) for digest in hashes[first:size])
        superuser.execute(
            "UPDATE oms.sealed_leaves SET hashes = %s WHERE first_index = %s", (leaves, first)
        )
        query = "SELECT note FROM oms.signed_roots WHERE size = %s"
        [note] = superuser.execute(query, (size,)).fetchone() or ()
        superuser.execute(
            "UPDATE oms.signed_roots SET root = %s, note = %s WHERE size = %s",
            (frontier.root(), sign_root(replace(stated(note), root=frontier.root())), size),
        )


def test_a_history_rewritten_with_another_key_is_found(
    log: Superuser, superuser: Superuser, verifier: Verifier, tmp_path: Any
) -> None:
    other = KeyFolder(tmp_path / "eve").signer()
    rewritten(superuser, lambda root: sign(root.text(), other))
    superuser.execute("INSERT INTO oms.signing_keys VALUES (%s)", (other.verifier,))
    with pytest.raises(Manipulated, match="root over 25 events can't be trusted: It is not signed"):
        verifier.run()


def test_a_history_rewritten_with_a_stolen_key_is_found_by_a_root_kept_elsewhere(
    log: Superuser, superuser: Superuser, verifier: Verifier, database_url: str, keys: KeyFolder
) -> None:
    [kept] = log.execute("SELECT note FROM oms.signed_roots WHERE size = 25").fetchone() or ()
    rewritten(superuser, lambda root: sign(root.text(), keys.signer()))
    assert verifier.run().roots == 2
    with (
        connect(database_url, name="test") as spare,
        pytest.raises(Manipulated, match="over 25 events is not that of these events"),
    ):
        Verifier(log, spare, keys.trusted(), [kept]).run()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE oms.signed_roots SET root = sha256('') WHERE size = 25", "not what its note says"),
        (
            "UPDATE oms.signed_roots SET note = replace(note, E'\\n25\\n', E'\\n24\\n')",
            "not fit the",
        ),
        ("UPDATE oms.signed_roots SET note = ''", "A signed root can't be trusted: It is no"),
        (
            "UPDATE oms.sealed_leaves SET hashes = sha256('') || substr(hashes, 33)",
            "sealed as numb",
        ),
        (
            "DELETE FROM oms.sealed_leaves WHERE first_index = 25",
            "leaf of event number 26 is missi",
        ),
    ],
)
def test_a_changed_seal_is_found(
    log: Superuser, superuser: Superuser, verifier: Verifier, change: str, found: str
) -> None:
    superuser.execute(change)
    with pytest.raises(Manipulated, match=found):
        verifier.run()


def test_what_is_sealed_is_never_changed_by_others(log: Superuser, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        for table in ("sealed_leaves", "sealed_subtrees", "signing_keys", "signed_roots"):
            for change in ("DELETE FROM", "TRUNCATE"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changed"):
                    owner.execute(f"{change} oms.{table}")


def test_a_signed_root_opens_with_its_key_only(log: Superuser, keys: KeyFolder) -> None:
    [note] = log.execute("SELECT note FROM oms.signed_roots WHERE size = 35").fetchone() or ()
    assert Checkpoint.read(opened(note, keys.trusted())) == stated(note)
    assert stated(note).size == 35
