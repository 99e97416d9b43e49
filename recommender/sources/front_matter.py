"""Parse YAML front matter; a `related` block in the usual form is skipped, because parsing it is slow."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import uuid4

from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import YamlMapping, read_yaml_mapping, without_tabs

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")

# A `related` block in which every line is complete: an indented key without a value, or with a number, a word, a date
# or a quoted text that ends on the same line. No such line can begin or end anything else.
# Only single characters are repeated possessively: before Python 3.11.5, a group that is may match too much.
# Plain values must be ASCII, because YAML has other line ends beyond it; the bytes can then be matched undecoded.
_VALUE = (
    rb'(?:"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*"'
    rb"|'[^'\r\n]*+(?:''[^'\r\n]*+)*'"
    rb"|[A-Za-z0-9][^:#\r\n\x80-\xff]*+(?::(?=[^\s#])[^:#\r\n\x80-\xff]*+)*)"
)
_PLAIN_BLOCK = re.compile(
    rb"related:[ ]*+\r?\n"
    rb"(?:(?:[ ]|-[ ])[ -]*+[A-Za-z0-9_]++:(?:[ ]++" + _VALUE + rb"[ ]*+)?\r?\n)*"
    rb"(?=(?:\r?\n)*(?:[A-Za-z0-9_]++:\s|---|\.\.\.))"
)
# A random value, which no file can contain.
_CUT = f"skipped-{uuid4().hex}"
_STAND_IN = f"related: {_CUT}\n".encode()
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FrontMatter(NamedTuple):
    """A parsed Markdown file.

    Attributes:
        fields: The front matter's fields without `related`.
        body: The text after the front matter.
        yaml_text: The parsed YAML: verbatim, except for tabs at the beginning of lines.
        offsets: Where each field begins in it.
        related: The value of `related`; None if there is none, or if its block was skipped.
        cut: The bytes before the skipped block, and the block; both empty if none was skipped.
    """

    fields: YamlMapping
    body: str
    yaml_text: str
    offsets: dict[str, int]
    related: Any = None
    cut: tuple[bytes, bytes] = (b"", b"")

    def line(self, field: str) -> int:
        """Return the line number of a field, from 1; 1 for a missing field."""
        if field not in self.offsets:
            return 1
        # The opening `---` is line 1, so the YAML's first line is line 2.
        line = self.yaml_text.count("\n", 0, self.offsets[field]) + 2
        before, block = self.cut
        # One line replaced the block.
        return line + block.count(b"\n") - 1 if block and line > before.count(b"\n") + 1 else line


def decode(data: bytes) -> str:
    """Decode a file, without its byte order mark.

    Raises:
        FrontMatterError: If it is not UTF-8; with the line.
    """
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        what, line = f"byte 0x{data[error.start]:02x} is not UTF-8", data.count(b"\n", 0, error.start) + 1
        raise FrontMatterError(what, where=f"line {line}", expected="a file in UTF-8") from None


def split_front_matter(text: str) -> tuple[str, str]:
    """Split a file into the YAML between the opening and the closing `---`, and the body after it.

    Raises:
        FrontMatterError: If the file does not start with `---`, or the front matter is never closed.
    """
    opening = _OPENING.match(text)
    if opening is None:
        what = "the file is empty" if not text.strip() else "line 1 is not ---"
        expected = "YAML front matter between two lines of ---"
        raise FrontMatterError(what, expected=expected, hint="or leave it out: sources.exclude")
    # From the line end of the opening on, because the front matter may be empty.
    closing = min(filter(None, (_closing(text, start, opening.end() - 1) for start in ("---", "..."))), default=None)
    if closing is None:
        raise FrontMatterError("the front matter is never closed", expected="a line of --- after the last field")
    return text[opening.end() : closing[0]], text[closing[1] :]


def _closing(text: str, fence: str, position: int) -> tuple[int, int] | None:
    """Find the first closing line of this fence; searching for a plain text is much faster than for a pattern."""
    while (position := text.find(f"\n{fence}", position) + 1) > 0:
        if found := _CLOSING.match(text, position):
            return found.span()
    return None


def parse_front_matter(data: bytes) -> FrontMatter:
    """Parse a file, without its `related` block where that can be skipped.

    A block in the usual form (see `_PLAIN_BLOCK`) is replaced by one line before the YAML is parsed, and the result
    must have that line as a top-level key. Otherwise, the file is parsed whole.

    Raises:
        FrontMatterError: If the front matter is invalid; with the line.
    """
    data = data.removeprefix(BYTE_ORDER_MARK)
    block = _PLAIN_BLOCK.match(data, data.find(b"\nrelated:") + 1)
    if block is not None:
        before = data[: block.start()]
        try:
            front = _parse(before + _STAND_IN + data[block.end() :])
            if not block[0].isascii():
                block[0].decode()
        except (FrontMatterError, UnicodeDecodeError):
            pass  # raised again below, with the right line
        else:
            if front.fields.pop("related", None) == _CUT:
                return front._replace(cut=(before, block[0]))
    front = _parse(data)
    return front._replace(related=front.fields.pop("related", None))


def _parse(data: bytes) -> FrontMatter:
    yaml_text, body = split_front_matter(decode(data))
    try:
        fields, offsets = read_yaml_mapping(yaml_text)
    except FrontMatterError:
        blanks = without_tabs(yaml_text)
        if blanks is None:
            raise
        yaml_text = blanks
        fields, offsets = read_yaml_mapping(yaml_text)
    return FrontMatter(fields, body, yaml_text, offsets)
