"""One API worker process: `python -m oms_api.worker HOST PORT`, started by the supervisor.

Workers share the port; the kernel spreads the connections over them.
"""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from oms_api import lifeline, logs, tokens
from oms_api.app import create_app
from oms_api.authentication import Authentication, Issuers
from oms_api.budget import BudgetSettings
from oms_api.edge import Edge
from oms_api.limits import Limits
from oms_api.tracking_secrets import Tracking
from oms_core.runtime.errors import SetupError
from oms_core.runtime.garbage import WAITED_FOR, look_less_often
from oms_core.runtime.proof.keys import KeyFolder
from oms_core.runtime.settings import Settings

LEAVE_SECONDS = 3.0


async def serve(host: str, port: int) -> None:
    """Serve until SIGTERM; requests that are on their way are finished. Raises `SetupError`."""
    settings = Settings()
    if settings.database_url is None:
        raise SetupError("A worker needs OMS_DATABASE_URL; `oms serve` sets it.")
    secret = tokens.secret(settings)
    edge = Edge()
    app = create_app(
        settings.database_url,
        KeyFolder(settings.data_dir),
        Limits(),
        edge,
        budgets=BudgetSettings(),
        authentication=Authentication(secret, Issuers()),
        tracking=Tracking(settings.tracking_secret or secret),
    )
    look_less_often(WAITED_FOR)
    with edge.traced(app) as served:
        server = Server(
            served, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False
        )
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, stop.set)
        leaving = asyncio.create_task(_leave(app, server, stop))
        await server.serve()
        leaving.cancel()


async def _leave(app: Litestar, server: Server, stop: asyncio.Event) -> None:
    """Once asked to, send subscribers elsewhere, then stop when all requests are answered."""
    await stop.wait()
    await app.state.seats.leave(LEAVE_SECONDS)
    server.stop()  # type: ignore[no-untyped-call]


def main() -> None:
    """Run the worker."""
    logs.configure()
    lifeline.hold()
    host, port = sys.argv[1:]
    uvloop.run(serve(host, int(port)))


if __name__ == "__main__":
    main()
