"""The Postgres that comes along survives what happens to processes, and says what is wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from oms_core.runtime.embedded import PROGRAMS, database, embedded, running, start, stop
from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings

_DIE = """
import os, signal, sys
from pathlib import Path
from oms_core.runtime.embedded import start
print(start(Path(sys.argv[1])), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory whose path is too long for a socket, with a server and one durable row."""
    folder = tmp_path_factory.mktemp("long") / ("p" * 100)
    with embedded(folder) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE TABLE kept AS SELECT 1 AS row")
        yield folder


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _kept(url: str) -> bool:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT row FROM kept").fetchall() == [(1,)]


def test_it_is_tuned_but_durable(data_dir: Path) -> None:
    with psycopg.connect(start(data_dir)) as conn:
        shown = {
            name: conn.execute(f"SHOW {name}").fetchall()[0][0]
            for name in ("fsync", "synchronous_commit", "full_page_writes", "max_connections")
        }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "200",
    }


def test_a_server_whose_owner_was_killed_is_taken_over(data_dir: Path) -> None:
    stop(data_dir)
    owner = subprocess.run(
        [sys.executable, "-c", _DIE, data_dir], check=False, capture_output=True, text=True
    )
    assert owner.returncode == -signal.SIGKILL
    left_behind = _postmaster(data_dir)
    assert start(data_dir) == owner.stdout.strip()
    assert _postmaster(data_dir) == left_behind


def test_a_server_that_was_killed_itself_is_started_again(data_dir: Path) -> None:
    killed = _postmaster(data_dir)
    os.kill(killed, signal.SIGKILL)
    assert _kept(start(data_dir))
    assert _postmaster(data_dir) != killed


def test_a_server_that_still_recovers_is_waited_for(data_dir: Path) -> None:
    """A recovery from an archive that takes its time stands for a long log after a crash."""
    stop(data_dir)
    folder = data_dir / "postgres"
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write("hot_standby = off\nrestore_command = 'sleep 1; false'\n")
    (folder / "recovery.signal").touch()
    with tempfile.TemporaryDirectory() as sockets:
        Path(sockets).chmod(0o777)
        options = ["-D", folder, "-W", "-l", folder / "log", "-o", f"-h '' -k {sockets}"]
        subprocess.run(
            [PROGRAMS / "pg_ctl", *options, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            user="embedded_postgres" if os.geteuid() == 0 else None,
        )
        assert _kept(start(data_dir))
        stop(data_dir)
    assert "starting archive recovery" in (folder / "log").read_text()
    assert _kept(start(data_dir))


def test_a_process_id_that_another_program_has_now_is_no_server(data_dir: Path) -> None:
    mark = data_dir / "postgres" / "postmaster.pid"
    lines = mark.read_text().splitlines()
    stop(data_dir)
    mark.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert _kept(start(data_dir))
    assert _postmaster(data_dir) != os.getpid()


def test_a_child_that_ends_leaves_the_server_running(data_dir: Path) -> None:
    start(data_dir)
    child = multiprocessing.get_context("spawn").Process(target=start, args=(data_dir,))
    child.start()
    child.join()
    assert child.exitcode == 0
    url = running(data_dir)
    assert url is not None
    assert _kept(url)


def test_whoever_starts_it_stops_it(tmp_path: Path) -> None:
    with database(Settings(data_dir=tmp_path)) as url:
        assert running(tmp_path) == url
    assert running(tmp_path) is None


def test_a_server_that_cannot_start_says_where_to_look(tmp_path: Path) -> None:
    with embedded(tmp_path):
        pass
    (tmp_path / "postgres" / "oms.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(SetupError, match=r"does not start: pg_ctl failed\. See .*/postgres/log"):
        start(tmp_path)


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"file/data can't be made: Not a directory\. Name"):
        start(tmp_path / "file" / "data")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody:secret@127.0.0.1:1/none",
        "postgresql://nobody:secret@127.0.0.1:1/none?colour=blue",
        "mysql://here",
    ],
)
def test_a_database_that_is_not_there_is_one_sentence(url: str) -> None:
    with (
        pytest.raises(SetupError, match=r"can't be reached: .+ Check OMS_DATABASE_URL") as caught,
        database(Settings(database_url=url)),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
