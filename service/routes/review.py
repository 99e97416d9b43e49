"""The review page and its API, available only while `related enrich --review` runs.

Every route except the page itself needs a write key (see `auth`).
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request, Response

from recommender.enrich.review import Change, Decision
from service.answers import encode_json, reject_unknown
from service.engine import Engine
from service.problems import ServiceError
from service.request_limits import REVIEW
from service.reviewing import KEEPS, KEEPS_NO_MORE, Reviewing, read_decision
from service.routes import EngineOf
from service.routes.pages import serve_file

# Only the review page uses these routes; they are not part of the public API.
router = APIRouter(include_in_schema=False)
EDITOR = "review"
MAX_CHANGES = 100


async def _reviewing(request: Request) -> Reviewing:
    reviewing: Reviewing = request.app.state.reviewing
    return reviewing


async def _path(path: str) -> str:
    return unquote(path, errors="strict")


async def _decided(request: Request) -> tuple[Decision | None, dict[str, Any]]:
    try:
        return read_decision(await request.body())
    except (ValueError, RecursionError):
        expected = '{"decision": "accept"}, "reject" or null'
        raise ServiceError("invalid-decision", "the body is not a decision", expected=expected) from None


ReviewingOf = Annotated[Reviewing, Depends(_reviewing)]
FilePath = Annotated[str, Depends(_path)]
Decided = Annotated[tuple[Decision | None, dict[str, Any]], Depends(_decided)]


@router.get("/review")
async def page(request: Request) -> Response:
    """Serve the page; its data needs the key."""
    return serve_file(request, "review.html")


@router.get(REVIEW)
async def read_progress(request: Request, reviewing: ReviewingOf) -> Response:
    """Return how many changes of each kind are open, accepted and rejected."""
    reject_unknown(request)
    return _json(reviewing.progress())


@router.get(f"{REVIEW}/changes")
async def read_changes(
    request: Request,
    engine: EngineOf,
    reviewing: ReviewingOf,
    state: str | None = None,
    kind: str | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_CHANGES)] = 20,
) -> Response:
    """Return some changes: the file, its article, and the list before and after."""
    reject_unknown(request, "state", "kind", "offset", "limit")
    return _json(await engine.read_aside(lambda recommender: reviewing.page(recommender, state, kind, offset, limit)))


@router.get(f"{REVIEW}/changes/{{path}}")
async def read_why(request: Request, engine: EngineOf, reviewing: ReviewingOf, path: FilePath) -> Response:
    """Return score and reasons of each item of a planned list."""
    reject_unknown(request)
    return _json(await engine.read_aside(lambda recommender: reviewing.why(recommender, path)))


@router.put(f"{REVIEW}/changes/{{path}}")
async def decide(engine: EngineOf, reviewing: ReviewingOf, path: FilePath, decided: Decided) -> Response:
    """Keep a decision durably; a rejected change becomes a rule that keeps the field as it is."""
    await _decide(engine, reviewing, [reviewing.change(path)], decided[0])
    return _json({"decision": reviewing.decision(path), **reviewing.progress()})


@router.post(f"{REVIEW}/decisions")
async def decide_all(engine: EngineOf, reviewing: ReviewingOf, decided: Decided) -> Response:
    """Decide on all open changes, or those of one kind."""
    await _decide(engine, reviewing, reviewing.open_of(decided[1].get("kind")), decided[0])
    return _json(reviewing.progress())


@router.post(f"{REVIEW}/write")
async def write(reviewing: ReviewingOf) -> Response:
    """Write the accepted changes and nothing else."""
    return _json(await asyncio.to_thread(reviewing.write))


async def _decide(engine: Engine, reviewing: Reviewing, changes: list[Change], decision: Decision | None) -> None:
    for change in changes:
        rejects, rejected = decision is Decision.REJECT, reviewing.decision(change.path) is Decision.REJECT
        if rejects != rejected:
            # The rule comes first: a decision without its rule would not hold in the next run.
            await engine.edit(change.article_id, KEEPS if rejects else KEEPS_NO_MORE, EDITOR, None)
    await asyncio.to_thread(reviewing.decide, changes, decision)


def _json(value: Any) -> Response:
    return Response(encode_json(value), 200, {"Cache-Control": "no-store"}, "application/json")
