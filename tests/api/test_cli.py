"""The command line says what is wrong in one sentence, and never shows a traceback."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import jwt
import pytest
import typer
from tests.api.running import Running, oms

from oms_api import cli

NOBODY_LISTENS = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--prot", "1"], "No such option: --prot"),
        (["serve", "--port", "99999"], "Invalid value for '--port'"),
        (["serve", "--workers", "none"], "Invalid value for '--workers'"),
        (["token", "--role", "king"], "Invalid value for '--role'"),
        (["nonsense"], "No such command 'nonsense'"),
        (["import", "orders", "/nothing/there.csv"], "There is no file /nothing/there.csv"),
        (["stock", "reconcile", "/nothing/there.csv"], "There is no file /nothing/there.csv"),
        (["projections", "rebuild"], "--all"),
        (["projections", "rebuild", "nonsense"], "There is no projection nonsense"),
        (["migrate"], "The database can't be reached"),
        (["projections", "status"], "The database can't be reached"),
    ],
)
def test_what_can_not_be_done(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setenv("OMS_DATABASE_URL", NOBODY_LISTENS)
    monkeypatch.setattr(sys, "argv", ["oms", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr()
    assert end.value.code != 0
    assert told in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""


def test_serving_without_a_database() -> None:
    done = oms("serve", OMS_DATABASE_URL=NOBODY_LISTENS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database can't be reached")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_data_directory_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = oms("token", "--role", "admin", "--data-dir", str(tmp_path / "file" / "below"))
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_port_is_taken(server: Running, served_database: str) -> None:
    port = server.url.rsplit(":", 1)[1]
    done = oms("serve", "--port", port, OMS_DATABASE_URL=served_database)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 can't be used: Address already in use")


def test_a_token_and_its_secret(tmp_path: Path) -> None:
    made = [oms("token", "--role", "auditor", "--subject", "grace", cwd=tmp_path) for _ in "12"]
    secret = tmp_path / ".oms" / "token-secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    for done in made:
        claims = jwt.decode(done.stdout.strip(), secret.read_text(), ["HS256"], audience="oms")
        assert (claims["sub"], claims["role"]) == ("grace", "auditor")
        assert claims["exp"] - claims["iat"] == 30 * 24 * 3600


def test_a_secret_that_is_too_short() -> None:
    done = oms("token", "--role", "admin", OMS_TOKEN_SECRET="short")  # noqa: S106
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_projections_of_a_running_system(server: Running, served_database: str) -> None:
    assert server.url
    status = oms("projections", "status", OMS_DATABASE_URL=served_database)
    assert (status.returncode, "orders" in status.stdout) == (0, True)
    rebuilt = oms("projections", "rebuild", "orders", OMS_DATABASE_URL=served_database)
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")


def test_migrating_again_changes_nothing(served_database: str) -> None:
    done = oms("migrate", OMS_DATABASE_URL=served_database)
    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")


@pytest.mark.parametrize("module", sorted(set(cli.MODULES.values())))
def test_each_command_is_found_where_it_is(module: str) -> None:
    named = [command for command, place in cli.MODULES.items() if place == module]
    for command in named:
        assert typer.main.get_group(cli.app_for(command)).commands.keys() == set(named)
