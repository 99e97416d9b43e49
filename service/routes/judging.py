"""The judging page and its API, available only while `related judge` runs.

Every route except the page itself needs a write key (see `auth`).
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request, Response

from recommender.evaluation.judging import GRADES, UNSURE, Judgement
from service.answers import encode_json, reject_unknown
from service.judging import SKIP, Judging
from service.problems import ServiceError
from service.request_limits import JUDGING
from service.routes import ArticleId, EngineOf
from service.routes.pages import serve_file

Grade = Judgement | Literal["skip"] | None
# Only the judging page uses these routes; they are not part of the public API.
router = APIRouter(include_in_schema=False)


async def _judging(request: Request) -> Judging:
    judging: Judging = request.app.state.judging
    return judging


async def _query_id(query_id: str) -> str:
    return unquote(query_id, errors="strict")


async def _grade(request: Request) -> Grade:
    """Read the grade from the body."""
    try:
        fields = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ServiceError("bad-request", "the body is not valid JSON", expected='{"grade": 1}') from None
    grade = fields.get("grade", "") if isinstance(fields, dict) and fields.keys() == {"grade"} else ""
    if grade not in (None, UNSURE, SKIP) and (type(grade) is not int or grade not in GRADES):
        expected = f'{{"grade": 0}}, 1, 2, "{UNSURE}", "{SKIP}" or null'
        raise ServiceError("invalid-grade", "the body is not a grade", expected=expected)
    return grade


JudgingOf = Annotated[Judging, Depends(_judging)]
QueryId = Annotated[str, Depends(_query_id)]


@router.get("/judge")
async def page(request: Request) -> Response:
    """Serve the page; its data needs the key."""
    return serve_file(request, "judge.html")


@router.get(JUDGING)
async def read_progress(request: Request, engine: EngineOf, judging: JudgingOf) -> Response:
    """Return the query articles and how many candidates of each are judged."""
    reject_unknown(request)
    return _json(await engine.read_aside(judging.progress))


@router.get(f"{JUDGING}/qrels")
async def read_qrels(request: Request, engine: EngineOf, judging: JudgingOf) -> Response:
    """Return all grades of this judge as TREC judgements."""
    reject_unknown(request)
    text = await engine.read_aside(lambda _: judging.qrels())
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="qrels.txt"'}
    return Response(text.encode(), 200, headers, "text/plain; charset=utf-8")


@router.get(f"{JUDGING}/articles/{{query_id}}")
async def read_pool(request: Request, engine: EngineOf, judging: JudgingOf, query_id: QueryId) -> Response:
    """Return a query article and its candidates with their grades."""
    reject_unknown(request)
    return _json(await engine.read_aside(lambda recommender: judging.read(recommender, query_id)))


@router.put(f"{JUDGING}/articles/{{query_id}}")
async def add_query(request: Request, engine: EngineOf, judging: JudgingOf, query_id: QueryId) -> Response:
    """Add a query article to the session, if it is not one, and return the progress."""
    reject_unknown(request)
    return _json(await engine.read_aside(lambda recommender: judging.add(recommender, query_id)))


@router.put(f"{JUDGING}/articles/{{query_id}}/{{article_id}}")
async def put_grade(
    request: Request,
    engine: EngineOf,
    judging: JudgingOf,
    query_id: QueryId,
    article_id: ArticleId,
    grade: Annotated[Grade, Depends(_grade)],
) -> Response:
    """Save the grade of a candidate durably, or that the judge is unsure; skip it for this session; null removes it."""
    reject_unknown(request)
    return _json(await engine.read_aside(lambda recommender: judging.grade(recommender, query_id, article_id, grade)))


def _json(value: Any) -> Response:
    return Response(encode_json(value), 200, {"Cache-Control": "no-store"}, "application/json")
