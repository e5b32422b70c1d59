"""The process that keeps the read tables and runs the fulfillment process.

`python -m oms_api.read_side`, started by the supervisor.
"""

from __future__ import annotations

from oms_api import lifeline, logs
from oms_core.runtime.errors import SetupError
from oms_core.runtime.settings import Settings
from oms_projections import runner


def main() -> None:
    """Run until SIGTERM."""
    logs.configure()
    lifeline.hold()
    settings = Settings()
    if settings.database_url is None:
        raise SetupError("The read side needs OMS_DATABASE_URL; `oms serve` sets it.")
    runner.main(settings.database_url)


if __name__ == "__main__":
    main()
