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
    ChangedRulesError,
    CollectionError,
    ConfigError,
    DamagedError,
    DuplicateIdError,
    EncoderError,
    InputError,
    InvalidRulesError,
    NotFoundError,
    RelatedError,
    ScorerError,
    SharedUrlError,
    WriteError,
    one_line,
)
from recommender.related.options import split_expected

MEDIA_TYPE = "application/problem+json"
PARTS_OF_ARTICLES = frozenset({"related", "published", "rules", "story"})
"""What follows the id in a path."""
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
    """The HTTP status and the title of a kind of problem, and what a problem of this kind may say."""

    status: int
    title: str
    example: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "Malformed request", "the body is not valid JSON"),
    "unauthorized": Kind(401, "Key required", "writing needs a key"),
    "forbidden": Kind(403, "Permission denied", "this key is for reading only"),
    "not-found": Kind(404, "Article not found", "there is no article guides/unknown"),
    "no-overview": Kind(404, "No overview yet", "the overview was never computed"),
    "no-such-page": Kind(404, "Page not found", "there is nothing at /v2"),
    "method-not-allowed": Kind(405, "Method not allowed", "/v1/search is not asked with this method"),
    "shared-url": Kind(409, "Several articles have this webUrl", "2 articles have the webUrl https://news.example/a"),
    "other-source": Kind(409, "The article belongs to another source", "the article a comes from another source"),
    "rules-changed": Kind(412, "The rules were changed meanwhile", "the rules were changed by anna"),
    "too-large": Kind(413, "Body too large", "the body has more than 2,000,000 bytes"),
    "url-too-long": Kind(414, "URL too long", "the URL has more than 8,192 bytes"),
    "unsupported-media-type": Kind(415, "Unsupported media type", "the content type is not JSON"),
    "invalid-option": Kind(422, "Invalid option", "limit: Input should be greater than or equal to 1"),
    "invalid-article": Kind(422, "Invalid article", "title is missing"),
    "invalid-grade": Kind(422, "Invalid grade", "grade is 7"),
    "invalid-decision": Kind(422, "Invalid decision", "decision is maybe"),
    "invalid-rules": Kind(422, "Invalid rules", "pinned names the article itself"),
    "no-precondition": Kind(428, "If-Match is missing", "the rules can only be changed by who has read them"),
    "headers-too-large": Kind(431, "Headers too large", "the headers have more than 65,536 bytes"),
    "rate-limited": Kind(429, "Too many requests", "more than 600 reads a minute"),
    "encoder-busy": Kind(429, "Too many texts are waiting for the model", "8 texts wait already"),
    "internal": Kind(500, "Internal error", ""),
    "damaged": Kind(500, "The collection is damaged", ""),
    "not-ready": Kind(503, "The service is not ready", "the collection is being opened"),
    "overloaded": Kind(503, "More is asked than can be answered", "64 requests wait already"),
    "busy": Kind(503, "Another process is writing", "another process has been writing for 10 s"),
    "unusable": Kind(503, "The collection cannot be used", ""),
    "no-model": Kind(503, "The model cannot be used", "the model cannot be loaded"),
    "not-saved": Kind(503, "It cannot be saved", "the disk is full"),
}

# The first match counts; a subclass must come before its base class.
_OF_ERROR: tuple[tuple[type[RelatedError], str], ...] = (
    (NotFoundError, "not-found"),
    (SharedUrlError, "shared-url"),
    (DuplicateIdError, "other-source"),
    (ArticleError, "invalid-article"),
    (InvalidRulesError, "invalid-rules"),
    (ChangedRulesError, "rules-changed"),
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


def example_of(name: str) -> dict[str, Any]:
    """Return a problem document of this kind, for the OpenAPI document."""
    kind = KINDS[name]
    told = {"type": f"{TYPE}{name}", "title": kind.title, "status": kind.status}
    return {**told, **({"detail": kind.example} if kind.example else {}), "requestId": "2f9b71c04e5d8a63"}


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
        return ServiceError("invalid-option", f"unknown option {name}", hint="see /docs")
    if fault["type"] == "json_invalid":
        return ServiceError("bad-request", "the body is not valid JSON", expected="one JSON object")
    if in_body and isinstance(fault["input"], bytes):
        return ServiceError("unsupported-media-type", "the content type is not JSON", expected="application/json")
    # The body is an article, names some, or has rules.
    of_field = {"articles": "invalid-option", "rules": "invalid-rules"}
    kind = of_field.get("".join(place[1:2]), "invalid-article") if in_body else "invalid-option"
    if fault["type"] == "missing":
        return ServiceError(kind, f"{name} is missing")
    said, expected = split_expected(fault["msg"])
    return ServiceError(kind, ": ".join(filter(None, (name, said))), expected=expected)


def of_http(error: HTTPException, path: str, headers: Mapping[str, str] | None = None) -> ServiceError:
    """Convert an HTTP error of the framework.

    Args:
        error: What the framework raised.
        path: The path that was asked for, still encoded.
        headers: Additional headers of the answer.
    """
    kind = _OF_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    if kind == "no-such-page":
        return ServiceError(kind, f"there is nothing at {path:.200}", hint=_slash_hint(path), headers=headers)
    if kind == "method-not-allowed":
        expected = (headers or {}).get("Allow")
        return ServiceError(kind, f"{path:.200} is not asked with this method", expected=expected, headers=headers)
    return ServiceError(kind, str(error.detail), headers=headers)


def _slash_hint(path: str) -> str | None:
    """Return how to ask for an article whose id has slashes, if this may have been meant."""
    prefix, _, rest = path.partition("/v1/articles/")
    if prefix or "/" not in rest:
        return "see /docs"
    article_id, _, last = rest.rpartition("/")
    if last not in PARTS_OF_ARTICLES:
        article_id, last = rest, ""
    right = "/v1/articles/" + article_id.replace("/", "%2F") + (f"/{last}" if last else "")
    return f"an id is one segment of the path: write each slash in it as %2F, as in {right:.300}"


def request_id_of(request: Request) -> str:
    """Return the id of a request, which is also in its log line."""
    return str(request.scope.get("state", {}).get("request_id", ""))
