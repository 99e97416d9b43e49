"""The related field as JSON on one line, for the syntaxes whose fields are lines of text."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.document import (
    LocatedField,
    ParsedDocument,
    blank_below,
    decode,
    line_at,
    refuse_bomb,
    rewrite,
)
from recommender.sources.yaml_mapping import MAX_VALUES

# What some reader takes for a line end or cannot print, and halves of surrogate pairs, which UTF-8 does not know.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def write_json_line(value: Any) -> str:
    """JSON that stays on one line for every reader."""
    return escape_unprintable(json.dumps(value, ensure_ascii=False))


def escape_unprintable(text: str) -> str:
    """JSON with escapes for what some reader takes for a line end or cannot print."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def read_json_line(text: str) -> Any:
    """The JSON in a field; any other text as it is, and None if there is none.

    Raises:
        FrontMatterError: If it is nested too deep or holds too much.
    """
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return text
    refuse_bomb(value)
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


class Line(NamedTuple):
    """A line of a text: without its end, where it begins, and where the next one does."""

    text: str
    start: int
    end: int

    @property
    def is_blank(self) -> bool:
        """Whether it is empty or holds nothing but white space; also true past the end of the text."""
        return not self.text.strip()

    @property
    def is_indented(self) -> bool:
        """Whether it begins with white space and holds something."""
        return self.text[:1] in {" ", "\t", "\v", "\f"} and not self.is_blank


class FieldLines:
    """The fields of a file as they are collected, and where its related field stands.

    Attributes:
        values: The lines of each field's value by its lower-case key; `related` among them.
        offsets: Where each begins.
        related: Where `related` begins and ends; None if there is none.
    """

    def __init__(self, text: str) -> None:
        self.values: dict[str, list[str]] = {}
        self.offsets: dict[str, int] = {}
        self.related: tuple[int, int] | None = None
        self._text = text
        self._count = 0

    def add(self, key: str, values: Iterable[str], start: int, end: int) -> None:
        """Add a field that stands from `start` to `end`; one that comes again adds lines to its value.

        Raises:
            FrontMatterError: If `related` comes again, or there are too many fields.
        """
        self._count += 1
        if self._count > MAX_VALUES:
            raise FrontMatterError(
                f"the front matter holds more than {MAX_VALUES:,} values", expected="an article's fields"
            )
        key = key.strip().lower()
        if key == "related":
            if self.related is not None:
                line = line_at(self._text, start)
                raise FrontMatterError(
                    "the key related stands here a second time", where=f"line {line}", expected="one"
                )
            self.related = (start, end)
        self.values.setdefault(key, []).extend(value.strip() for value in values)
        self.offsets.setdefault(key, start)

    def raw_related(self) -> str:
        """What stands in the related field; empty if there is none."""
        return _joined(self.values.get("related", ()))

    def place(self, body: str, end: int, related: Any, *, is_alone: bool = False) -> Place:
        """The file taken apart; `end` is where a new field goes."""
        fields = {key: _joined(values) for key, values in self.values.items() if key != "related"}
        if "title" in fields:
            fields["title"] = " ".join(fields["title"].split("\n"))
        front = ParsedDocument(fields, body, related, self._text, self.offsets)
        return Place(front, *(self.related or (end, end)), is_alone)


def _joined(values: Iterable[str]) -> str:
    return "\n".join(values).strip()


class Place(NamedTuple):
    """A file taken apart, and where its related field stands or would.

    Attributes:
        front: The file taken apart.
        start: Where the field's line begins.
        end: Where its last line ends; `start` if there is none.
        is_alone: Whether it is the only field, so that a blank line parts it from what is below it.
    """

    front: ParsedDocument
    start: int
    end: int
    is_alone: bool = False


class LineSyntax(ABC):
    """A syntax whose related field is a line of JSON.

    Attributes:
        name: Of the syntax.
    """

    name: str
    _lead: str
    """What the line begins with."""
    _line = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
    """A line as the readers of this syntax part them."""

    @abstractmethod
    def claims(self, data: bytes) -> bool:
        """Whether a file is written in this syntax."""

    @abstractmethod
    def _read(self, text: str) -> Place:
        """Take a file apart, and find the place of its related field."""

    def _write_value(self, value: Any) -> str:
        return write_json_line(value)

    def parse(self, data: bytes) -> ParsedDocument:
        """Take a file apart."""
        return self._read(decode(data)).front

    def find_related(self, data: bytes) -> LocatedField:
        """Find the related field, or its place below all other fields."""
        text = decode(data)
        place = self._read(text)
        found = LocatedField(data, place.front, b"", place.start, place.end)
        block = text[place.start : place.end]
        if block and not _ends_line(block):
            # The last line of a file may lack its end; as a field it has one.
            block += found.newline
        return replace(found, block=block.encode())

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the entries as JSON on one line."""
        return f"{self._lead}{self._write_value(list(entries))}{newline}".encode() if entries else b""

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """Put in, replace or take out the line."""
        if block == field.block:
            return field.data
        found = field if isinstance(field, LocatedField) else self.find_related(field.data)
        line = block.decode()
        text, start, end = found.text, found.start, found.end
        if start == end:
            if not text[end:] and start and not _ends_line(text[:start]):
                line = f"{found.newline}{line.removesuffix(found.newline)}"
            elif self._read(text).is_alone:
                line += found.newline
        elif not _ends_line(text[:end]):
            # It ends the file without a line end, and what takes its place does so too.
            if line:
                line = line.removesuffix(found.newline)
            else:
                start -= 2 if text[:start].endswith("\r\n") else min(start, 1)
        elif not line and self._read(text).is_alone:
            end = blank_below(text, end)
        return rewrite(found, f"{text[:start]}{line}{text[end:]}", block, self.find_related)

    def _line_at(self, text: str, place: int) -> Line:
        found = self._line.match(text, place)
        end = found.end() if found else place
        return Line(text[place:end].rstrip("\r\n"), place, end)


def _ends_line(text: str) -> bool:
    return text.endswith(("\n", "\r"))
