"""Parsed article files, the position of their related field, and the safety check after a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import BYTE_ORDER_MARK
from recommender.sources.yaml_mapping import MAX_DEPTH, MAX_VALUES

_BLANK = re.compile(r"[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed article file.

    Attributes:
        fields: The front matter's fields without `related`.
        body: The text after the front matter.
        related: The value of `related`; None if there is none.
        text: The file's text without a byte order mark.
        offsets: Where each field begins in the text.
        start: Where the related field begins, or where one would go.
        end: Where it ends; `start` if there is none.
        is_alone: Whether a blank line must follow the related field, because it is the only one.
    """

    fields: dict[str, Any]
    body: str
    related: Any
    text: str
    offsets: Mapping[str, int]
    start: int = 0
    end: int = 0
    is_alone: bool = False

    def line(self, field: str) -> int:
        """Return the line number of a field, from 1; 1 for a missing field."""
        return line_at(self.text, self.offsets.get(field, 0))


@dataclass(frozen=True, slots=True)
class LocatedField:
    """The related field of an article file, or the place for one.

    Attributes:
        data: The file's bytes.
        front: The parsed file, with the position of the field.
        block: The field: in the form of `write_block` if that wrote it, else verbatim; empty if there is none.
        has_comment: Whether the field holds a comment.
    """

    data: bytes
    front: ParsedDocument
    block: bytes
    has_comment: bool = False

    @property
    def newline(self) -> str:
        """The line end of the file's first line."""
        return newline_of(self.front.text)

    def value(self) -> Any:
        """Return the field's value; None if there is no field."""
        return self.front.related

    def is_empty(self) -> bool:
        """Return whether the field is missing, or has an empty value and no comment."""
        return self.front.related in (None, [], {}, "") and not self.has_comment


def newline_of(text: str) -> str:
    """Return the line end of a text's first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def line_at(text: str, offset: int) -> int:
    """Return the line number of an offset, from 1; only line feeds count, as in editors."""
    return text.count("\n", 0, offset) + 1


def blank_above(text: str, place: int) -> int:
    """Return where the line above `place` begins, if it is blank; else `place`."""
    start = text.rfind("\n", 0, place - 1) + 1
    return start if _BLANK.fullmatch(text, start, place) else place


def blank_below(text: str, place: int) -> int:
    """Return where the line that begins at `place` ends, if it is blank; else `place`."""
    found = _BLANK.match(text, place)
    return found.end() if found else place


def refuse_bomb(value: Any) -> None:
    """Refuse a value that is nested too deeply or holds too many values.

    Raises:
        FrontMatterError: If it is.
    """
    count = 0
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        count += len(inner)
        if count > MAX_VALUES:
            what = f"the front matter holds more than {MAX_VALUES:,} values"
            raise FrontMatterError(what, expected="an article's fields")
        if not inner:
            return
        level = inner
    raise FrontMatterError(f"values are nested more than {MAX_DEPTH} deep", expected="fields, lists and texts")


def rewrite(field: LocatedField, text: str, block: bytes, find: Callable[[bytes], LocatedField]) -> bytes:
    """Encode a changed file, and parse it again to check that only the related field has changed.

    Args:
        field: The old file.
        text: The new text, without a byte order mark.
        block: The related field that it should have.
        find: Locates the related field.

    Raises:
        FrontMatterError: If anything else has changed.
    """
    mark = BYTE_ORDER_MARK if field.data.startswith(BYTE_ORDER_MARK) else b""
    result = mark + text.encode()
    try:
        after = find(result)
    except FrontMatterError as error:
        raise FrontMatterError(
            f"a related block cannot stand here: {error.what}", where=error.where, expected="one field below the other"
        ) from None
    # Compare as texts, because a NaN does not equal itself.
    right = (repr(after.front.fields), after.front.body) == (repr(field.front.fields), field.front.body)
    # Ignore line ends: the field may have held the only one of its file.
    if not right or after.block.replace(b"\r\n", b"\n") != block.replace(b"\r\n", b"\n"):
        raise FrontMatterError(
            "a related block here would change another field", expected="fields that each begin a line of their own"
        )
    return result
