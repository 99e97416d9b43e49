"""Answers requests for related articles: reads options, compares ETags, writes JSON."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Request, Response

from recommender.article import Article, RelatedRules
from recommender.errors import ArticleError, ConfigError, NotFoundError, SharedUrlError
from recommender.related.answer import RelatedArticles
from recommender.related.recommender import Recommender
from recommender.related.stamp import Stamp
from recommender.text import has_surrogate
from service import metrics
from service.engine import Engine
from service.problems import ServiceError, problem_of
from service.schemas import RelatedQuery


def read_article(fields: dict[str, Any], article_id: str | None = None) -> Article:
    """Read the article in the body of a request.

    Args:
        fields: The body.
        article_id: The id in the path; the body must not have another.

    Raises:
        ArticleError: If the article is invalid.
    """
    try:
        text = json.dumps(fields, ensure_ascii=False, default=str, allow_nan=False)
    except (RecursionError, ValueError) as error:
        raise ArticleError(f"the article is not JSON: {error}", expected="finite numbers and little nesting") from None
    if not isinstance(fields.get("title"), str):
        what = f"title is {fields['title']!r:.80}" if "title" in fields else "title is missing"
        raise ArticleError(what, expected="a text")
    if has_surrogate(text):
        raise ArticleError("a text holds half of a surrogate pair", expected="whole characters")
    if article_id is not None:
        named = fields.get("id")
        if named is not None and str(named) != article_id:
            raise ArticleError(f"the body has the id {named}", expected=f"{article_id}, as in the path, or none")
        fields = {**fields, "id": article_id}
    article = Article.read(fields)
    article.to_record()  # fail now rather than when it is stored
    return article


class Question:
    """A request without its article.

    Args:
        options: The options in the URL.
        engine: The engine to ask.

    Raises:
        ConfigError: If it asks for more items than an answer may have.
    """

    def __init__(self, options: RelatedQuery, engine: Engine) -> None:
        self._options = options
        most = engine.settings.max_limit
        if options.top_k > most:
            raise ConfigError(f"limit is {options.top_k:,}", expected=f"a number from 1 to {most}")

    def etag(self, stamp: Stamp, about: str) -> str:
        """Return the ETag of an answer, from the collection, revision, settings and options."""
        options = hashlib.blake2b(f"{about}\n{self._options.model_dump_json()}".encode(), digest_size=9).hexdigest()
        return f'{stamp.etag}{self._options.scorer or "own"}.{options}"'

    def ask(self, about: str | Article, vector: Any = None) -> Callable[[Recommender], tuple[bytes, int]]:
        """Return the work for a lane, which returns the answer as JSON and its revision."""

        def work(recommender: Recommender) -> tuple[bytes, int]:
            answer = recommender.related(about, self._options, vector=vector)
            return _write_json(answer), answer.revision

        return work


def encode_json(value: Any) -> bytes:
    """Encode the body of an answer; half of a surrogate pair becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _write_json(answer: RelatedArticles) -> bytes:
    start = time.perf_counter()
    body = encode_json(answer.to_json())
    metrics.observe_stage("serialise", time.perf_counter() - start)
    return body


async def answer_stored(request: Request, engine: Engine, reference: str, options: RelatedQuery) -> Response:
    """Answer for a stored article; without any search if the client has the current answer."""
    question = Question(options, engine)
    stamp = engine.stamp()
    etag = question.etag(stamp, reference)
    if has_etag(request, etag):
        return Response(None, 304, read_headers(engine, etag))
    body, revision = await engine.read(question.ask(reference))
    if revision != stamp.revision:
        etag = question.etag(stamp._replace(revision=revision), reference)
    return Response(body, 200, read_headers(engine, etag), "application/json")


async def answer_read(
    request: Request,
    engine: Engine,
    about: str,
    work: Callable[[Recommender], dict[str, Any]],
    *,
    keeps: bool = True,
) -> Response:
    """Answer what depends on the collection and the request alone; without any work if the client has the answer.

    Args:
        request: The request.
        engine: The engine to ask.
        about: All that the answer depends on beside the collection.
        work: Returns the answer as JSON values, with its `revision`.
        keeps: Whether the answer is the same as long as the collection is.
    """
    stamp = engine.stamp()
    name = hashlib.blake2b(about.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()
    etag = f'{stamp.etag}read.{name}"'
    if keeps and has_etag(request, etag):
        return Response(None, 304, read_headers(engine, etag))
    answer = await engine.read_aside(work)
    if not keeps:
        return Response(encode_json(answer), 200, {"Cache-Control": "no-store"}, "application/json")
    # What was written meanwhile may be in the answer.
    headers = read_headers(engine, etag if answer["revision"] == stamp.revision else None)
    return Response(encode_json(answer), 200, headers, "application/json")


def answer_now(engine: Engine, value: Any) -> Response:
    """Answer with what may differ the next time; its ETag is made of the content."""
    return Response(encode_json(value), 200, read_headers(engine, None, asks_again=True), "application/json")


async def answer_draft(engine: Engine, article: Article, options: RelatedQuery) -> Response:
    """Answer for an article that is not stored."""
    question = Question(options, engine)
    vector = await engine.vector(article)
    body, _ = await engine.read_aside(question.ask(article, vector))
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")


async def answer_preview(engine: Engine, reference: str, rules: RelatedRules, options: RelatedQuery) -> Response:
    """Answer for a stored article with other rules of its own."""
    Question(options, engine)
    answer = await engine.read_aside(lambda recommender: recommender.related(reference, options, rules=rules))
    return Response(_write_json(answer), 200, {"Cache-Control": "no-store"}, "application/json")


async def answer_batch(engine: Engine, references: Sequence[str], options: RelatedQuery) -> Response:
    """Answer for several stored articles, all of one revision; one that has no answer does not affect the others."""
    Question(options, engine)

    def work(recommender: Recommender) -> bytes:
        with recommender.collection.reading() as index:
            answers = [_answer_or_problem(recommender, each, options) for each in references]
            return encode_json({"answers": answers, "revision": index.revision})

    return Response(await engine.read_aside(work), 200, {"Cache-Control": "no-store"}, "application/json")


def _answer_or_problem(recommender: Recommender, reference: str, options: RelatedQuery) -> dict[str, Any]:
    try:
        return recommender.related(reference, options).to_json()
    except (NotFoundError, SharedUrlError) as error:
        return {"problem": problem_of(error)}


def has_etag(request: Request, etag: str) -> bool:
    """Return whether the client has the answer with this ETag."""
    known = request.headers.get("if-none-match")
    return known is not None and etag.removeprefix("W/") in known


def read_headers(
    engine: Engine, etag: str | None, *, asks_again: bool = False, vary: str = "Authorization"
) -> dict[str, str]:
    """Return the headers of an answer that caches may keep.

    Args:
        engine: The engine, whose settings say for how long.
        etag: The ETag of the answer, if it has one.
        asks_again: Whether a cache must always ask, because more than the collection changes the answer.
        vary: The request's headers that the answer depends on.
    """
    settings = engine.settings
    whose = "public" if settings.reads_are_open else "private"
    age = f"max-age={settings.cache_seconds}" if settings.cache_seconds and not asks_again else "no-cache"
    headers = {"Cache-Control": f"{whose}, {age}", "Vary": vary}
    return headers if etag is None else {"ETag": etag, **headers}


def reject_unknown(request: Request, *known: str) -> None:
    """Refuse unknown options.

    Raises:
        ServiceError: If there is one; it names the first.
    """
    for name in request.query_params:
        if name not in known:
            raise ServiceError("invalid-option", f"unknown option {name}", hint="see /docs")
