"""What an editor looks at: search, map, pages."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from recommender.article import Article
from recommender.recommend import Recommender
from service.answering import reject_unknown
from service.problems import ServiceError
from service.routes import ALWAYS, INTERNAL, EngineOf, problems
from service.schemas import Found, Map

router = APIRouter(tags=["look"])
MAX_RESULTS = 50
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_PAGES = {"/": "explorer.html", "/demo": "demo.html"}


@router.get(
    "/v1/search",
    operation_id="searchArticles",
    summary="Stored articles that have the words of a query",
    response_model=Found,
    responses=problems(*ALWAYS, *INTERNAL),
)
async def search(
    request: Request,
    engine: EngineOf,
    q: Annotated[
        str, Query(min_length=1, max_length=500, description="Words, an id or a webUrl.", examples=["clearview"])
    ],
    limit: Annotated[int, Query(ge=1, le=MAX_RESULTS, description="How many at most.")] = 10,
) -> Response:
    """By words alone, so that the model is not needed; an id or a webUrl finds its article."""
    reject_unknown(request, "q", "limit")
    body = await engine.read_aside(lambda recommender: _search(recommender, q, limit))
    return _json(body)


def _search(recommender: Recommender, query: str, limit: int) -> dict[str, Any]:
    with recommender.collection.reading() as view:
        revision, dimension = view.revision, view.encoding.dimension
        named = view.rows_of(query)[:limit]
        ids = [view.article_id(row) for row in named]
        if not ids and query.strip():
            vector = np.zeros(dimension, dtype=np.float32)
            profile = view.profile_of(Article(title=query.strip()), vector)
            rows = view.candidates(profile, max(50, limit), dense=False)
            from recommender.ranking.features import FEATURES, pair_features

            features = pair_features(profile, view, rows)
            scores = features[:, [FEATURES.index("title"), FEATURES.index("text")]].sum(axis=1).astype(np.float64)
            best = [place for place in view.ordered(rows, scores, limit).tolist() if scores[place] > 0]
            ids = [view.article_id(int(rows[place])) for place in best]
        stored = [recommender.collection.database.get(article_id) for article_id in ids]
    results = [
        {"id": found.article_id, "title": found.article.title, "webUrl": found.article.web_url}
        for found in stored
        if found
    ]
    return {"query": query, "results": results, "revision": revision}


@router.get(
    "/v1/map",
    operation_id="drawMap",
    summary="The collection's articles on a plane",
    response_model=Map,
    responses=problems(*ALWAYS, *INTERNAL),
)
async def draw_map(
    request: Request,
    engine: EngineOf,
    include: Annotated[list[str], Query(max_length=200, description="Ids that must be on it.")] = [],  # noqa: B006
) -> Response:
    """Near on the map is near in meaning, roughly: two dimensions of many. `topic` is a place in `topics`, or -1."""
    reject_unknown(request, "include")
    cartographer = request.app.state.cartographer
    return _json(await engine.read_aside(lambda recommender: cartographer.draw(recommender, include)))


def _json(value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(body, 200, {"Cache-Control": "no-cache"}, "application/json")


# Pages: files of this package, nothing of which is made when they are asked for.


@router.get("/", include_in_schema=False)
@router.get("/demo", include_in_schema=False)
async def page(request: Request) -> Response:
    """The explorer, and a page that shows the widget."""
    return serve_file(request, _PAGES[request.url.path])


@router.get("/widget.js", include_in_schema=False)
async def widget(request: Request) -> Response:
    """The widget, for pages of any site."""
    for_all = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600"}
    return serve_file(request, "widget.js", for_all)


@router.get("/static/{name}", include_in_schema=False)
async def static(request: Request, name: str) -> Response:
    """What the pages need."""
    return serve_file(request, name)


def serve_file(request: Request, name: str, headers: dict[str, str] | None = None) -> Response:
    """A file of the package, or a 304 to who has it."""
    suffix = name[name.rfind(".") :] if "." in name else ""
    if suffix not in _TYPES or "/" in name or name.startswith("."):
        raise ServiceError("no-such-page", "there is no such page")
    content, etag = _read_static(name)
    headers = {"ETag": etag, **(headers or {"Cache-Control": "no-cache"})}
    if etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(content, 200, headers, _TYPES[suffix])


@lru_cache(maxsize=64)
def _read_static(name: str) -> tuple[bytes, str]:
    place = files("service") / "static" / name
    if not place.is_file():
        raise ServiceError("no-such-page", "there is no such page")
    content = place.read_bytes()
    return content, f'"{hashlib.blake2b(content, digest_size=9).hexdigest()}"'
