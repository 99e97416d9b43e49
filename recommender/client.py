"""Client of the HTTP service; it returns the same types as the library."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from recommender.article import Article
from recommender.errors import ConfigError, NotFoundError, RelatedError
from recommender.related.answer import Considered, Named, RelatedArticles, RelatedItem
from recommender.search.results import Listing, Results

if TYPE_CHECKING:
    import httpx2

BATCH = 500
"""Number of articles in one request of `Client.write`."""
MAX_WAIT_S = 60.0
_TYPE = "urn:problem:related-articles:"
_RETRIED = frozenset({429, 503})


class ProblemError(RelatedError):
    """The service answered with a problem document (RFC 9457).

    Attributes:
        status: The HTTP status.
        kind: The kind of problem, such as `invalid-option`.
        request_id: The id of the request in the service's log.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(
            str(problem.get("detail") or problem.get("title") or "the service answered with an error"),
            expected=problem.get("expected"),
            hint=problem.get("hint"),
        )
        self.status = int(problem.get("status", 0))
        self.kind = str(problem.get("type", "")).removeprefix(_TYPE)
        self.request_id = problem.get("requestId")


@dataclass(frozen=True)
class Result:
    """The result of writing one article.

    Attributes:
        article_id: The id of the article.
        status: `written`, `unchanged` or `failed`.
        revision: The revision that contains the article; 0 if it failed.
        error: Why it failed.
    """

    article_id: str
    status: str
    revision: int = 0
    error: ProblemError | None = None


