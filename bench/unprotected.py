"""A worker whose edge lets everybody do everything: the floor that protection is measured against.

`python -m bench.unprotected HOST PORT`. What is taken away is named here, nowhere in the product:
who asks and what they may, the look into a document before and after it is read, the budget, the
end in time, the note of who saw whom, and the headers for browsers.
"""

from __future__ import annotations

import contextlib
from typing import Any

from graphql import DocumentNode

from oms_api import app, documents, executing, graphql_http, worker
from oms_api.access_log import AccessLog
from oms_api.edge import Edge
from oms_api.rights.needs import Needs
from oms_api.rights.principal import Principal, with_role
from oms_api.rights.roles import Role

ANYBODY = with_role("anybody", Role.ADMIN)


async def _anybody(*_: object) -> Principal:
    return ANYBODY


async def _not_noted(*_: object) -> None:
    return None


async def _as_it_is(*_: object) -> None:
    return None


class _WithoutEnd:
    """Stands for `asyncio` in the module that executes documents."""

    TimeoutError = TimeoutError

    @staticmethod
    @contextlib.asynccontextmanager
    async def timeout(_seconds: float) -> Any:
        yield


def _never(_document: DocumentNode) -> None:
    return None


def let_everybody_in() -> None:
    """Take protection away from this process."""
    replaced: dict[Any, dict[str, object]] = {
        app: {"authenticated": _anybody},
        documents: {"over_limit": _never},
        executing: {"asyncio": _WithoutEnd, "begin": lambda _reach: None},
        graphql_http: {"refuse_nul": lambda _text: None},
        Needs: {"refused": lambda *_: []},
        AccessLog: {"note": _not_noted},
        Edge: {"add_headers": _as_it_is},
    }
    for place, names in replaced.items():
        for name, instead in names.items():
            getattr(place, name)  # whatever is not there any more must not stay unnoticed
            setattr(place, name, instead)


if __name__ == "__main__":
    let_everybody_in()
    worker.main()
