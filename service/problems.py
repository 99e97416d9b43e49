"""Errors as problem documents (RFC 9457): one table from the error tree to statuses and stable types."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from recommender.errors import (
    ArticleError,
    BusyError,
    CollectionError,
    ConfigError,
    DamagedError,
    DuplicateIdError,
    EncoderError,
    InputError,
    NotFoundError,
    RelatedError,
    ScorerError,
    SharedUrlError,
    WriteError,
    one_line,
)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem:related-articles:"


class ServiceError(RelatedError):
    """An error of the service itself.

    Args:
        kind: Its place in `KINDS`.
        retry_after: When to come back, in seconds.
        headers: Of the answer, beside what each has.
    """

    def __init__(
        self,
        kind: str,
        what: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(what, **more)
        self.kind = kind
        self.retry_after = retry_after
        self.headers = headers or {}


class Kind(NamedTuple):
    """A kind of problem: its status, and its title, which is the same for all of the kind."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "The request cannot be read"),
    "unauthorized": Kind(401, "A key is needed"),
    "forbidden": Kind(403, "The key may not do this"),
    "not-found": Kind(404, "There is no such article"),
    "no-such-page": Kind(404, "There is no such page"),
    "method-not-allowed": Kind(405, "The page does not take this method"),
    "shared-url": Kind(409, "Several articles have this webUrl"),
    "other-source": Kind(409, "The article belongs to another source"),
    "too-large": Kind(413, "The body is too large"),
    "url-too-long": Kind(414, "The URL is too long"),
    "unsupported-media-type": Kind(415, "The body is of another type than expected"),
    "invalid-option": Kind(422, "An option is not what it must be"),
    "invalid-article": Kind(422, "The article is not one"),
    "invalid-grade": Kind(422, "The grade is not one"),
    "rate-limited": Kind(429, "Too many requests"),
    "encoder-busy": Kind(429, "Too many texts are waiting for the model"),
    "internal": Kind(500, "Something went wrong here"),
    "damaged": Kind(500, "The collection is damaged"),
    "not-ready": Kind(503, "The service is not ready"),
    "busy": Kind(503, "Somebody else is writing"),
    "unusable": Kind(503, "The collection cannot be used"),
    "no-model": Kind(503, "The model cannot be used"),
    "not-saved": Kind(503, "The grade cannot be saved"),
}

# The first that fits counts, so that a kind stands above those it is one of.
_OF_ERROR: tuple[tuple[type[RelatedError], str], ...] = (
    (NotFoundError, "not-found"),
    (SharedUrlError, "shared-url"),
    (DuplicateIdError, "other-source"),
    (ArticleError, "invalid-article"),
    (ScorerError, "unusable"),  # a request names no file; it is the one that was recorded
    (InputError, "bad-request"),
    (ConfigError, "invalid-option"),
    (BusyError, "busy"),
    (DamagedError, "damaged"),
    (CollectionError, "unusable"),
    (EncoderError, "no-model"),
    (WriteError, "not-saved"),
)
_OF_STATUS = {404: "no-such-page", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}
_INTERNAL = frozenset({"internal", "damaged", "unusable"})
"""Of these only the title is told: their details name files of the machine. The log has them."""


def kind_of(error: Exception) -> str:
    """The kind of problem that an error is."""
    if isinstance(error, ServiceError):
        return error.kind
    return next((kind for base, kind in _OF_ERROR if isinstance(error, base)), "internal")


def problem_of(error: Exception, **more: Any) -> dict[str, Any]:
    """An error as a problem document."""
    name = kind_of(error)
    kind = KINDS[name]
    problem: dict[str, Any] = {"type": f"{TYPE}{name}", "title": kind.title, "status": kind.status}
    if isinstance(error, RelatedError) and name not in _INTERNAL:
        problem["detail"] = one_line(error.what)
        for key, text in (("expected", error.expected), ("hint", error.hint)):
            if text and not (key == "hint" and isinstance(error, CollectionError)):
                problem[key] = one_line(text)
    return {**problem, **more}


def respond(error: Exception, request_id: str = "", **more: Any) -> Response:
    """The answer to a request that an error ended."""
    problem = problem_of(error, **more)
    if request_id:
        problem["requestId"] = request_id
    headers = {**getattr(error, "headers", {})}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is None and problem["status"] == 503:
        retry_after = 5
    if retry_after is not None:
        headers["Retry-After"] = str(math.ceil(retry_after))
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    headers["Cache-Control"] = "no-store"
    body = json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, problem["status"], headers, MEDIA_TYPE)


def of_validation(error: RequestValidationError) -> ServiceError:
    """The first fault that validation found, in words of ours."""
    fault: Mapping[str, Any] = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    name = ".".join(place[1:]) or place[0]
    in_body = place[0] == "body"
    if fault["type"] == "extra_forbidden":
        return ServiceError("invalid-option", f"there is no option {name}", hint="see /openapi.json")
    if fault["type"] == "json_invalid":
        return ServiceError("bad-request", "the body is no JSON", expected="one JSON object")
    if in_body and isinstance(fault["input"], bytes):
        return ServiceError("unsupported-media-type", "the body is not sent as JSON", expected="application/json")
    kind = "invalid-article" if in_body else "invalid-option"
    if fault["type"] == "missing":
        return ServiceError(kind, f"{name} is missing")
    said = fault["msg"].removeprefix("Value error, ")
    return ServiceError(kind, f"{name}: {said}")


def of_http(error: HTTPException, headers: Mapping[str, str] | None = None) -> ServiceError:
    """What the framework refuses; `headers` are those that the answer needs."""
    kind = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    return ServiceError(kind, str(error.detail), headers=headers)


def request_id_of(request: Request) -> str:
    """The id of a request, which its log line has too."""
    return str(request.scope.get("state", {}).get("request_id", ""))
