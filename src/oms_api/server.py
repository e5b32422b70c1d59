"""The supervisor: a database, API workers and the read side, as one thing that starts and stops."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import httpx
import structlog

from oms_api import metrics, tokens
from oms_api.authentication import Issuers
from oms_api.budget import BudgetSettings
from oms_api.edge import Edge
from oms_api.limits import Limits
from oms_api.persisted import trusted
from oms_core.runtime.connections import connect
from oms_core.runtime.embedded import database
from oms_core.runtime.errors import SetupError
from oms_core.runtime.migrations import migrate
from oms_core.runtime.privacy.custody import FileCustodian, entrust
from oms_core.runtime.settings import Settings
from oms_projections.all import KINDS
from oms_projections.rebuild import install

log = structlog.get_logger(__name__)

START_SECONDS = 60.0
DRAIN_SECONDS = 30.0
LOOK_SECONDS = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a child that died is started again; doubled while it keeps dying early."""

SETTLED_SECONDS = 60.0


class Child:
    """A process that is started again when it dies. It dies with us: we hold its standard input."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._arguments = arguments
        self._environment = environment
        self._pause = FIRST_PAUSE
        self._due = 0.0
        self.deaths = 0
        self.start()

    def start(self) -> None:
        """Start the process, in a session of its own: Ctrl-C is for the supervisor alone."""
        self._started = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *self._arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def look_after(self) -> None:
        """Start the process again, after a pause, when it has died."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            status = self._process.returncode
            if now - self._started > SETTLED_SECONDS:
                self._pause = FIRST_PAUSE
            self.deaths += 1
            log.error("a process died", module=self._arguments[0], status=status)
            self._due, self._process = now + self._pause, None
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        elif self._process is None and now >= self._due:
            self.start()

    def ask_to_stop(self) -> None:
        """Ask the process to finish what it is doing and end."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for the end, and enforce it when the time is over."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(until - time.monotonic(), 0))
        if self._process.poll() is None:
            log.error("a process did not stop in time", module=self._arguments[0])
            self._process.kill()
            self._process.wait()


class Children:
    """All child processes, looked after by a thread from `start` to `stop`."""

    def __init__(self, commands: list[list[str]], environment: dict[str, str]) -> None:
        self._children = [Child(command, environment) for command in commands]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="supervisor", daemon=True)
        self._thread.start()

    def _look_after(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            for child in self._children:
                child.look_after()

    @property
    def deaths(self) -> int:
        """How often one of them has died."""
        return sum(child.deaths for child in self._children)

    def stop(self) -> None:
        """Let every process finish what it is doing; one that takes too long is killed."""
        self._stopping.set()
        self._thread.join()
        for child in self._children:
            child.ask_to_stop()
        until = time.monotonic() + DRAIN_SECONDS
        for child in self._children:
            child.wait(until)


@contextlib.contextmanager
def serving(settings: Settings, host: str, port: int, workers: int) -> Iterator[str]:
    """Serve, and give the URL as soon as it answers. Raises `SetupError`.

    At the end requests on their way are finished, and the embedded Postgres is stopped.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    port = _free(host, port)
    trusted(Limits().trusted_documents)  # a wrong setting is told before anything starts
    Edge()
    BudgetSettings()
    Issuers().key_set()
    entrust(FileCustodian(settings.master_keys))
    with database(settings) as url, tempfile.TemporaryDirectory(prefix="oms-metrics-") as figures:
        migrate(url)
        _install_projections(url)
        environment = os.environ | {
            "OMS_DATABASE_URL": url,
            "OMS_DATA_DIR": str(settings.data_dir),
            "OMS_TOKEN_SECRET": tokens.secret(settings),
            metrics.DIRECTORY: figures,
        }
        worker = ["oms_api.worker", host, str(port)]
        children = Children([["oms_api.read_side"], *[worker] * workers], environment)
        try:
            address = f"http://{_shown(host)}:{port}"
            _wait_until_live(address, children)
            yield address
        finally:
            for again in (signal.SIGINT, signal.SIGTERM):
                signal.signal(again, signal.SIG_IGN)
            children.stop()


def wait_for_signal() -> None:
    """Wait until this process is asked to stop: by Ctrl-C or SIGTERM."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


def _install_projections(url: str) -> None:
    """Make the read tables before anybody asks for them; a changed one is built anew."""
    with connect(url, name="oms serve") as connection:
        for kind in KINDS.values():
            install(connection, kind())


def _free(host: str, port: int) -> int:
    """Check that nobody else listens there; the workers share a port and would not notice.

    Port 0 stands for any free one.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise SetupError(
            f"Port {port} on {host} can't be used: {reason}. Choose another with --port."
        ) from None


def _shown(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]" if ":" in host else host


def _wait_until_live(address: str, children: Children) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and not children.deaths:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/health/live", timeout=1.0, trust_env=False).is_success:
                return
        time.sleep(0.05)
    raise SetupError("The server did not start. The lines above tell why.")
