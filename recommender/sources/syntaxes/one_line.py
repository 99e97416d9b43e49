"""Base of the syntaxes whose fields are lines of text; their related field is JSON on one line."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import decode
from recommender.sources.syntaxes.document import (
    LocatedField,
    ParsedDocument,
    blank_below,
    line_at,
    newline_of,
    refuse_bomb,
    rewrite,
)
from recommender.sources.yaml_mapping import MAX_VALUES

# Characters that some readers take for a line end or cannot print, and lone surrogates, which UTF-8 cannot encode.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def write_json_line(value: Any) -> str:
    """Write JSON that every reader takes for one line."""
    return escape_unprintable(json.dumps(value, ensure_ascii=False))


def escape_unprintable(text: str) -> str:
    """Escape characters of a JSON text that some readers take for a line end or cannot print."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def read_json_line(text: str) -> Any:
    """Parse the JSON in a field; any other text is returned as it is, and None for an empty one.

    Raises:
        FrontMatterError: If the value is nested too deeply or too large.
    """
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return text
    refuse_bomb(value)
    return value


def refuse_constant(name: str) -> Any:
    """Refuse `NaN` and `Infinity`, which are not JSON."""
    raise ValueError(f"{name} is not a number")


class Line(NamedTuple):
    """A line of a text without its line end, where it begins, and where the next one does."""

    text: str
    start: int
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether it holds only white space; also true past the end of the text."""
        return not self.text.strip()

    @property
    def is_indented(self) -> bool:
        """Whether it begins with white space and is not blank."""
        return self.text[:1] in {" ", "\t", "\v", "\f"} and not self.is_blank


class FieldLines:
    """Collects the fields of a file, and the position of its related field.

    Attributes:
        values: The lines of each field's value by its lower-case key, including `related`.
        offsets: Where each field begins.
        related: Where `related` begins and ends; None if there is none.
    """

    def __init__(self, text: str) -> None:
        self.values: dict[str, list[str]] = {}
        self.offsets: dict[str, int] = {}
        self.related: tuple[int, int] | None = None
        self._text = text
        self._count = 0

    def add(self, key: str, values: Iterable[str], start: int, end: int) -> None:
        """Add a field at `text[start:end]`; a repeated field adds lines to its value.

        Raises:
            FrontMatterError: If `related` is repeated, or there are too many fields.
        """
        self._count += 1
        if self._count > MAX_VALUES:
            what = f"the front matter holds more than {MAX_VALUES:,} values"
            raise FrontMatterError(what, expected="an article's fields")
        key = key.strip().lower()
        if key == "related":
            if self.related is not None:
                where = f"line {line_at(self._text, start)}"
                raise FrontMatterError("the key related is repeated", where=where, expected="one")
            self.related = (start, end)
        self.values.setdefault(key, []).extend(value.strip() for value in values)
        self.offsets.setdefault(key, start)

    def raw_related(self) -> str:
        """Return the text of the related field; empty if there is none."""
        return _joined(self.values.get("related", ()))

    def document(self, body: str, end: int, related: Any, *, is_alone: bool = False) -> ParsedDocument:
        """Build the parsed file; `end` is the place for a new related field."""
        fields = {key: _joined(values) for key, values in self.values.items() if key != "related"}
        if "title" in fields:
            fields["title"] = " ".join(fields["title"].split("\n"))
        start, end = self.related or (end, end)
        return ParsedDocument(fields, body, related, self._text, self.offsets, start, end, is_alone)


def _joined(values: Iterable[str]) -> str:
    return "\n".join(values).strip()


class LineSyntax(ABC):
    """A syntax whose related field is a line of JSON.

    Attributes:
        name: The name of the syntax.
    """

    name: str
    _lead: str
    """The beginning of the line."""
    _line = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
    """A line as the readers of this syntax split them."""

    @abstractmethod
    def claims(self, data: bytes) -> bool:
        """Return whether a file is written in this syntax."""

    @abstractmethod
    def _read(self, text: str) -> ParsedDocument: ...

    def _write_value(self, value: Any) -> str:
        return write_json_line(value)

    def parse(self, data: bytes) -> ParsedDocument:
        """Parse a file."""
        return self._read(decode(data))

    def find_related(self, data: bytes, front: ParsedDocument | None = None) -> LocatedField:
        """Locate the related field, or the place for one below all other fields."""
        front = front or self.parse(data)
        block = front.text[front.start : front.end]
        if block and not _ends_line(block):
            # The last line of a file may lack its line end.
            block += newline_of(front.text)
        return LocatedField(data, front, block.encode())

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the entries as JSON on one line."""
        return f"{self._lead}{self._write_value(list(entries))}{newline}".encode() if entries else b""

    def splice(self, field: LocatedField, block: bytes) -> bytes:
        """Insert, replace or remove the line."""
        if block == field.block:
            return field.data
        line, newline, front = block.decode(), field.newline, field.front
        text, start, end = front.text, front.start, front.end
        if start == end:
            if not text[end:] and start and not _ends_line(text[:start]):
                line = f"{newline}{line.removesuffix(newline)}"
            elif front.is_alone:
                line += newline
        elif not _ends_line(text[:end]):
            # The field ends the file without a line end, and its replacement does so too.
            if line:
                line = line.removesuffix(newline)
            else:
                start -= 2 if text[:start].endswith("\r\n") else min(start, 1)
        elif not line and front.is_alone:
            end = blank_below(text, end)
        return rewrite(field, f"{text[:start]}{line}{text[end:]}", block, self.find_related)

    def _line_at(self, text: str, place: int) -> Line:
        found = self._line.match(text, place)
        end = found.end() if found else place
        return Line(text[place:end].rstrip("\r\n"), place, end)


def _ends_line(text: str) -> bool:
    return text.endswith(("\n", "\r"))
