"""The process that keeps the read tables, runs the processes and seals the log.

`python -m oms_api.read_side`, started by the supervisor.
"""

from __future__ import annotations

from oms_api import lifeline, logs
from oms_api.edge import Edge
from oms_core.runtime.errors import SetupError
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.settings import Settings
from oms_projections import runner


def main() -> None:
    """Run until SIGTERM."""
    logs.configure()
    lifeline.hold()
    settings = Settings()
    if settings.database_url is None:
        raise SetupError("The read side needs OMS_DATABASE_URL; `oms serve` sets it.")
    seals = runner.Seals(KeyFolder(settings.data_dir), settings.seal_seconds)
    with Edge().tracing():
        runner.main(settings.database_url, seals)


if __name__ == "__main__":
    main()
