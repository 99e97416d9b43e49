"""Errors as problem documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
from starlette.requests import Request

from recommender import errors
from recommender.errors import RelatedError
from service.app import create_app
from service.problems import KINDS, ServiceError, kind_of, problem_of, respond
from service.settings import ServiceSettings

ALL = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, RelatedError)]


def test_every_kind_is_a_whole_problem():
    for name in KINDS:
        answer = respond(ServiceError(name, "what was wrong", expected="the right", hint="do it"), "0123")
        told = json.loads(answer.body)
        assert list(told)[:3] == ["type", "title", "status"]
        assert told["type"] == f"urn:problem:related-articles:{name}"
        assert (told["title"], told["status"]) == (KINDS[name].title, answer.status_code)
        assert told["requestId"] == "0123"
        assert answer.media_type == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert ("retry-after" in answer.headers) == (answer.status_code == 503)
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


def test_every_error_of_the_library_has_a_kind():
    for kind in ALL:
        assert kind_of(kind("what")) in KINDS


def test_files_of_the_machine_are_not_told():
    for kind in [errors.DamagedError, errors.SnapshotError, errors.EncoderMismatchError, RuntimeError]:
        assert "/srv/secret" not in json.dumps(problem_of(kind("/srv/secret is torn")))


def test_the_time_to_come_back_is_in_whole_seconds():
    assert respond(ServiceError("rate-limited", "x", retry_after=1.2)).headers["retry-after"] == "2"


def test_a_text_that_is_none_is_told_all_the_same():
    assert json.loads(respond(ServiceError("not-found", "\ud800\n")).body)["detail"] == r"\ud800\n"


async def _broken(request: Request) -> None:
    raise ZeroDivisionError("secret of the machine")


def test_what_nobody_thought_of_is_a_problem_with_headers_and_a_traceback_in_the_log(caplog):
    import asyncio

    app = create_app(ServiceSettings(collection=Path("none")))
    app.add_route("/broken", _broken)

    async def ask() -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://a") as client:
            return await client.get("/broken")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert re.search(answer.headers["x-request-id"], caplog.text)
    assert "ZeroDivisionError" in caplog.text
