"""Read and write JSON Lines with one article per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from recommender.article import Article
from recommender.config import Settings
from recommender.errors import ArticleError, InputError
from recommender.sites.page import Page
from recommender.sites.records import Records
from recommender.sites.root import SiteRoot
from recommender.sources.base import FileState, Found, ReadArticle, Skipped, Unchanged, Unreadable, reading
from recommender.text import has_surrogate

_NO_STATE = FileState(0, 0, 0, 0)


class JsonLinesFile:
    """A file with one JSON object per line; each needs an `id` or a `webUrl`."""

    kind = "json_lines"

    def __init__(self, location: Path, settings: Settings | None = None, *, now: datetime | None = None) -> None:
        settings = settings or Settings()
        self.location = location
        self.profile = Records(SiteRoot(location.parent), settings.site, settings.fields, "one JSON object a line")
        self._max_line_bytes = settings.sources.max_file_bytes
        self._now = now or datetime.now(UTC)

    def fingerprint(self) -> str:
        """Return the fingerprint of the reader and its settings; when it changes, everything is read again."""
        return self.profile.fingerprint()

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Yield the article of every line in order; an invalid line is an `Unreadable`."""
        name = self.location.name
        with reading(self.location), self.location.open("rb") as stream:
            state = FileState.of(self.location.stat())
            if known.get(name) == state:
                yield Unchanged(name)
                return
            for number, line in self._numbered(stream):
                where = f"{self.location}, line {number}"
                try:
                    if line is None:
                        raise too_long(self._max_line_bytes)
                    yield self._article(read_json_object(line, number), where, name, state)
                except InputError as error:
                    yield Unreadable(error.at(where), name)

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Yield number and bytes of every line that is not blank; None instead of bytes if it is too long.

        Raises:
            SourceError: If the file cannot be read.
        """
        with reading(self.location), self.location.open("rb") as stream:
            yield from self._numbered(stream)

    def _numbered(self, stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
        for number, line in enumerate(_lines(stream, self._max_line_bytes), start=1):
            if line is None or line.strip():
                yield number, line

    def article(self, line: bytes, number: int) -> Article | Skipped:
        """Read the article in a line, or return why readers may not see it.

        Raises:
            InputError: If the line is invalid.
        """
        found = self._article(read_json_object(line, number), "", self.location.name, _NO_STATE)
        return found.article if isinstance(found, ReadArticle) else found

    def _article(self, fields: Mapping[str, Any], where: str, name: str, state: FileState) -> ReadArticle | Skipped:
        described = self.profile.describe(Page("", fields), self._now)
        if described.hidden is not None:
            return Skipped(name, described.hidden)
        if described.origins.get("title") == "file name":
            raise ArticleError("title is missing", expected="a text that is not empty")
        article, lost = Article.salvage(described.fields)
        article = _with_id(article)
        article.to_record()  # an error now, with the line, rather than when it is stored
        return ReadArticle(article, where, name, state, (*described.lost, *lost), described.origins)


def too_long(max_bytes: int) -> InputError:
    """Build the error for a line that is not read."""
    return InputError(f"the line is longer than {max_bytes:,} bytes")


def read_json_article(line: bytes, number: int = 1) -> Article:
    """Parse a line of JSON as an article with an id.

    Raises:
        InputError: If the line is not UTF-8, not a JSON object, or not an article.
    """
    article = _with_id(Article.read(read_json_object(line, number)))
    article.to_record()  # an error now, with the line, rather than when it is stored
    return article


def read_json_object(line: bytes, number: int = 1) -> dict[str, Any]:
    """Parse a line of JSON that holds an object.

    Raises:
        InputError: If the line is not UTF-8 or not a JSON object.
    """
    try:
        fields = json.loads(line.rstrip(b"\r\n").decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} of the line is not UTF-8", expected="a file in UTF-8") from None
    except (RecursionError, ValueError) as error:
        what = f" at column {error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else f": {error}"
        raise InputError(f"invalid JSON{what}", expected="one JSON object a line") from None
    if not isinstance(fields, dict):
        raise InputError(f"the line holds a {type(fields).__name__}", expected="a JSON object")
    # Only an escape such as \ud83d can produce one.
    if b"\\u" in line and has_surrogate(json.dumps(fields, ensure_ascii=False)):
        expected = "whole characters, such as \\ud83d\\ude00 for an emoji"
        raise InputError("a text holds half of a surrogate pair", expected=expected)
    return fields


def _with_id(article: Article) -> Article:
    if article.id is not None:
        return article
    if not article.web_url or not article.web_url.strip():
        raise ArticleError("the article has neither an id nor a webUrl", expected="one of them")
    # Validate again, because not every address is a valid id.
    return Article.read({**article.to_record(), "secured": article.secured, "id": url_id(article.web_url)})


def url_id(web_url: str) -> str:
    """Convert a webUrl to an id; unprintable characters are percent-encoded."""
    return "".join(char if char.isprintable() else quote(char) for char in web_url.strip())


def _lines(stream: IO[bytes], max_bytes: int) -> Iterator[bytes | None]:
    """Yield the lines of `stream`; None for one longer than `max_bytes`, which is never held in memory."""
    while line := stream.readline(max_bytes + 1):
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(max_bytes)) and not rest.endswith(b"\n"):
            pass
        yield None
