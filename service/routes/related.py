"""Routes for the related articles of stored articles and of drafts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.answers import answer_batch, answer_draft, answer_preview, answer_stored, read_article
from service.problems import ServiceError
from service.routes import ALWAYS, INTERNAL, ArticleId, EngineOf, problems
from service.rule_schemas import PreviewedRules
from service.schemas import Answer, Answers, ById, DraftBody, References, RelatedQuery

router = APIRouter(prefix="/v1", tags=["related"])
_STORED = {
    304: {"description": "Not modified"},
    **problems(*ALWAYS, "not-found", "shared-url", *INTERNAL),
}


@router.get(
    "/articles/{article_id}/related",
    operation_id="relatedOfArticle",
    summary="Related articles of a stored article",
    response_model=Answer,
    response_model_exclude_none=True,
    responses=_STORED,
)
async def related_of_article(
    request: Request, engine: EngineOf, article_id: ArticleId, options: Annotated[RelatedQuery, Query()]
) -> Response:
    """Return the articles that a reader of this one should see next, best first; the list may be empty."""
    return await answer_stored(request, engine, article_id, options)


@router.post(
    "/articles/{article_id}/related",
    operation_id="previewRelatedOfArticle",
    summary="Related articles as other rules would have them",
    response_model=Answer,
    response_model_exclude_none=True,
    responses=problems(
        *ALWAYS, "not-found", "shared-url", "invalid-rules", "unsupported-media-type", "too-large", *INTERNAL
    ),
)
async def preview_related(
    engine: EngineOf, article_id: ArticleId, tried: PreviewedRules, options: Annotated[RelatedQuery, Query()]
) -> Response:
    """Return the list that these rules of the article would give, instead of those that editors set; keep nothing."""
    return await answer_preview(engine, article_id, tried.rules, options)


@router.get(
    "/related",
    operation_id="relatedById",
    summary="Related articles of a stored article, by id or webUrl",
    response_model=Answer,
    response_model_exclude_none=True,
    responses=_STORED,
)
async def related_by_id(request: Request, engine: EngineOf, options: Annotated[ById, Query()]) -> Response:
    """Return the related articles of the article with this id or webUrl."""
    if (options.id is None) == (options.url is None):
        raise ServiceError("invalid-option", "the article is ambiguous or missing", expected="either ?id= or ?url=")
    reference = options.id if options.id is not None else options.url or ""
    return await answer_stored(request, engine, reference, options)


@router.post(
    "/related",
    operation_id="relatedOfDraft",
    summary="Related articles of an article that is not stored",
    response_model=Answer,
    response_model_exclude_none=True,
    responses=problems(
        *ALWAYS, "invalid-article", "unsupported-media-type", "too-large", "encoder-busy", "no-model", *INTERNAL
    ),
)
async def related_of_draft(engine: EngineOf, draft: DraftBody, options: Annotated[RelatedQuery, Query()]) -> Response:
    """Return the related articles of a draft; encoding its text takes longer than a stored article."""
    return await answer_draft(engine, read_article(draft), options)


@router.post(
    "/related/batch",
    operation_id="relatedOfArticles",
    summary="Related articles of several stored articles",
    response_model=Answers,
    response_model_exclude_none=True,
    responses=problems(*ALWAYS, "unsupported-media-type", "too-large", *INTERNAL),
)
async def related_of_articles(
    engine: EngineOf, references: References, options: Annotated[RelatedQuery, Query()]
) -> Response:
    """Return the answer for each article, in order and of one revision; a problem where there is none."""
    return await answer_batch(engine, references.articles, options)
