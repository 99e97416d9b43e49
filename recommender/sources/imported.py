"""What the importers share: plain texts from HTML, titles for posts without one, states and failures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from html import unescape
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from recommender.article import Article, parse_date
from recommender.article_errors import MAX_ID_CHARS
from recommender.errors import InputError, RelatedError, SourceError
from recommender.sources.base import FileState, ReadArticle, Unreadable
from recommender.text import has_surrogate

MAX_FAILURES_IN_A_ROW = 10
"""So many failures one after another mean that the site is down, not that some of its pages are broken."""
TITLE_WORDS = 10
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Failures:
    """Counts what fails one after another, and gives up when the site seems to be down."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def note(self, error: RelatedError, path: str, *, is_outage: bool = True) -> Unreadable:
        """Record one failure; return it as something unreadable.

        Raises:
            SourceError: If there were too many in a row.
        """
        self._in_a_row += is_outage
        if self._in_a_row >= MAX_FAILURES_IN_A_ROW:
            raise SourceError(
                f"{self._in_a_row} requests failed one after another, the last one because {error.what}",
                where=error.where,
                hint="try again later; what was read until then is kept",
            )
        return Unreadable(error, path)

    def reset(self) -> None:
        """Record a success."""
        self._in_a_row = 0


def read_fields(fields: Mapping[str, Any], where: str, path: str, state: FileState) -> ReadArticle | Unreadable:
    """Make an article of `fields`, without those that are empty or cannot be read.

    An article without a title is called by its slug (the field `slug`), or else by the first words of its text.
    """
    filled = {name: value for name, value in fields.items() if value not in (None, "", [], ()) and name != "slug"}
    title = filled.get("title") or readable_slug(str(fields.get("slug") or ""))
    title = title or first_words(str(fields.get("body") or fields.get("excerpt") or ""))
    try:
        article, lost = Article.salvage({**filled, "title": title} if title else filled)
    except InputError as error:
        return Unreadable(error.at(where), path)
    return ReadArticle(article, where, path, state, tuple(lost))


def plain(html: Any) -> str:
    """Turn a line of HTML, such as a title, into text: no tags, no entities, no control characters."""
    if not isinstance(html, str):
        return ""
    text = unescape(_TAG.sub("", html))
    return " ".join(_CONTROL.sub("", text).split())


def prose(html: Any) -> str:
    """Turn a piece of HTML into the text that a reader sees."""
    from recommender.text.markup import prose_of_html

    return prose_of_html(html) if isinstance(html, str) and html.strip() else ""


def readable_slug(slug: str) -> str:
    """Turn `hello-world` into `Hello world`; a slug that is only a number says nothing and gives an empty text."""
    words = plain(re.sub(r"[-_\s]+", " ", unquote(slug)))
    return "" if re.fullmatch(r"[\d ]*", words) else words[:1].upper() + words[1:]


def first_words(text: str) -> str:
    """The beginning of a text, to be shown as a title."""
    words = text.split()
    shown = " ".join(words[:TITLE_WORDS])
    return shown if len(words) <= TITLE_WORDS and len(shown) <= 120 else f"{shown[:120].rstrip(' ,.;:')} …"


def mapping(value: Any) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The JSON objects of a list; none if it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def distinct(texts: Iterable[str]) -> list[str]:
    """The texts that are not empty, each once, in their order."""
    return list(dict.fromkeys(text for text in texts if text))


def plain_id(text: str) -> str:
    """Make an id of any text: what an id may not hold is left out, and what is too long ends with a hash."""
    kept = "".join(char for char in text.strip() if char.isprintable())
    if len(kept) <= MAX_ID_CHARS:
        return kept
    return f"{kept[: MAX_ID_CHARS - 17]}-{content_hash(text.encode('utf-8', 'replace')):016x}"


def content_hash(data: bytes) -> int:
    """A hash of 63 bits, which fits where a `FileState` has an inode."""
    return int.from_bytes(blake2b(data, digest_size=8).digest()) >> 1


def record_hash(article: Article) -> int:
    """A hash of all that an article holds."""
    return content_hash(json.dumps(article.to_record(), sort_keys=True).encode())


def utc_ns(text: Any) -> int:
    """Nanoseconds since 1970 of an ISO 8601 date, which is in UTC where it names no zone; 0 if it is none."""
    try:
        moment = parse_date(text)
    except ValueError:
        return 0
    since = moment - datetime(1970, 1, 1, tzinfo=UTC) if moment else None
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000 if since else 0


def is_web_address(url: Any) -> bool:
    """Whether `url` is an absolute http or https address."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def absolute(base: str, url: Any) -> str:
    """`url` as an absolute address, seen from `base`; empty if there is none."""
    try:
        address = urljoin(base, str(url).strip()) if url else ""
    except ValueError:
        return ""
    return address if is_web_address(address) else ""


def parse_json(data: bytes) -> Any:
    """Parse JSON; halves of surrogate pairs, which no database stores, become replacement characters.

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
