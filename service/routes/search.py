"""Search while one types, lists of articles, and the map."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from recommender.related.recommender import Recommender
from recommender.search.browsing import browse
from recommender.search.finding import search
from service.answers import answer_now, answer_read, reject_unknown
from service.routes import ALWAYS, INTERNAL, EngineOf, problems
from service.schemas import Map
from service.search_schemas import ArticlePage, BrowseQuery, SearchQuery, SearchResults

router = APIRouter(tags=["look"])


_READ = {304: {"description": "Not modified"}, **problems(*ALWAYS, *INTERNAL)}


@router.get(
    "/v1/search",
    operation_id="searchArticles",
    summary="Stored articles that have the words of a query",
    response_model=SearchResults,
    response_model_exclude_none=True,
    responses=_READ,
)
async def search_articles(request: Request, engine: EngineOf, options: Annotated[SearchQuery, Query()]) -> Response:
    """Find articles while someone types, in titles first, without the model.

    The last word may be unfinished, and words may have small typos. An id or a webUrl finds its article.
    """

    def work(recommender: Recommender) -> dict[str, Any]:
        return search(recommender.collection, options.q, limit=options.limit, filters=options).to_json()

    about = f"search {options.model_dump_json()}"
    return await answer_read(request, engine, about, work, keeps=not options.has_ages)


@router.get(
    "/v1/articles",
    operation_id="listArticles",
    summary="Stored articles, the newest first, with the commonest values of their fields",
    response_model=ArticlePage,
    response_model_exclude_none=True,
    responses=_READ,
)
async def list_articles(request: Request, engine: EngineOf, options: Annotated[BrowseQuery, Query()]) -> Response:
    """List articles by date, page by page; those without one come last.

    An article that is there all the time is on exactly one page, whatever is written meanwhile. `facets` counts the
    commonest topics, providers, languages and years of the whole list.
    """

    def work(recommender: Recommender) -> dict[str, Any]:
        return browse(
            recommender.collection, options, limit=options.limit, cursor=options.cursor, facets=options.facets
        ).to_json()

    about = f"browse {options.model_dump_json()}"
    return await answer_read(request, engine, about, work, keeps=not options.has_ages)


@router.get(
    "/v1/map",
    operation_id="drawMap",
    summary="The collection's articles on a plane",
    response_model=Map,
    responses=_READ,
)
async def draw_map(
    request: Request,
    engine: EngineOf,
    include: Annotated[list[str], Query(max_length=200, description="Ids that must be on it.")] = [],  # noqa: B006
) -> Response:
    """Draw the map, where nearness is roughly nearness in meaning. `topic` is a place in `topics`, or -1."""
    reject_unknown(request, "include")
    article_map = request.app.state.article_map
    return answer_now(engine, await engine.read_aside(lambda recommender: article_map.draw(recommender, include)))
