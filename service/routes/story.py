"""The route of an article's story."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.answers import has_etag, read_headers, reject_unknown
from service.routes import ALWAYS, INTERNAL, ArticleId, EngineOf, problems
from service.stories import Stories
from service.story_schemas import StoryAnswer

router = APIRouter(prefix="/v1/articles", tags=["articles"])
MOST_ARTICLES = 500


@router.get(
    "/{article_id}/story",
    operation_id="storyOfArticle",
    summary="The story of a stored article in the order of time",
    response_model=StoryAnswer,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, "not-found", *INTERNAL)},
)
async def read_story(
    request: Request,
    engine: EngineOf,
    article_id: ArticleId,
    limit: Annotated[
        int, Query(ge=1, le=MOST_ARTICLES, description="How many articles at most, around this one.")
    ] = 100,
) -> Response:
    """Return what came earlier, copies, updates and what came later; an article that stands alone is told alone.

    Stories are computed in the background: `computedRevision` is the revision that they are of.
    """
    reject_unknown(request, "limit")
    stories: Stories = request.app.state.stories
    etag = stories.etag(f"{article_id}\n{limit}")
    headers = read_headers(engine, etag, asks_again=True)
    if has_etag(request, etag):
        return Response(None, 304, headers)
    return Response(await stories.tell(article_id, limit), 200, headers, "application/json")
