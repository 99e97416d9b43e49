"""TOML front matter between two lines of `+++`, as in Hugo and Zola."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.base import RelatedField
from recommender.sources.syntaxes.document import (
    BYTE_ORDER_MARK,
    LocatedField,
    ParsedDocument,
    blank_above,
    blank_below,
    decode,
    line_at,
    refuse_bomb,
    rewrite,
)
from recommender.sources.syntaxes.toml_block import write_toml_block
from recommender.sources.syntaxes.toml_scan import TomlStatement, scan_toml

_OPENING = re.compile(r"\+\+\+[ \t]*\r?\n")
_CLOSING = re.compile(r"^\+\+\+[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_LINE_OF_ERROR = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)\Z")


class _TomlFile(NamedTuple):
    """A file taken apart: where its TOML begins and ends, and its statements about `related`."""

    document: ParsedDocument
    start: int
    end: int
    related: tuple[TomlStatement, ...]


class _Toml:
    name = "toml"

    def claims(self, data: bytes) -> bool:
        """Whether the first line is `+++`."""
        return re.match(rb"\+\+\+[ \t]*(?:\r?\n|\Z)", data.removeprefix(BYTE_ORDER_MARK)) is not None

    def parse(self, data: bytes) -> ParsedDocument:
        """Take a file apart."""
        return _read(decode(data)).document

    def find_related(self, data: bytes) -> LocatedField:
        """Find the related field, or its place below everything else: a table takes in all keys below its header."""
        text = decode(data)
        front = _read(text)
        if not front.related:
            return LocatedField(data, front.document, b"", front.end, front.end)
        start, end = front.related[0].start, front.related[-1].end
        block = text[start:end].encode()
        return LocatedField(data, front.document, block, start, end, has_comment=b"#" in block)

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the tables `[[related]]`."""
        return write_toml_block(entries, newline)

    def splice(self, field: RelatedField, block: bytes) -> bytes:
        """Put in, replace or take out the field; one that is not tables makes way for tables at the end."""
        if block == field.block:
            return field.data
        found = field if isinstance(field, LocatedField) else self.find_related(field.data)
        text, start, end = found.text, found.start, found.end
        front = _read(text)
        place = front.end
        if block and front.related and front.related[0].is_header:
            return rewrite(found, text[:start] + block.decode() + text[end:], block, self.find_related)
        if front.related:
            rest = _take_out(text, start, end)
            place -= len(text) - len(rest)
            text = rest
        if block:
            text = _put_in(text, place, block.decode(), found.newline, is_first=place == front.start)
        return rewrite(found, text, block, self.find_related)


def _read(text: str) -> _TomlFile:
    """Take a file apart.

    Raises:
        FrontMatterError: With the line of the fault.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise FrontMatterError("line 1 is not +++", expected="TOML front matter between two lines of +++")
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise FrontMatterError(
            "the front matter that line 1 opens is never closed", expected="a line of +++ after the last field"
        )
    toml = text[opening.end() : closing.start()]
    # The scan comes first: it refuses keys so long that tomllib would take hours over them.
    statements = [
        each._replace(start=each.start + opening.end(), end=each.end + opening.end()) for each in scan_toml(toml)
    ]
    fields = _values(toml)
    offsets: dict[str, int] = {}
    for statement in statements:
        offsets.setdefault(statement.path[0], statement.start)
    related = fields.pop("related", None)
    document = ParsedDocument(fields, text[closing.end() :], related, text, offsets)
    return _TomlFile(document, opening.end(), closing.start(), _related(document, statements))


def _values(toml: str) -> dict[str, Any]:
    try:
        fields = tomllib.loads(toml)
    except RecursionError:
        raise FrontMatterError("values are nested too deep", expected="fields, lists and texts") from None
    except ValueError as error:
        found = _LINE_OF_ERROR.search(str(error))
        # The opening +++ is line 1, so the first line of the TOML is line 2.
        line = int(found[1]) + 1 if found and found[1] else line_at(toml, len(toml))
        what = _LINE_OF_ERROR.sub("", str(error))
        raise FrontMatterError(
            f"invalid TOML: {what}", where=f"line {line}", expected='TOML such as title = "..."'
        ) from None
    refuse_bomb(fields)
    return fields


def _related(document: ParsedDocument, statements: Sequence[TomlStatement]) -> tuple[TomlStatement, ...]:
    places = [place for place, statement in enumerate(statements) if statement.path[0] == "related"]
    if places and places[-1] - places[0] >= len(places):
        raise FrontMatterError(
            "other fields stand between the related tables",
            where=f"line {document.line('related')}",
            expected="the related tables one below the other",
        )
    return tuple(statements[place] for place in places)


def _put_in(text: str, place: int, block: str, newline: str, *, is_first: bool) -> str:
    """The text with a new block between blank lines, or with one above it."""
    if is_first:
        return text[:place] + block + text[place:]
    if blank_above(text, place) < place:
        return text[:place] + block + newline + text[place:]
    return text[:place] + newline + block + text[place:]


def _take_out(text: str, start: int, end: int) -> str:
    """The text without the block, and without one of the blank lines around it."""
    above = blank_above(text, start)
    if above < start:
        below = blank_below(text, end)
        if below > end:
            end = below
        elif _CLOSING.match(text, end):
            start = above
    return text[:start] + text[end:]


TOML = _Toml()
