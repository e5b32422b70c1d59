"""A whole running system for a benchmark: API workers, projections and process on one database."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

from oms_api import tokens
from oms_api.rights.roles import Role

SECRET = "a secret for benchmarks, long enough"  # noqa: S105
_BUDGET = {"OMS_BUDGET": "1000000000", "OMS_BUDGET_PER_SECOND": "1000000000"}
"""A benchmark is one client that asks for all there is: its budget is kept, and never used up."""


@contextlib.contextmanager
def serving(database_url: str, workers: int) -> Iterator[tuple[str, int, str]]:
    """Run `oms serve`; gives host, port and a token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "oms_api", "serve", "--port", "0", "--workers", str(workers)],
        env=os.environ | _BUDGET | {"OMS_DATABASE_URL": database_url, "OMS_TOKEN_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.search(r"http://([\w.]+):(\d+)", process.stdout.readline())
    assert found is not None, "the server did not start"
    try:
        yield found[1], int(found[2]), tokens.issue(SECRET, Role.ADMIN, "bench", days=1)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
