"""TOML front matter between two lines of `+++`, as in Hugo and Zola."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import BYTE_ORDER_MARK, decode
from recommender.sources.syntaxes.document import (
    LocatedField,
    ParsedDocument,
    blank_above,
    blank_below,
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
    """A parsed file, where its TOML begins and ends, and whether its related field begins with a table's header."""

    document: ParsedDocument
    start: int
    end: int
    has_header: bool


class _Toml:
    name = "toml"

    def claims(self, data: bytes) -> bool:
        """Return whether the first line is `+++`."""
        return re.match(rb"\+\+\+[ \t]*(?:\r?\n|\Z)", data.removeprefix(BYTE_ORDER_MARK)) is not None

    def parse(self, data: bytes) -> ParsedDocument:
        """Parse a file."""
        return _read(decode(data)).document

    def find_related(self, data: bytes, front: ParsedDocument | None = None) -> LocatedField:
        """Locate the related field, or the place for one at the end, because keys below a table belong to it."""
        front = front or self.parse(data)
        block = front.text[front.start : front.end].encode()
        return LocatedField(data, front, block, has_comment=b"#" in block)

    def write_block(self, entries: Sequence[Mapping[str, Any]], newline: str = "\n") -> bytes:
        """Write the tables `[[related]]`."""
        return write_toml_block(entries, newline)

    def splice(self, field: LocatedField, block: bytes) -> bytes:
        """Insert, replace or remove the field; a field that is not an array of tables is moved to the end."""
        if block == field.block:
            return field.data
        text, start, end = field.front.text, field.front.start, field.front.end
        file = _read(text)
        place = file.end
        if block and file.has_header:
            return rewrite(field, text[:start] + block.decode() + text[end:], block, self.find_related)
        if start < end:
            rest = _take_out(text, start, end)
            place -= len(text) - len(rest)
            text = rest
        if block:
            text = _put_in(text, place, block.decode(), field.newline, is_first=place == file.start)
        return rewrite(field, text, block, self.find_related)


def _read(text: str) -> _TomlFile:
    """Parse a file.

    Raises:
        FrontMatterError: If the front matter is invalid; with the line.
    """
    opening = _OPENING.match(text)
    if opening is None:
        raise FrontMatterError("line 1 is not +++", expected="TOML front matter between two lines of +++")
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise FrontMatterError("the front matter is never closed", expected="a line of +++ after the last field")
    toml = text[opening.end() : closing.start()]
    # Scan first: this refuses keys so long that tomllib would take hours.
    statements = [
        each._replace(start=each.start + opening.end(), end=each.end + opening.end()) for each in scan_toml(toml)
    ]
    fields = _values(toml)
    offsets: dict[str, int] = {}
    for statement in statements:
        offsets.setdefault(statement.path[0], statement.start)
    value, related = fields.pop("related", None), _related(text, statements)
    start, end = (related[0].start, related[-1].end) if related else (closing.start(), closing.start())
    document = ParsedDocument(fields, text[closing.end() :], value, text, offsets, start, end)
    return _TomlFile(document, opening.end(), closing.start(), bool(related) and related[0].is_header)


def _values(toml: str) -> dict[str, Any]:
    try:
        fields = tomllib.loads(toml)
    except RecursionError:
        raise FrontMatterError("values are nested too deeply", expected="fields, lists and texts") from None
    except ValueError as error:
        found = _LINE_OF_ERROR.search(str(error))
        # The opening +++ is line 1, so the first line of the TOML is line 2.
        line = int(found[1]) + 1 if found and found[1] else line_at(toml, len(toml))
        what = f"invalid TOML: {_LINE_OF_ERROR.sub('', str(error))}"
        raise FrontMatterError(what, where=f"line {line}", expected='TOML such as title = "..."') from None
    refuse_bomb(fields)
    return fields


def _related(text: str, statements: Sequence[TomlStatement]) -> list[TomlStatement]:
    places = [place for place, statement in enumerate(statements) if statement.path[0] == "related"]
    if places and places[-1] - places[0] >= len(places):
        where = f"line {line_at(text, statements[places[0]].start)}"
        raise FrontMatterError("other fields stand between the related tables", where=where, expected="adjacent tables")
    return [statements[place] for place in places]


def _put_in(text: str, place: int, block: str, newline: str, *, is_first: bool) -> str:
    """Insert a block, with a blank line above it and the blank lines around it kept."""
    if is_first:
        return text[:place] + block + text[place:]
    if blank_above(text, place) < place:
        return text[:place] + block + newline + text[place:]
    return text[:place] + newline + block + text[place:]


def _take_out(text: str, start: int, end: int) -> str:
    """Remove the block and one of the blank lines around it."""
    above = blank_above(text, start)
    if above < start:
        below = blank_below(text, end)
        if below > end:
            end = below
        elif _CLOSING.match(text, end):
            start = above
    return text[:start] + text[end:]


TOML = _Toml()
