"""Errors as problem documents (RFC 9457): the mapping from exceptions to HTTP statuses and stable types."""

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
from recommender.related.options import split_expected

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:problem:related-articles:"


class ServiceError(RelatedError):
    """An error of the service itself.

    Args:
        kind: A key of `KINDS`.
        what: What was wrong.
        retry_after: When to retry, in seconds.
        headers: Additional headers of the answer.
        more: See `RelatedError`.
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
    """The HTTP status and the title of a kind of problem."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "Malformed request"),
    "unauthorized": Kind(401, "Key required"),
    "forbidden": Kind(403, "Permission denied"),
    "not-found": Kind(404, "Article not found"),
    "no-such-page": Kind(404, "Page not found"),
    "method-not-allowed": Kind(405, "Method not allowed"),
    "shared-url": Kind(409, "Several articles have this webUrl"),
    "other-source": Kind(409, "The article belongs to another source"),
    "too-large": Kind(413, "Body too large"),
    "url-too-long": Kind(414, "URL too long"),
    "unsupported-media-type": Kind(415, "Unsupported media type"),
    "invalid-option": Kind(422, "Invalid option"),
    "invalid-article": Kind(422, "Invalid article"),
    "invalid-grade": Kind(422, "Invalid grade"),
    "headers-too-large": Kind(431, "Headers too large"),
    "rate-limited": Kind(429, "Too many requests"),
    "encoder-busy": Kind(429, "Too many texts are waiting for the model"),
    "internal": Kind(500, "Internal error"),
    "damaged": Kind(500, "The collection is damaged"),
    "not-ready": Kind(503, "The service is not ready"),
    "overloaded": Kind(503, "More is asked than can be answered"),
    "busy": Kind(503, "Another process is writing"),
    "unusable": Kind(503, "The collection cannot be used"),
    "no-model": Kind(503, "The model cannot be used"),
    "not-saved": Kind(503, "The grade cannot be saved"),
}

# The first match counts; a subclass must come before its base class.
_OF_ERROR: tuple[tuple[type[RelatedError], str], ...] = (
    (NotFoundError, "not-found"),
    (SharedUrlError, "shared-url"),
    (DuplicateIdError, "other-source"),
    (ArticleError, "invalid-article"),
    (ScorerError, "unusable"),  # the scorer recorded in the collection, since a request cannot name a file
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
"""Kinds whose details are only logged, because they may name files of the machine."""


def kind_of(error: Exception) -> str:
    """Return the kind of problem of an error."""
    if isinstance(error, ServiceError):
        return error.kind
    return next((kind for base, kind in _OF_ERROR if isinstance(error, base)), "internal")


def problem_of(error: Exception, **more: Any) -> dict[str, Any]:
    """Return an error as a problem document."""
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
    """Return the HTTP answer for an error."""
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
    """Convert the first validation error of a request."""
    fault: Mapping[str, Any] = error.errors()[0]
    place = [str(part) for part in fault["loc"]]
    name = ".".join(place[1:]) or place[0]
    in_body = place[0] == "body"
    if fault["type"] == "extra_forbidden":
        return ServiceError("invalid-option", f"unknown option {name}", hint="see /openapi.json")
    if fault["type"] == "json_invalid":
        return ServiceError("bad-request", "the body is not valid JSON", expected="one JSON object")
    if in_body and isinstance(fault["input"], bytes):
        return ServiceError("unsupported-media-type", "the content type is not JSON", expected="application/json")
    # The body is an article, or it names some.
    kind = "invalid-article" if in_body and place[1:2] != ["articles"] else "invalid-option"
    if fault["type"] == "missing":
        return ServiceError(kind, f"{name} is missing")
    said, expected = split_expected(fault["msg"])
    return ServiceError(kind, ": ".join(filter(None, (name, said))), expected=expected)


def of_http(error: HTTPException, headers: Mapping[str, str] | None = None) -> ServiceError:
    """Convert an HTTP error of the framework; `headers` are added to the answer."""
    kind = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    return ServiceError(kind, str(error.detail), headers=headers)


def request_id_of(request: Request) -> str:
    """Return the id of a request, which is also in its log line."""
    return str(request.scope.get("state", {}).get("request_id", ""))
