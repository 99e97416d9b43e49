"""Routes that read, write and delete articles, one at a time or as a stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from recommender.article import Article
from recommender.errors import BusyError, InputError, NotFoundError, RelatedError
from recommender.related.published import published
from recommender.related.recommender import Recommender
from recommender.sources.json_lines import read_json_article
from recommender.store.records import StoredArticle
from service import metrics
from service.answers import answer_now, read_article, reject_unknown
from service.engine import Engine
from service.problems import ServiceError, problem_of
from service.routes import ALWAYS, INTERNAL, ArticleId, EngineOf, problems
from service.schemas import ArticleRecord, DraftBody, PublishedAnswer, Stored

router = APIRouter(prefix="/v1/articles", tags=["articles"])
_BATCH = 64
_WRITES = (
    *ALWAYS,
    "invalid-article",
    "other-source",
    "unsupported-media-type",
    "too-large",
    "encoder-busy",
    "busy",
    "no-model",
    *INTERNAL,
)

_READ = {304: {"description": "Not modified"}, **problems(*ALWAYS, "not-found", *INTERNAL)}
_THEN = {
    "description": "The result",
    "links": {
        name: {"operationId": name, "parameters": {"article_id": "$response.body#/id"}}
        for name in ("readArticle", "relatedOfArticle", "deleteArticle")
    },
}


class _WhileReading(StreamingResponse):
    """An answer streamed while the body is read; unlike its base class it never calls `receive` itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        await self.stream_response(send)


@router.post(
    "/batch",
    operation_id="writeArticles",
    summary="Write many articles, one JSON object per line",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A result for each line, in order, as soon as it is known",
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string"},
                    "example": '{"line":1,"id":"a","status":"written","revision":7}\n'
                    '{"line":2,"problem":{"type":"urn:problem:related-articles:bad-request","status":400}}\n',
                }
            },
        },
        **problems(*ALWAYS, "too-large", "busy", "encoder-busy", *INTERNAL),
    },
    openapi_extra={
        "requestBody": {
            "required": False,  # nothing gives nothing
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}, "example": '{"id":"a","title":"A"}\n'},
                # Generators of clients that do not know lines of JSON send bytes.
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": '{"id":"a","title":"A"}\n',
                },
            },
        }
    },
)
async def write_articles(request: Request, engine: EngineOf) -> StreamingResponse:
    """Write one article per line, each with an `id` or a `webUrl`. An invalid line does not affect the others."""
    reject_unknown(request)
    engine.stamp()
    return _WhileReading(_results(request, engine), media_type="application/x-ndjson")


@router.get(
    "/{article_id}",
    operation_id="readArticle",
    summary="Read a stored article",
    response_model=ArticleRecord,
    response_model_exclude_none=True,
    responses=_READ,
)
async def get_article(request: Request, engine: EngineOf, article_id: ArticleId) -> Response:
    """Return the fields of the article, including unknown ones, but never `secured` or `related`."""
    reject_unknown(request)

    def read(recommender: Recommender) -> StoredArticle | None:
        with recommender.collection.store.reading():
            return recommender.collection.store.get(article_id)

    stored = await engine.read_aside(read)
    if stored is None:
        raise NotFoundError(f"there is no article {article_id}")
    return answer_now(engine, stored.article.to_record())


@router.get(
    "/{article_id}/published",
    operation_id="publishedOfArticle",
    summary="What the site shows as related today",
    response_model=PublishedAnswer,
    response_model_exclude_none=True,
    responses=_READ,
)
async def get_published(request: Request, engine: EngineOf, article_id: ArticleId) -> Response:
    """Return the related field of the article's own file as it is now; null with a reason where that is not known."""
    reject_unknown(request)
    found = await engine.read_aside(lambda recommender: published(recommender.collection, article_id))
    items = None if found.items is None else [item.to_json() for item in found.items]
    why = {"unknownBecause": found.why} if items is None else {}
    return answer_now(engine, {"id": article_id, "published": items, **why})


