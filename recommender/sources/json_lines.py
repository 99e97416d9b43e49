"""JSON lines in and out: one article a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from recommender.article import Article
from recommender.config import Settings
from recommender.errors import ArticleError, InputError, SourceError
from recommender.sites.page import Page
from recommender.sites.records import Records
from recommender.sites.root import SiteRoot
from recommender.sources.base import FileState, Found, ReadArticle, Skipped, Unchanged, Unreadable, reason
from recommender.text import has_surrogate

_NO_STATE = FileState(0, 0, 0, 0)


class JsonLinesFile:
    """A file with one JSON object a line; each needs an `id` or a `webUrl`."""

    kind = "json_lines"

    def __init__(self, location: Path, settings: Settings | None = None, *, now: datetime | None = None) -> None:
        settings = settings or Settings()
        self.location = location
        self.profile = Records(SiteRoot(location.parent), settings.site, settings.fields, "one JSON object a line")
        self._max_line_bytes = settings.sources.max_file_bytes
        self._now = now or datetime.now(UTC)

    def fingerprint(self) -> str:
        """What the articles depend on beside the file."""
        return self.profile.fingerprint()

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Every line in order; a broken line is an `Unreadable` and reading goes on."""
        name = self.location.name
        try:
            with self.location.open("rb") as stream:
                state = FileState.of(self.location.stat())
                if known.get(name) == state:
                    yield Unchanged(name)
                    return
                yield from self._read(stream, name, state)
        except OSError as error:
            raise SourceError(f"the file cannot be read: {reason(error)}", where=str(self.location)) from None

    def lines(self) -> Iterator[tuple[int, bytes | None]]:
        """Number and bytes of every line that is not blank; None for one that is too long.

        Raises:
            SourceError: If the file cannot be read.
        """
        try:
            with self.location.open("rb") as stream:
                for number, line in enumerate(_lines(stream, self._max_line_bytes), start=1):
                    if line is None or line.strip():
                        yield number, line
        except OSError as error:
            raise SourceError(f"the file cannot be read: {reason(error)}", where=str(self.location)) from None

    def _read(self, stream: IO[bytes], name: str, state: FileState) -> Iterator[Found]:
        for number, line in enumerate(_lines(stream, self._max_line_bytes), start=1):
            where = f"{self.location}, line {number}"
            if line is not None and not line.strip():
                continue
            try:
                if line is None:
                    raise too_long(self._max_line_bytes)
                yield self._article(read_json_object(line, number), where, name, state)
            except InputError as error:
                yield Unreadable(error.at(where), name)

    def article(self, line: bytes, number: int) -> Article | Skipped:
        """The article in a line, as `scan` reads it, or why readers may not see it.

        Raises:
            InputError: If the line holds none.
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
    """What is wrong with a line that is not read."""
    return InputError(f"the line is longer than {max_bytes:,} bytes")


def read_json_article(line: bytes, number: int = 1) -> Article:
    """One line of JSON as an article with an id.

    Raises:
        InputError: If the line is not UTF-8, not a JSON object, or not an article.
    """
    article = _with_id(Article.read(read_json_object(line, number)))
    article.to_record()  # an error now, with the line, rather than when it is stored
    return article


def read_json_object(line: bytes, number: int = 1) -> dict[str, Any]:
    """One line of JSON as the object that it holds.

    Raises:
        InputError: If the line is not UTF-8 or not a JSON object.
    """
    try:
        fields = json.loads(line.rstrip(b"\r\n").decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} of the line is not UTF-8", expected="a file in UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"invalid JSON at column {error.colno}: {error.msg}", expected="one JSON object a line"
        ) from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"invalid JSON: {error}", expected="one JSON object a line") from None
    if not isinstance(fields, dict):
        raise InputError(f"the line holds a {type(fields).__name__}", expected="a JSON object")
    # Only an escape such as \ud83d can bring one in.
    if b"\\u" in line and has_surrogate(json.dumps(fields, ensure_ascii=False)):
        raise InputError(
            "a text holds half of a surrogate pair", expected="whole characters, such as \\ud83d\\ude00 for an emoji"
        )
    return fields


def _with_id(article: Article) -> Article:
    if article.id is not None:
        return article
    if not article.web_url or not article.web_url.strip():
        raise ArticleError("the article has neither an id nor a webUrl", expected="one of them")
    # Read once more, for an address may be none that an id can be.
    return Article.read({**article.to_record(), "secured": article.secured, "id": url_id(article.web_url)})


def url_id(web_url: str) -> str:
    """The id of an article that is known by its webUrl alone: what cannot be printed is percent-encoded."""
    return "".join(char if char.isprintable() else quote(char) for char in web_url.strip())


def write_json_lines(stream: IO[str], records: Iterable[Mapping[str, Any]]) -> None:
    """Write each record as one line of JSON."""
    for record in records:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def _lines(stream: IO[bytes], max_bytes: int) -> Iterator[bytes | None]:
    """The lines of `stream`; None for one longer than `max_bytes`, which is passed over without being kept."""
    while line := stream.readline(max_bytes + 1):
        if len(line) <= max_bytes or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(max_bytes)) and not rest.endswith(b"\n"):
            pass
        yield None
