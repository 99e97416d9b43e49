"""Routes for the overview of the whole collection: figures, articles page by page or as CSV, and changes."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from recommender.errors import NotFoundError
from recommender.overview import Overview, Selection, csv_lines, since, verdict
from recommender.overview.summary import HISTORY
from service.answers import encode_json, has_etag, read_headers, reject_unknown
from service.engine import Engine
from service.overview_schemas import (
    ChangesAnswer,
    ChangesQuery,
    OverviewAnswer,
    OverviewArticle,
    OverviewRows,
    PageQuery,
    StartedAnswer,
)
from service.overviews import Overviews, Read, whole
from service.routes import ALWAYS, INTERNAL, ArticleId, EngineOf, problems

router = APIRouter(prefix="/v1/overview", tags=["overview"])
MAX_IDS = 100
"""How many ids of changed articles an answer names."""
_CSV_LINES = 500
"""Lines of CSV that are sent at a time."""
_READ = {304: {"description": "Not modified"}, **problems(*ALWAYS, "no-overview", *INTERNAL)}


async def _overviews(request: Request) -> Overviews:
    """Return the overviews of the application."""
    overviews: Overviews = request.app.state.overviews
    return overviews


OverviewsOf = Annotated[Overviews, Depends(_overviews)]


@router.get(
    "",
    operation_id="readOverview",
    summary="How the lists of all articles stand",
    response_model=OverviewAnswer,
    responses={304: {"description": "Not modified"}, **problems(*ALWAYS, *INTERNAL)},
)
async def read_overview(request: Request, engine: EngineOf, overviews: OverviewsOf) -> Response:
    """Return the figures of the newest computation and those of earlier ones, and the state of the next.

    Whoever asks for an overview that is older than the collection has it computed in the background, at most for a
    tenth of the time. The answer never waits for that: it names the revision that it is of.
    """
    reject_unknown(request)
    body = encode_json(await overviews.read(lambda read: _about(read, engine)))
    return _answer(request, engine, body, hashlib.blake2b(body, digest_size=9).hexdigest())


@router.post(
    "",
    operation_id="computeOverview",
    summary="Compute the overview now",
    status_code=202,
    response_model=StartedAnswer,
    responses=problems(*ALWAYS, *INTERNAL),
)
async def compute_overview(request: Request, engine: EngineOf, overviews: OverviewsOf) -> Response:
    """Begin a computation in the background, unless one is running or the overview is up to date; needs a write key."""
    reject_unknown(request)

    def begin(read: Read) -> dict[str, Any]:
        if not read.is_current and not read.progress.is_running:
            overviews.begin()
            read = read._replace(progress=overviews.progress(read.stamp))
        return {"state": _state(read, engine)}

    body = encode_json(await overviews.read(begin))
    return Response(body, 202, {"Cache-Control": "no-store"}, "application/json")


@router.get(
    "/articles",
    operation_id="listOverview",
    summary="Every article, its list and how often it is shown",
    response_model=OverviewRows,
    responses={
        200: {
            "description": "A page of articles, or all of them as CSV",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": "id,title,...\r\n"}},
        },
        **_READ,
    },
)
async def list_overview(
    request: Request, engine: EngineOf, overviews: OverviewsOf, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return articles of the overview. Pages stay whole when it is computed again: a cursor names the last article."""
    selection = query.selection()
    wants_csv = query.format == "csv" or "text/csv" in request.headers.get("accept", "")
    about = f"{wants_csv}\n{query.model_dump_json()}"

    def read_page(read: Read) -> tuple[str, bytes | None]:
        overview = whole(read.overview)
        version = hashlib.blake2b(f"{read.version}\n{about}".encode(), digest_size=9).hexdigest()
        if wants_csv or has_etag(request, _etag(version)):
            return version, None
        newest, page = overview.newest(), overview.page(selection, query.limit, query.cursor)
        answer = {
            "articles": [row.to_json() for row in page.rows],
            "total": overview.count(selection),
            "revision": newest.revision,
            "computedAt": newest.computed_at,
        }
        return version, encode_json({**answer, **({"cursor": page.cursor} if page.cursor else {})})

    version, body = await overviews.read(read_page)
    if wants_csv and not has_etag(request, _etag(version)):
        headers = {**_headers(engine, version), "Content-Disposition": 'attachment; filename="overview.csv"'}
        return StreamingResponse(_csv(await overviews.open_apart(), selection), 200, headers, "text/csv; charset=utf-8")
    return _answer(request, engine, body or b"", version)