class Client:
    """Connection to a running service; requests that it is too busy for (429, 503) are retried.

    Example:
        >>> with Client("http://127.0.0.1:8000") as client:                                     # doctest: +SKIP
        ...     for item in client.related("_news/2021-04-16-aclu-suit", limit=3):
        ...         print(item.score, item.article.title)

    Args:
        url: The address of the service.
        key: The key, if the service requires one.
        timeout_s: Timeout of each request; the first request for a draft also waits for the model to load.
        retries: Maximum number of retries.
        transport: A replacement for the network, for tests.

    Raises:
        ConfigError: If the package httpx2 is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout_s: float = 30.0,
        retries: int = 4,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        import httpx2

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx2.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout_s, transport=transport)
        self._lost = (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError)
        self._retries = retries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def related(self, article: str | Article, **options: Any) -> RelatedArticles:
        """Return the related articles of a stored article, or of an article that is not stored.

        Args:
            article: The id or webUrl of a stored article, or any article.
            options: Options of the API: `limit`, `min_score`, `after`, `topic`, `explain` and so on.

        Raises:
            NotFoundError: If there is no such article.
            ProblemError: If the service answers with another problem.
        """
        params = _params(options)
        if isinstance(article, str):
            found = self._ask("GET", "/v1/related", params={"id": article, **params})
        else:
            found = self._ask("POST", "/v1/related", params=params, json=article.to_record())
        return _answer(found, article if isinstance(article, Article) else None)

    def get(self, article_id: str) -> Article:
        """Return a stored article.

        Raises:
            NotFoundError: If there is no such article.
        """
        return Article.read(self._ask("GET", f"/v1/articles/{_segment(article_id)}"))

    def search(self, query: str, **options: Any) -> Results:
        """Return the stored articles that an id, a webUrl or words find, best first.

        Args:
            query: What is searched for; the last word may be unfinished.
            options: `limit` and the filters of the API: `topic`, `provider`, `language`, `after` and so on.

        Raises:
            ProblemError: If the service answers with a problem.
        """
        return Results.of_json(self._ask("GET", "/v1/search", params={"q": query, **_params(options)}))

    def articles(self, **options: Any) -> Listing:
        """Return a page of the stored articles, the newest first; `cursor` of a page leads to the next one.

        Args:
            options: `limit`, `cursor`, `facets` and the filters of the API, as in `search`.

        Raises:
            ProblemError: If the service answers with a problem.
        """
        return Listing.of_json(self._ask("GET", "/v1/articles", params=_params(options)))

    def status(self) -> dict[str, Any]:
        """Return the status of the service."""
        status: dict[str, Any] = self._ask("GET", "/v1/status")
        return status

    def put(self, article: Article) -> Result:
        """Write an article; it is durable when this returns.

        Raises:
            ConfigError: If the article has no id.
            ProblemError: If the service answers with a problem.
        """
        if not article.id:
            raise ConfigError("the article has no id", expected="an article with an id")
        done = self._ask("PUT", f"/v1/articles/{_segment(article.id)}", json=_record(article))
        return Result(done["id"], done["status"], done["revision"])

    def delete(self, article_id: str) -> None:
        """Delete an article.

        Raises:
            NotFoundError: If there is no such article.
        """
        self._ask("DELETE", f"/v1/articles/{_segment(article_id)}")

    def write(self, articles: Iterable[Article]) -> Iterator[Result]:
        """Write any number of articles in batches, and yield a result for each, in order.

        Articles that the service was too busy for are sent again.

        Raises:
            ProblemError: If the service rejects a whole batch.
        """
        remaining = iter(articles)
        while batch := list(islice(remaining, BATCH)):
            results: dict[int, Result] = {}
            for attempt in range(self._retries + 1):
                left = [position for position in range(len(batch)) if position not in results]
                for position, result in zip(left, self._send([batch[each] for each in left]), strict=False):
                    is_retried = result.error is not None and result.error.status in _RETRIED
                    if not is_retried or attempt == self._retries:
                        results[position] = result
                if len(results) == len(batch):
                    break
                time.sleep(_pause(attempt))
            yield from (results[position] for position in range(len(batch)))

    def _send(self, batch: list[Article]) -> Iterator[Result]:
        body = b"".join(json.dumps(_record(article), ensure_ascii=False).encode() + b"\n" for article in batch)
        headers = {"Content-Type": "application/x-ndjson"}
        for attempt in range(self._retries + 1):
            with self._http.stream("POST", "/v1/articles/batch", content=body, headers=headers) as response:
                if response.status_code in _RETRIED and attempt < self._retries:
                    response.read()
                    wait = _pause(attempt, response.headers.get("retry-after"))
                elif response.is_error:
                    response.read()
                    raise _error(response)
                else:
                    yield from (_result(json.loads(line)) for line in response.iter_lines() if line)
                    return
            time.sleep(wait)

    def _ask(self, method: str, path: str, **request: Any) -> Any:
        attempt = 0
        while True:
            try:
                response = self._http.request(method, path, **request)
            except self._lost as error:
                # All requests are idempotent.
                if attempt >= self._retries:
                    raise RelatedError(
                        f"the service cannot be reached: {error}", where=str(self._http.base_url)
                    ) from None
                wait = _pause(attempt)
            else:
                if response.status_code not in _RETRIED or attempt >= self._retries:
                    break
                wait = _pause(attempt, response.headers.get("retry-after"))
            attempt += 1
            time.sleep(wait)
        if response.is_error:
            raise _error(response)
        return response.json() if response.content else None


def _error(response: httpx2.Response) -> RelatedError:
    try:
        problem = response.json()
    except ValueError:
        problem = {"title": f"the service answered {response.status_code}", "status": response.status_code}
    error = ProblemError(problem if isinstance(problem, dict) else {"status": response.status_code})
    return NotFoundError(error.what, expected=error.expected) if error.kind == "not-found" else error


def _pause(attempt: int, retry_after: str | None = None) -> float:
    """Return the seconds before the next attempt: `Retry-After`, or exponential backoff, with jitter."""
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else 0.2 * 2**attempt
    return min(MAX_WAIT_S, seconds) * random.uniform(1.0, 1.25)  # noqa: S311 - no secret


def _segment(article_id: str) -> str:
    return quote(article_id, safe="")


def _params(options: Mapping[str, Any]) -> dict[str, Any]:
    def text(value: Any) -> Any:
        return str(value).lower() if isinstance(value, bool) else value

    return {name: text(value) for name, value in options.items() if value is not None}


def _record(article: Article) -> dict[str, Any]:
    record = article.to_record()
    return record if article.secured is None else {**record, "secured": article.secured}


def _result(line: Mapping[str, Any]) -> Result:
    if "problem" in line:
        return Result(str(line.get("id", "")), "failed", error=ProblemError(line["problem"]))
    return Result(line["id"], line["status"], line["revision"])


def _retold(item: Mapping[str, Any]) -> Named:
    return Named(item.get("id", ""), item["title"], item.get("webUrl"))


def _answer(found: Mapping[str, Any], asked: Article | None) -> RelatedArticles:
    items = []
    beside = ("score", "reasons", "duplicates", "pinned")
    parts = {candidate["id"]: candidate["parts"] for candidate in found.get("considered") or ()}
    for item in found["related"]:
        entry = {key: value for key, value in item.items() if key not in beside}
        items.append(
            RelatedItem(
                article=Article.read(entry),
                score=item["score"],
                reasons=item["reasons"],
                parts=parts.get(item["id"], {}),
                features={},
                duplicates=[_retold(copy) for copy in item["duplicates"]],
                pinned=item.get("pinned", False),
            )
        )
    considered = found.get("considered")
    return RelatedArticles(
        article=asked or Article.read(found["article"]),
        items=items,
        revision=found["revision"],
        scorer=found["scorer"],
        duplicates=[_retold(copy) for copy in found["duplicates"]],
        translations=[
            Named(each["id"], each["title"], each.get("webUrl"), each.get("language"))
            for each in found.get("translations", ())
        ],
        notes=found.get("notes", []),
        considered=None
        if considered is None
        else [Considered(c["id"], c["title"], c["score"], c["parts"], c["fate"]) for c in considered],
    )
