"""Search by words, and the map of articles."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from recommender.article import Article
from recommender.ranking.features import FEATURES, pair_features
from recommender.related.recommender import Recommender
from service.answers import encode_json, reject_unknown
from service.routes import ALWAYS, INTERNAL, EngineOf, problems
from service.schemas import Map, SearchResults

router = APIRouter(tags=["look"])
MAX_RESULTS = 50


@router.get(
    "/v1/search",
    operation_id="searchArticles",
    summary="Stored articles that have the words of a query",
    response_model=SearchResults,
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
    """Search by words alone, without the model; an id or a webUrl finds its article."""
    reject_unknown(request, "q", "limit")
    body = await engine.read_aside(lambda recommender: _search(recommender, q, limit))
    return _json(body)


def _search(recommender: Recommender, query: str, limit: int) -> dict[str, Any]:
    with recommender.collection.reading() as index:
        revision = index.revision
        ids = list(index.resolve(query))[:limit]
        if not ids and query.strip():
            profile = index.profile(Article(title=query.strip()), np.zeros(index.encoding.dimension, dtype=np.float32))
            pool = index.gather(profile, index.propose(profile, max(50, limit), dense=False))
            features = pair_features(profile, pool)
            scores = features[:, [FEATURES.index("title"), FEATURES.index("text")]].sum(axis=1).astype(np.float64)
            best = np.argsort(-scores, kind="stable")[:limit]
            ids = [pool.ids[place] for place in best.tolist() if scores[place] > 0]
        stored = [recommender.collection.store.get(article_id) for article_id in ids]
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
    """Draw the map, where nearness is roughly nearness in meaning. `topic` is a place in `topics`, or -1."""
    reject_unknown(request, "include")
    article_map = request.app.state.article_map
    return _json(await engine.read_aside(lambda recommender: article_map.draw(recommender, include)))


def _json(value: Any) -> Response:
    return Response(encode_json(value), 200, {"Cache-Control": "no-cache"}, "application/json")
