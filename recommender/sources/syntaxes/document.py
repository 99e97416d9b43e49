"""An article file taken apart, the place of its related field in it, and the check after every change of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import MAX_DEPTH, MAX_VALUES

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANK = re.compile(r"[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """An article file taken apart.

    Attributes:
        fields: The front matter's fields without `related`.
        body: The text after the front matter.
        related: The value of `related`; None if there is none.
        text: The file without a byte order mark.
        offsets: Where each field begins in it.
    """

    fields: dict[str, Any]
    body: str
    related: Any
    text: str
    offsets: Mapping[str, int]

    def line(self, field: str) -> int:
        """The line of a field in the file, from 1; 1 for a field that is not there."""
        return line_at(self.text, self.offsets.get(field, 0))


@dataclass(frozen=True, slots=True)
class LocatedField:
    """An article file, and where its related field stands or would stand.

    Attributes:
        data: The file.
        front: The file taken apart.
        block: The field as `write_block` would write it, if it did; else as it stands. Empty if there is none.
        start: Where the field begins in its text, or where it would.
        end: Where it ends; `start` if there is none.
        has_comment: Whether a comment stands in it.
    """

    data: bytes
    front: ParsedDocument
    block: bytes
    start: int
    end: int
    has_comment: bool = False

    @property
    def text(self) -> str:
        """The file without a byte order mark."""
        return self.front.text

    @property
    def newline(self) -> str:
        """The line end of the file's first line."""
        end = self.text.find("\n")
        return "\r\n" if end > 0 and self.text[end - 1] == "\r" else "\n"

    def value(self) -> Any:
        """What the field holds; None if there is none."""
        return self.front.related

    def is_empty(self) -> bool:
        """Whether nobody's work is in the field: it is missing, or holds an empty value and no comment."""
        return self.front.related in (None, [], {}, "") and not self.has_comment


def decode(data: bytes) -> str:
    """The text of a file without a byte order mark.

    Raises:
        FrontMatterError: If it is not UTF-8.
    """
    try:
        return data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FrontMatterError(
            f"byte 0x{data[error.start]:02x} is not UTF-8", where=f"line {line}", expected="a file in UTF-8"
        ) from None


def line_at(text: str, offset: int) -> int:
    """The line of a place in a text, from 1, as editors count."""
    return text.count("\n", 0, offset) + 1


def blank_above(text: str, place: int) -> int:
    """Where the line above `place` begins, if it is blank; else `place`."""
    start = text.rfind("\n", 0, place - 1) + 1
    return start if _BLANK.fullmatch(text, start, place) else place


def blank_below(text: str, place: int) -> int:
    """Where the line that begins at `place` ends, if it is blank; else `place`."""
    found = _BLANK.match(text, place)
    return found.end() if found else place


def refuse_bomb(value: Any) -> None:
    """Refuse a value that is nested too deep or holds too much.

    Raises:
        FrontMatterError: If it does.
    """
    count = 0
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for each in level:
            inner += each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        count += len(inner)
        if count > MAX_VALUES:
            raise FrontMatterError(
                f"the front matter holds more than {MAX_VALUES:,} values", expected="an article's fields"
            )
        if not inner:
            return
        level = inner
    raise FrontMatterError(f"values are nested more than {MAX_DEPTH} deep", expected="fields, lists and texts")


def rewrite(field: LocatedField, text: str, block: bytes, find: Callable[[bytes], LocatedField]) -> bytes:
    """The bytes of a changed file, once they were read again: only the related field may have changed.

    Args:
        field: The file as it was.
        text: The file as it is to be, without a byte order mark.
        block: The field that it must then hold.
        find: Reads it.

    Raises:
        FrontMatterError: If it holds anything else.
    """
    mark = BYTE_ORDER_MARK if field.data.startswith(BYTE_ORDER_MARK) else b""
    result = mark + text.encode()
    try:
        after = find(result)
    except FrontMatterError as error:
        raise FrontMatterError(
            f"a related block cannot stand here: {error.what}", where=error.where, expected="one field below the other"
        ) from None
    # As texts, because a NaN does not equal itself.
    right = (repr(after.front.fields), after.front.body) == (repr(field.front.fields), field.front.body)
    # A field may have held the only line end of its file, so those do not count.
    if not right or after.block.replace(b"\r\n", b"\n") != block.replace(b"\r\n", b"\n"):
        raise FrontMatterError(
            "a related block here would change another field", expected="fields that each begin a line of their own"
        )
    return result