@router.put(
    "/{article_id}",
    operation_id="writeArticle",
    summary="Write an article",
    response_model=Stored,
    responses={200: _THEN, **problems(*_WRITES)},
)
async def put_article(request: Request, engine: EngineOf, article_id: ArticleId, draft: DraftBody) -> Response:
    """Write the article durably; every worker's next read sees it. Without `secured`, the stored value is kept."""
    reject_unknown(request)
    written = await engine.write([read_article(draft, article_id)])
    for error in written.refused.values():
        raise error
    return _json(_stored(engine, article_id, written.revision))


@router.delete(
    "/{article_id}",
    operation_id="deleteArticle",
    summary="Delete an article",
    status_code=204,
    responses=problems(*ALWAYS, "not-found", "other-source", "busy", *INTERNAL),
)
async def delete_article(request: Request, engine: EngineOf, article_id: ArticleId) -> Response:
    """Erase the article's texts and vector from the database now, and from the snapshots with the next one."""
    reject_unknown(request)
    written = await engine.write(deletes=[article_id])
    for error in written.refused.values():
        raise error
    if not written.deleted:
        raise NotFoundError(f"there is no article {article_id}")
    metrics.WRITTEN.labels("deleted").inc()
    return Response(None, 204)


def _stored(engine: Engine, article_id: str, revision: int) -> dict[str, Any]:
    status = "written" if revision else "unchanged"
    metrics.WRITTEN.labels(status).inc()
    return {"id": article_id, "status": status, "revision": revision or engine.stamp().revision}


def _json(value: Any) -> Response:
    return Response(
        json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"), 200, media_type="application/json"
    )


async def _results(request: Request, engine: Engine) -> AsyncIterator[bytes]:
    pool: list[tuple[int, Article | RelatedError]] = []
    number = 0
    try:
        async for line in _lines(request, engine.settings.max_body_bytes):
            number += 1
            if isinstance(line, bytes) and not line.strip():
                continue
            pool.append((number, _article(line, number)))
            if len(pool) >= _BATCH:
                yield await _write(engine, pool)
                pool = []
    except ServiceError as error:
        pool.append((number + 1, error))
    except ClientDisconnect:
        return
    if pool:
        yield await _write(engine, pool)


def _article(line: bytes | RelatedError, number: int) -> Article | RelatedError:
    if isinstance(line, RelatedError):
        return line
    try:
        return read_json_article(line, number)
    except RelatedError as error:
        return error


async def _write(engine: Engine, pool: list[tuple[int, Article | RelatedError]]) -> bytes:
    articles = [found for _, found in pool if isinstance(found, Article)]
    failed: RelatedError | None = None
    refused: dict[str, RelatedError] = {}
    written: set[str] = set()
    revision = 0
    try:
        if articles:
            result = await engine.write(articles)
            refused, revision, written = {**result.refused}, result.revision, set(result.ids)
    except (BusyError, ServiceError, RelatedError) as error:
        failed = error
    lines = []
    for number, found in pool:
        if isinstance(found, RelatedError):
            lines.append({"line": number, "problem": problem_of(found)})
            continue
        article_id = found.id or ""
        refusal = failed or refused.get(article_id)
        if refusal is not None:
            lines.append({"line": number, "id": article_id, "problem": problem_of(refusal)})
        else:
            changed = revision if article_id in written else 0
            lines.append({"line": number, **_stored(engine, article_id, changed)})
    return b"".join(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for line in lines)


async def _lines(request: Request, most: int) -> AsyncIterator[bytes | InputError]:
    """Yield the lines of a body as they arrive; a line that is too long is an error and is dropped."""
    held, too_long = bytearray(), False
    async for chunk in request.stream():
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            too_long = too_long or len(held) + len(part) > most
            yield InputError(f"the line has more than {most:,} bytes") if too_long else bytes(held) + part
            held.clear()
            too_long = False
        too_long = too_long or len(held) + len(rest) > most
        held = bytearray() if too_long else held + rest
    if too_long:
        yield InputError(f"the line has more than {most:,} bytes")
    elif held:
        yield bytes(held)