@router.get(
    "/articles/{article_id}",
    operation_id="readOverviewArticle",
    summary="One article of the overview, with its earlier lists",
    response_model=OverviewArticle,
    responses={304: _READ[304], **problems(*ALWAYS, "no-overview", "not-found", *INTERNAL)},
)
async def read_article(request: Request, engine: EngineOf, overviews: OverviewsOf, article_id: ArticleId) -> Response:
    """Return the list that an article had at the newest computation, and the last few that it had before."""
    reject_unknown(request)

    def read_one(read: Read) -> bytes:
        overview = whole(read.overview)
        found = overview.get(article_id)
        if found is None:
            raise NotFoundError(f"the overview has no article {article_id}", expected="the id of a stored article")
        row, earlier = found
        scores = dict(row.related)
        named = [{**each.to_json(), "score": scores[each.article_id]} for each in overview.named(list(scores))]
        before = [
            {"revision": each.revision, "related": [item.to_json() for item in overview.named(each.items)]}
            for each in earlier
        ]
        newest = overview.newest()
        about = {
            "revision": newest.revision,
            "computedAt": newest.computed_at,
            "listItems": newest.summary["listItems"],
        }
        return encode_json({**row.to_json(), "related": named, "earlier": before, **about})

    # A look at one article is no wish for an overview.
    body = await overviews.read(read_one, begins=False)
    return _answer(request, engine, body, hashlib.blake2b(body, digest_size=9).hexdigest())


@router.get(
    "/changes",
    operation_id="readChanges",
    summary="What changed since a revision",
    response_model=ChangesAnswer,
    responses=_READ,
)
async def read_changes(
    request: Request, engine: EngineOf, overviews: OverviewsOf, query: Annotated[ChangesQuery, Query()]
) -> Response:
    """Return articles that were added, changed and deleted, and lists that are not what they were."""

    def read_since(read: Read) -> bytes:
        overview = whole(read.overview)
        with read.store.reading():
            changes, revision = since(overview, read.store, query.since), read.store.revision().number
        lists = overview.changed_lists(changes.before, query.limit + 1, query.cursor or "")
        answer = changes.to_json() | {"revision": overview.stamp.revision, "collectionRevision": revision}
        for kind in ("added", "changed", "deleted"):
            ids = answer.pop(kind)
            if ids is not None:
                answer[kind] = {"count": len(ids), "ids": ids[:MAX_IDS]}
        answer["lists"] = [each.to_json() for each in lists[: query.limit]]
        if len(lists) > query.limit:
            answer["cursor"] = lists[query.limit - 1].article.article_id
        return encode_json(answer)

    body = await overviews.read(read_since)
    return _answer(request, engine, body, hashlib.blake2b(body, digest_size=9).hexdigest())


def _about(read: Read, engine: Engine) -> dict[str, Any]:
    overview = read.overview
    answer: dict[str, Any] = {"state": _state(read, engine), "history": []}
    if overview is None:
        return answer
    newest = overview.newest()
    summary = dict(newest.summary)
    lists = dict(summary["mostShown"])
    named = [{**each.to_json(), "lists": lists[each.article_id]} for each in overview.named(list(lists))]
    about = {"revision": newest.revision, "computedAt": newest.computed_at, "seconds": newest.seconds}
    answer |= {"verdict": verdict(summary), "summary": {**about, **summary, "mostShown": named}}
    answer["history"] = [
        {
            "revision": each.revision,
            "computedAt": each.computed_at,
            "seconds": each.seconds,
            **{name: each.summary[name] for name in HISTORY},
        }
        for each in overview.history()
    ]
    return answer


def _state(read: Read, engine: Engine) -> dict[str, Any]:
    overview, progress = read.overview, read.progress
    state: dict[str, Any] = {
        "status": "none" if overview is None else "current" if read.is_current else "outdated",
        "collectionRevision": read.stamp.revision,
        "hasFailed": progress.has_failed and not read.is_current,
        "mayBegin": bool(engine.settings.write_keys),
    }
    if overview is not None:
        state["revision"] = overview.stamp.revision
    if progress.is_running:
        state["running"] = {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "seconds": progress.seconds,
        }
    return state


def _csv(overview: Overview, selection: Selection) -> Iterator[bytes]:
    with contextlib.closing(overview):
        lines: list[str] = []
        for line in csv_lines(overview.each(selection)):
            lines.append(line)
            if len(lines) >= _CSV_LINES:
                yield "".join(lines).encode("utf-8", "replace")
                lines = []
        yield "".join(lines).encode("utf-8", "replace")


def _etag(version: str) -> str:
    # Not the stamp of the collection: a computation changes the answer and not the collection.
    return f'W/"overview-{version}"'


def _headers(engine: Engine, version: str) -> dict[str, str]:
    return read_headers(engine, _etag(version), asks_again=True, vary="Authorization, Accept")


def _answer(request: Request, engine: Engine, body: bytes, version: str) -> Response:
    """Return an answer, or 304 if the client has it."""
    if has_etag(request, _etag(version)):
        return Response(None, 304, _headers(engine, version))
    return Response(body, 200, _headers(engine, version), "application/json")
