"""Markdown files with YAML front matter as articles; the `related` block is passed over unread."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple
from uuid import uuid4

from recommender.article import Article
from recommender.config import SourceSettings
from recommender.errors import ArticleError, FrontMatterError, InputError, SourceError
from recommender.sources.base import FileState, Found, ReadArticle, Unchanged, Unreadable, reason
from recommender.sources.yaml_mapping import YamlMapping, read_yaml_mapping

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")

# A `related` block whose every line says for itself that it is whole: an indented key with nothing, a number, a word,
# a date or a quoted text that ends on its line. No such line can hide the start or the end of anything.
# A plain value is in ASCII, because YAML knows line ends beyond it; so the bytes can be matched before they are text.
_VALUE = (
    rb'(?:"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"'
    rb"|'[^'\r\n]*+(?:''[^'\r\n]*+)*+'"
    rb"|[A-Za-z0-9][^:#\r\n\x80-\xff]*+(?::(?=[^\s#])[^:#\r\n\x80-\xff]*+)*+)"
)
_PLAIN_BLOCK = re.compile(
    rb"related:[ ]*+\r?\n"
    rb"(?:(?:[ ]|-[ ])[ -]*+[A-Za-z0-9_]++:(?:[ ]++" + _VALUE + rb"[ ]*+)?+\r?\n)*+"
    rb"(?=(?:\r?\n)*+(?:[A-Za-z0-9_]++:\s|---|\.\.\.))"
)
# Not to be known before, so that no file can hold it.
_CUT = f"passed-over-{uuid4().hex}"
_STAND_IN = f"related: {_CUT}\n".encode()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FrontMatter(NamedTuple):
    """A Markdown file taken apart.

    Attributes:
        fields: The front matter's fields without `related`.
        body: The text after the front matter; empty if there is none.
        yaml_text: What was parsed.
        offsets: Where each field stands in it.
        related: The value of `related`; None if it has none, or if its block was left out of what was parsed.
        cut: The bytes before the block that was left out of it, and the block.
    """

    fields: YamlMapping
    body: str
    yaml_text: str
    offsets: dict[str, int]
    related: Any = None
    cut: tuple[bytes, bytes] = (b"", b"")

    def line(self, field: str) -> int:
        """The line of a field in the file, from 1; 1 for a field that is not there."""
        if field not in self.offsets:
            return 1
        # The opening `---` is line 1, so the YAML's first line is line 2.
        line = self.yaml_text.count("\n", 0, self.offsets[field]) + 2
        before, block = self.cut
        # One line stood in for the block.
        return line + block.count(b"\n") - 1 if block and line > before.count(b"\n") + 1 else line


def split_front_matter(text: str) -> tuple[str, str]:
    """The YAML between the opening and the closing `---`, and the body after it.

    Raises:
        FrontMatterError: If the file does not start with `---`, or no later line closes the front matter.
    """
    opening = _OPENING.match(text)
    if opening is None:
        what = "the file is empty" if not text.strip() else "line 1 is not ---"
        raise FrontMatterError(
            what,
            expected="YAML front matter between two lines of ---",
            hint="or leave it out: sources.exclude",
        )
    # From the line end of the opening, so that an empty front matter closes too.
    start = _line_of(text, _CLOSING, ("---", "..."), opening.end() - 1)
    if start is None:
        raise FrontMatterError(
            "the front matter that line 1 opens is never closed", expected="a line of --- after the last field"
        )
    end = _CLOSING.match(text, start)
    return text[opening.end() : start], text[end.end() if end else start :]


def _line_of(text: str, pattern: re.Pattern[str], starts: tuple[str, ...], position: int) -> int | None:
    """Where the first line from `position` on begins that has one of `starts` and matches `pattern`.

    Plain searches for a text are many times faster than a search for a pattern.
    """
    found = []
    for start in starts:
        place = text.find(f"\n{start}", position)
        while place >= 0:
            if pattern.match(text, place + 1):
                found.append(place + 1)
                break
            place = text.find(f"\n{start}", place + 1)
    return min(found, default=None)


def parse_front_matter(data: bytes) -> FrontMatter:
    """Parse everything but the `related` block.

    A block that is plainly formed (see `_PLAIN_BLOCK`) is replaced by one line before the YAML is parsed, and the
    parser then confirms that this line is a top-level key. Anything less plain is parsed whole.

    Raises:
        FrontMatterError: With the line of the fault.
    """
    data = data.removeprefix(_BYTE_ORDER_MARK)
    block = _PLAIN_BLOCK.match(data, data.find(b"\nrelated:") + 1)
    if block is not None:
        before = data[: block.start()]
        try:
            front = _parse(before + _STAND_IN + data[block.end() :])
            if not block[0].isascii():
                block[0].decode()
        except (FrontMatterError, UnicodeDecodeError):
            pass  # said below, with the right line
        else:
            if front.fields.pop("related", None) == _CUT:
                return front._replace(cut=(before, block[0]))
    front = _parse(data)
    return front._replace(related=front.fields.pop("related", None))


def _parse(data: bytes) -> FrontMatter:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FrontMatterError(
            f"byte 0x{data[error.start]:02x} is not UTF-8", where=f"line {line}", expected="a file in UTF-8"
        ) from None
    yaml_text, body = split_front_matter(text)
    fields, offsets = read_yaml_mapping(yaml_text)
    return FrontMatter(fields, body, yaml_text, offsets)


def read_markdown(data: bytes, article_id: str | None) -> Article:
    """A Markdown file's bytes as an article; `article_id` serves if the front matter has no `id`.

    Raises:
        InputError: With the line of the fault, if the file is not UTF-8, its YAML is broken or it is no article.
    """
    return article_of(parse_front_matter(data), article_id)


def article_of(front: FrontMatter, article_id: str | None) -> Article:
    """The article in a file that was taken apart; `article_id` serves if the front matter has no `id`.

    Raises:
        InputError: With the line of the fault, if it is no article.
    """
    fields = {**front.fields}
    if fields.get("id") is None:
        fields["id"] = article_id
    if front.body.strip():
        if "body" in fields:
            raise FrontMatterError(
                "the front matter has a key body, and there is a text after it too",
                where=f"line {front.line('body')}",
                expected="one of them",
            )
        fields["body"] = front.body
    try:
        return Article.read(fields)
    except ArticleError as error:
        field = error.what.split()[0].split(".")[0]
        raise error.at(f"line {front.line(field)}") from None


class MarkdownFolder:
    """A folder of Markdown files, with its sub-folders; hidden ones are passed over."""

    kind = "markdown_folder"

    def __init__(self, location: Path, settings: SourceSettings) -> None:
        self.location = location
        self._settings = settings

    def files(self) -> Iterator[tuple[str, str]]:
        """Every article file below the folder and its path there, sorted by path."""
        return self._walk(str(self.location), "")

    def read(self, file: str, state: FileState) -> bytes:
        """The bytes of one of the files, in this state.

        Raises:
            OSError: If it can not be read.
            FrontMatterError: If it is too large.
        """
        return _read_bytes(file, state, self._settings)

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """Every article file below the folder, sorted by path."""
        for file, path in self.files():
            yield _read_file(file, path, known.get(path), self._settings)

    def _walk(self, folder: str, prefix: str) -> Iterator[tuple[str, str]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise SourceError(f"the folder can not be listed: {reason(error)}", where=folder) from None
        for entry in found:
            path = f"{prefix}{entry.name}"
            if entry.name.startswith(".") or matches(path, self._settings.exclude):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(entry.path, f"{path}/")
            elif matches(path, self._settings.include) and not _leads_to_folder(entry):
                yield entry.path, path


class MarkdownFile:
    """A single Markdown file as a source of one article."""

    kind = "markdown_file"

    def __init__(self, location: Path, settings: SourceSettings) -> None:
        self.location = location
        self._settings = settings

    def scan(self, known: Mapping[str, FileState]) -> Iterator[Found]:
        """The one file."""
        name = self.location.name
        yield _read_file(str(self.location), name, known.get(name), self._settings)


def _read_file(file: str, path: str, known: FileState | None, settings: SourceSettings) -> Found:
    # Names stay plain texts here: for small files, making paths of them takes as long as reading them.
    try:
        found = os.stat(file)  # noqa: PTH116
        if not S_ISREG(found.st_mode):
            raise FrontMatterError("this is no regular file", expected="a Markdown file")
        state = FileState.of(found)
        if state == known:
            return Unchanged(path)
        article = read_markdown(_read_bytes(file, state, settings), os.path.splitext(path)[0])  # noqa: PTH122
    except OSError as error:
        return Unreadable(InputError(f"the file can not be read: {reason(error)}", where=file), path)
    except InputError as error:
        return Unreadable(error.within(file), path)
    return ReadArticle(article, file, path, state)


def _read_bytes(file: str, state: FileState, settings: SourceSettings) -> bytes:
    if state.size_bytes > settings.max_file_bytes:
        raise FrontMatterError(
            f"the file has {state.size_bytes:,} bytes",
            expected=f"at most {settings.max_file_bytes:,}",
            hint="raise sources.max_file_bytes if it is an article all the same",
        )
    with open(file, "rb", buffering=0) as stream:  # noqa: PTH123
        return stream.read()


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads to itself; reading it says so


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern fits: one with a slash inside the whole path, any other the name; case does not count."""
    path = path.lower()
    name = path.rpartition("/")[2]
    for pattern in patterns:
        wanted = pattern.rstrip("/").lower()
        if fnmatchcase(path if "/" in wanted else name, wanted):
            return True
    return False
