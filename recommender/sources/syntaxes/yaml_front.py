"""YAML front matter between two lines of `---`, and its `related` block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import BYTE_ORDER_MARK, FrontMatter, parse_front_matter
from recommender.sources.related_block import read_block, write_block
from recommender.sources.yaml_mapping import shares_across

_KEY = re.compile(rb"(?:related|'related'|\"related\")[ \t]*:(?=\s)")
_BLANK = re.compile(rb"[ \t]*\r?\n")
_OPENING = re.compile(rb"---[ \t]*(?:\r?\n|\Z)")
_BLANK_OR_END = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_CLOSING = re.compile(rb"(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_CLOSING_LINE = re.compile(rb"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


class YamlField(NamedTuple):
    """The `related` field of a Markdown file, or the place for one.

    Attributes:
        data: The file's bytes.
        front: The parsed file.
        start: Where the block begins in `data`, or where one would go.
        end: Where it ends, after its last line end; `start` if there is none.
    """

    data: bytes
    front: FrontMatter
    start: int
    end: int

    @property
    def block(self) -> bytes:
        """The bytes of the block; empty if there is none."""
        return self.data[self.start : self.end]

    @property
    def newline(self) -> str:
        """The line end of the file's first line."""
        return "\r\n" if self.data[: self.data.find(b"\n")].endswith(b"\r") else "\n"

    def value(self) -> Any:
        """Return the field's value; None if there is no field."""
        return read_block(self.block) if self.front.cut[1] else self.front.related

    def is_empty(self) -> bool:
        """Return whether the field is missing, or has an empty value and no comment."""
        is_one_line = self.front.cut[1].count(b"\n") <= 1
        return is_one_line and self.front.related in (None, [], {}, "") and b"#" not in self.block


def find_related(data: bytes, front: FrontMatter | None = None) -> YamlField:
    """Locate the `related` field of a Markdown file, or the place for one: above `secured`, else at the end.

    Args:
        data: The file's bytes.
        front: The parsed file; parsed here if left out.

    Raises:
        FrontMatterError: If the front matter is invalid, or the field does not begin a line.
    """
    front = front or parse_front_matter(data)
    before, block = front.cut
    if block:
        start = len(data) - len(data.removeprefix(BYTE_ORDER_MARK)) + len(before)
        return YamlField(data, front, start, start + len(block))
    opening = data.find(b"\n") + 1

    def place(offset: int) -> int:
        return opening + len(front.yaml_text[:offset].encode())

    front_end = place(len(front.yaml_text))
    if "related" not in front.offsets:
        secured = place(front.offsets["secured"]) if "secured" in front.offsets else 0
        begins_line = data[secured - 1 : secured] == b"\n"
        start = _above_comments(data, secured) if begins_line else front_end
        return YamlField(data, front, start, start)
    start = place(front.offsets["related"])
    if data[start - 1 : start] != b"\n" or not _KEY.match(data, start):
        where, expected = f"line {front.line('related')}", "related: at the start of a line, and its items below it"
        raise FrontMatterError("the key related does not begin a line", where=where, expected=expected)
    end = data.find(b"\n", place(_end_of_field(front, "related")) - 1) + 1
    while _follows_blank(data, end):
        end = data.rfind(b"\n", 0, end - 1) + 1
    return YamlField(data, front, start, end)


def splice(field: YamlField, block: bytes) -> bytes:
    """Return the file with `block` as its `related` field.

    A new block is set off by blank lines if the file separates its sections so; removing it restores the old file.
    The result is parsed again to check that nothing but `related` has changed.

    Args:
        field: The file, and the position of the field.
        block: The new block, as `related_block.write_block` makes it; empty to remove the field.

    Raises:
        FrontMatterError: If that cannot be done safely.
    """
    _refuse_shared(field)
    data, start, end = field.data, field.start, field.end
    if not field.block:
        block = _with_blank_lines(field, block)
    elif not block and _follows_blank(data, start):
        following = _BLANK.match(data, end)
        if following:
            end = following.end()
        elif _CLOSING.match(data, end):
            start = data.rfind(b"\n", 0, start - 1) + 1
    result = data[:start] + block + data[end:]
    _confirm(field, result, block)
    return result


def _with_blank_lines(field: YamlField, block: bytes) -> bytes:
    blank = field.newline.encode() if block else b""
    if _follows_blank(field.data, field.start):
        return block + blank
    last = _CLOSING.match(field.data, field.start)
    parted = re.search(r"\n[ \t]*\r?\n", field.front.yaml_text)
    return blank + block if last and parted else block


def _follows_blank(data: bytes, start: int) -> bool:
    before = data.rfind(b"\n", 0, start - 1) + 1
    return bool(_BLANK.fullmatch(data, before, start))


def _end_of_field(front: FrontMatter, key: str) -> int:
    """Return where a field's value ends in the YAML text, not counting comments below it."""
    start = front.offsets[key]
    following = min((offset for offset in front.offsets.values() if offset > start), default=len(front.yaml_text))
    ends: Iterator[int] = (
        token.end_mark.index
        for token in yaml.scan(front.yaml_text, Loader=yaml.CSafeLoader)
        # These tokens are placed where the next field begins.
        if start <= token.start_mark.index < following and not isinstance(token, yaml.BlockEndToken | yaml.KeyToken)
    )
    return max(ends)


def _above_comments(data: bytes, start: int) -> int:
    """Return where the comments directly above a line begin."""
    while data.startswith(b"#", above := data.rfind(b"\n", 0, start - 1) + 1):
        start = above
    return start


def _refuse_shared(field: YamlField) -> None:
    front = field.front
    if "<<" in front.offsets:
        what = "a merge key hides which fields are the article's own"
        raise FrontMatterError(what, where=f"line {front.line('<<')}", expected="fields without <<")
    if front.cut[1] or "related" not in front.offsets:
        return
    start = front.offsets["related"]
    if shares_across(front.yaml_text, start, start + len(field.block.decode())):
        what, where = "an anchor on one side of the related block is used on the other", f"line {front.line('related')}"
        hint = "replace the alias by its value"
        raise FrontMatterError(what, where=where, expected="a self-contained block", hint=hint)


def _confirm(field: YamlField, result: bytes, block: bytes) -> None:
    before = field.front
    try:
        after = parse_front_matter(result)
        block = block.strip(b"\r\n") + field.newline.encode() if block else block
        written = after.cut[1] == block or ("related" in after.offsets and after.related == read_block(block))
        right = written if block else "related" not in after.offsets
    except FrontMatterError as error:
        raise FrontMatterError(
            f"a related block cannot stand here: {error.what}", where=error.where, expected="one field below the other"
        ) from None
    # Compare as texts, because a NaN does not equal itself.
    if not right or (repr(after.fields), after.body) != (repr(before.fields), before.body):
        raise FrontMatterError(
            "a related block here would change another field", expected="fields that each begin a line of their own"
        )


class _Yaml:
    name = "yaml"
    parse = staticmethod(parse_front_matter)
    find_related = staticmethod(find_related)
    write_block = staticmethod(write_block)
    splice = staticmethod(splice)

    def claims(self, data: bytes) -> bool:
        """Return whether the first line is `---`, and not a thematic break above Markdown."""
        data = data.removeprefix(BYTE_ORDER_MARK)
        opening = _OPENING.match(data)
        if opening is None:
            return False
        return not _BLANK_OR_END.match(data, opening.end()) or _CLOSING_LINE.search(data, opening.end()) is not None


YAML = _Yaml()
