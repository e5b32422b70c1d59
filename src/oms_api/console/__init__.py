"""A page to try the API with. It needs nothing from elsewhere: no network, no build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get

_HERE = Path(__file__).parent
_PAGE = (_HERE / "console.html").read_bytes()
_SCRIPT = (_HERE / "console.js").read_bytes()
_STYLE = (_HERE / "console.css").read_bytes()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}


def wanted(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser asks for the page, and not a client for an answer."""
    return "query" not in request.query_params and "text/html" in request.headers.get("accept", "")


def page() -> Response[bytes]:
    """Show the page. It holds no data; whoever runs a query needs a token."""
    return Response(_PAGE, media_type=MediaType.HTML, headers=_HEADERS)


@get("/console.js", sync_to_thread=False)
def script() -> Response[bytes]:
    """Give the page's script."""
    return Response(_SCRIPT, media_type="text/javascript; charset=utf-8", headers=_HEADERS)


@get("/console.css", sync_to_thread=False)
def style() -> Response[bytes]:
    """Give the page's style."""
    return Response(_STYLE, media_type="text/css; charset=utf-8", headers=_HEADERS)
