"""YAML front matter, taken apart without reading its `related` block."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import uuid4

from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import YamlMapping, read_yaml_mapping, without_tabs

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
        yaml_text: What was parsed: as it is written, but for tabs that lines begin with.
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
            what, expected="YAML front matter between two lines of ---", hint="or leave it out: sources.exclude"
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
    try:
        fields, offsets = read_yaml_mapping(yaml_text)
    except FrontMatterError:
        blanks = without_tabs(yaml_text)
        if blanks is None:
            raise
        yaml_text = blanks
        fields, offsets = read_yaml_mapping(yaml_text)
    return FrontMatter(fields, body, yaml_text, offsets)
