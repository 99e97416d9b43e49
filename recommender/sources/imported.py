"""Helpers of the importers: texts from HTML, default titles, ids, states, and failing requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from recommender.article import Article, parse_date
from recommender.article_errors import MAX_ID_CHARS
from recommender.errors import InputError, RelatedError, SourceError
from recommender.sources.base import FileState, ReadArticle, Unchanged, Unreadable
from recommender.sources.web_errors import WebError, redacted
from recommender.text import has_surrogate

MAX_FAILURES_IN_A_ROW = 10
"""After this many failures in a row, the site counts as down."""
TITLE_WORDS = 10
CHUNK_POSTS = 50
"""Posts per request; whole posts are large, and the server renders each."""
Post = dict[str, Any]
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Failures:
    """Counts failures in a row, and gives up when the site seems to be down."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def note(self, error: RelatedError, path: str, *, is_outage: bool = True) -> Unreadable:
        """Record a failure, and return it as an `Unreadable`.

        Raises:
            SourceError: If there were too many in a row.
        """
        self._in_a_row += is_outage
        if self._in_a_row >= MAX_FAILURES_IN_A_ROW:
            what = f"{self._in_a_row} requests failed in a row, the last one because {error.what}"
            raise SourceError(what, where=error.where, hint="try again later; articles read so far are kept")
        return Unreadable(error, path)

    def reset(self) -> None:
        """Record a success."""
        self._in_a_row = 0


def read_fields(fields: Mapping[str, Any], where: str, path: str, state: FileState) -> ReadArticle | Unreadable:
    """Build an article from `fields`, without those that are empty or cannot be read.

    A missing title is replaced by the field `slug`, else by the first words of the text.
    """
    filled = {name: value for name, value in fields.items() if value not in (None, "", [], ()) and name != "slug"}
    title = filled.get("title") or readable_slug(str(fields.get("slug") or ""))
    title = title or first_words(str(fields.get("body") or fields.get("excerpt") or ""))
    try:
        article, lost = Article.salvage({**filled, "title": title} if title else filled)
    except InputError as error:
        return Unreadable(error.at(where), path)
    return ReadArticle(article, where, path, state, tuple(lost))


def read_if_changed(
    fields: Mapping[str, Any], where: str, path: str, changed_ns: int, known: FileState | None
) -> ReadArticle | Unreadable | Unchanged:
    """Build an article from `fields`, or return `Unchanged` if time of change and content are as known."""
    found = read_fields(fields, where, path, FileState(0, changed_ns, 0, 0))
    if not isinstance(found, ReadArticle):
        return found
    state = FileState(0, changed_ns, 0, content_hash(json.dumps(found.article.to_record(), sort_keys=True).encode()))
    return Unchanged(path) if state == known else replace(found, state=state)


def fetch_posts(
    ids: list[Any], fetch: Callable[[list[Any]], Mapping[Any, Post]], site: str
) -> Iterator[Post | Unreadable]:
    """Yield the posts with these ids, in order.

    Args:
        ids: The ids.
        fetch: Requests some of the posts; returns them by id, and raises `WebError` if the request fails.
        site: The site's address.

    Raises:
        SourceError: If too many requests fail in a row.
    """
    failures = Failures()
    for start in range(0, len(ids), CHUNK_POSTS):
        yield from _fetch_chunk(ids[start : start + CHUNK_POSTS], fetch, redacted(site), failures)


def _fetch_chunk(
    ids: list[Any], fetch: Callable[[list[Any]], Mapping[Any, Post]], site: str, failures: Failures
) -> Iterator[Post | Unreadable]:
    try:
        posts = fetch(ids)
    except WebError as error:
        unreadable = failures.note(error.at(site), f"post-{ids[0]}", is_outage=error.is_outage)
        if len(ids) == 1:
            error.where = f"{site}, post {ids[0]}"
            yield unreadable
            return
        # Try each half, to lose only the post that makes the request fail.
        middle = len(ids) // 2
        yield from _fetch_chunk(ids[:middle], fetch, site, failures)
        yield from _fetch_chunk(ids[middle:], fetch, site, failures)
        return
    failures.reset()
    for number in ids:
        missing = InputError("the post is listed, but the site does not return it", where=f"{site}, post {number}")
        yield posts[number] if number in posts else Unreadable(missing, f"post-{number}")


def plain(html: Any) -> str:
    """Convert a line of HTML, such as a title, to text without tags, entities and control characters."""
    if not isinstance(html, str):
        return ""
    text = unescape(_TAG.sub("", html))
    return " ".join(_CONTROL.sub("", text).split())


def prose(html: Any) -> str:
    """Convert HTML to the text that a reader sees."""
    from recommender.text.markup import prose_of_html

    return prose_of_html(html) if isinstance(html, str) and html.strip() else ""


def readable_slug(slug: str) -> str:
    """Convert `hello-world` to `Hello world`, and a slug of digits to an empty text."""
    words = plain(re.sub(r"[-_\s]+", " ", unquote(slug)))
    return "" if re.fullmatch(r"[\d ]*", words) else words[:1].upper() + words[1:]


def first_words(text: str) -> str:
    """Return the beginning of a text, to use as a title."""
    words = text.split()
    shown = " ".join(words[:TITLE_WORDS])
    return shown if len(words) <= TITLE_WORDS and len(shown) <= 120 else f"{shown[:120].rstrip(' ,.;:')} …"


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the JSON objects of a list; none if `value` is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def distinct(texts: Iterable[str]) -> list[str]:
    """Return the non-empty texts in order, without duplicates."""
    return list(dict.fromkeys(text for text in texts if text))


def plain_id(text: str) -> str:
    """Convert any text to a valid id: drop invalid characters, and shorten it with a hash if it is too long."""
    kept = "".join(char for char in text.strip() if char.isprintable())
    if len(kept) <= MAX_ID_CHARS:
        return kept
    return f"{kept[: MAX_ID_CHARS - 17]}-{content_hash(text.encode('utf-8', 'replace')):016x}"


def content_hash(data: bytes) -> int:
    """Return a hash of 63 bits, which fits into the inode of a `FileState`."""
    return int.from_bytes(blake2b(data, digest_size=8).digest()) >> 1


def utc_ns(text: Any) -> int:
    """Convert an ISO 8601 date (UTC if it has no zone) to nanoseconds since 1970; 0 if it is invalid."""
    try:
        moment = parse_date(text)
    except ValueError:
        return 0
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) if moment else None
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000 if since else 0


def is_web_address(url: Any) -> bool:
    """Return whether `url` is an absolute http or https address."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def absolute(base: str, url: Any) -> str:
    """Resolve `url` against `base`; empty if the result is not a web address."""
    try:
        address = urljoin(base, str(url).strip()) if url else ""
    except ValueError:
        return ""
    return address if is_web_address(address) else ""


def parse_json(data: bytes) -> Any:
    """Parse JSON, and replace lone surrogates, which no database stores.

    Raises:
        ValueError: If it is not JSON in UTF-8.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if b"\\u" in data:
        text = json.dumps(value, ensure_ascii=False)
        if has_surrogate(text):
            value = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return value
