"""Static files: the explorer, the demo page, the widget and their assets."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from service.problems import ServiceError

router = APIRouter(tags=["look"])
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_PAGES = {"/": "explorer.html", "/demo": "demo.html"}


@router.get("/", include_in_schema=False)
@router.get("/demo", include_in_schema=False)
async def page(request: Request) -> Response:
    """Serve the explorer or the demo page of the widget."""
    return serve_file(request, _PAGES[request.url.path])


@router.get("/widget.js", include_in_schema=False)
async def widget(request: Request) -> Response:
    """Serve the widget to pages of any origin."""
    for_all = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
    return serve_file(request, "widget.js", for_all)


@router.get("/static/{name}", include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """Serve an asset of the pages."""
    return serve_file(request, name)


def serve_file(request: Request, name: str, headers: dict[str, str] | None = None) -> Response:
    """Serve a file of `static/`, or 304 if the client has it."""
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix not in _TYPES or name not in _static_names():
        raise ServiceError("no-such-page", "page not found")
    content, etag = _read_static(name)
    headers = {"ETag": etag, **(headers or {"Cache-Control": "no-cache"})}
    if etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(content, 200, headers, _TYPES[suffix])


@cache
def _static_names() -> frozenset[str]:
    return frozenset(entry.name for entry in (files("service") / "static").iterdir())


@cache
def _read_static(name: str) -> tuple[bytes, str]:
    content = (files("service") / "static" / name).read_bytes()
    return content, f'"{hashlib.blake2b(content, digest_size=9).hexdigest()}"'
