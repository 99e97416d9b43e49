"""Static files: the explorer, the overview, the demo page, the widget and their assets."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.assets import find_asset
from service.etag_cache import is_known
from service.problems import ServiceError

router = APIRouter(tags=["look"])
_PAGES = {"/": "explorer.html", "/demo": "demo.html", "/overview": "overview.html", "/docs": "docs.html"}
_A_YEAR = "public, max-age=31536000, immutable"


@router.get("/", include_in_schema=False)
@router.get("/demo", include_in_schema=False)
@router.get("/overview", include_in_schema=False)
@router.get("/docs", include_in_schema=False)
async def page(request: Request) -> Response:
    """Serve the explorer, the demo page of the widget, the overview, or the documentation of the API."""
    return serve_file(request, _PAGES[request.url.path])


@router.get("/widget.js", include_in_schema=False)
async def widget(request: Request) -> Response:
    """Serve the widget to pages of any origin."""
    for_all = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
    return serve_file(request, "widget.js", for_all)


@router.get("/static/{name}", include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """Serve a script or the styles of a page."""
    return serve_file(request, name)


def serve_file(request: Request, name: str, headers: dict[str, str] | None = None) -> Response:
    """Serve an asset, or 304 if the client has it."""
    asset = find_asset(name)
    if asset is None:
        raise ServiceError("no-such-page", "page not found")
    cached = {"Cache-Control": _A_YEAR if asset.is_named_by_content else "no-cache"}
    headers = {"ETag": asset.etag, **(headers or cached)}
    if is_known(request.headers.get("if-none-match", ""), asset.etag):
        return Response(None, 304, headers)
    return Response(asset.content, 200, headers, asset.media_type)
