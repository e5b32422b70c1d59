"""GraphiQL, the reference console for GraphQL, without the internet. Set-up fetches its files.

See `fetching`. Where they are missing, the console at `/graphql` is still there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from litestar import MediaType, Response, get
from litestar.params import FromPath

from oms_api.examples import examples

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
MISSING = (
    b"GraphiQL was not fetched: run `make graphiql`, which needs npm. The console is at /graphql.\n"
)

# GraphiQL's editor writes styles into the page, and its fonts are part of its style sheet.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:;"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
_FILES = {
    "page.js": (HERE / "page.js", "text/javascript; charset=utf-8"),
    "page.css": (HERE / "page.css", "text/css; charset=utf-8"),
    "react.js": (VENDOR / "react.js", "text/javascript; charset=utf-8"),
    "react-dom.js": (VENDOR / "react-dom.js", "text/javascript; charset=utf-8"),
    "graphiql.js": (VENDOR / "graphiql.js", "text/javascript; charset=utf-8"),
    "graphiql.css": (VENDOR / "graphiql.css", "text/css; charset=utf-8"),
}


@get("/graphiql", sync_to_thread=False)
def page() -> Response[bytes]:
    """Show the page. It holds no data; whoever runs a query needs a token."""
    if not is_there():
        return Response(MISSING, status_code=404, media_type=MediaType.TEXT)
    body = _read(HERE / "page.html")
    return Response(body, media_type=MediaType.HTML, headers=_HEADERS)


@get("/graphiql/{name:str}", sync_to_thread=False)
def part(name: FromPath[str]) -> Response[bytes]:
    """Give a file of the page."""
    path, kind = _FILES.get(name, (None, ""))
    if name == "examples.json":
        return Response(_examples(), media_type=MediaType.JSON, headers=_HEADERS)
    if path is None or not path.exists():
        return Response(b"", status_code=404, media_type=MediaType.TEXT)
    return Response(_read(path), media_type=kind, headers=_HEADERS)


def is_there() -> bool:
    """Tell whether GraphiQL was fetched."""
    return (VENDOR / "graphiql.js").exists()


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _examples() -> bytes:
    names = ("title", "about", "document", "variables", "keeps")
    shown: list[dict[str, Any]] = [
        {name: getattr(example, name) for name in names} for example in examples()
    ]
    return orjson.dumps(shown)
