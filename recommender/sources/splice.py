"""Put a `related` block into a Markdown file, replace it or take it out; every other byte stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import FrontMatter, parse_front_matter
from recommender.sources.related_block import read_block
from recommender.sources.yaml_mapping import shares_across

_KEY = re.compile(rb"(?:related|'related'|\"related\")[ \t]*:(?=\s)")
_BLANK = re.compile(rb"[ \t]*\r?\n")
_CLOSING = re.compile(rb"(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class YamlField(NamedTuple):
    """A Markdown file, and where its `related` field stands or would stand.

    Attributes:
        data: The file.
        front: Its front matter.
        start: Where the block begins in `data`, or where it would.
        end: Where it ends, behind its last line end; `start` if there is none.
    """

    data: bytes
    front: FrontMatter
    start: int
    end: int

    @property
    def block(self) -> bytes:
        """The block as it stands; empty if there is none."""
        return self.data[self.start : self.end]

    @property
    def newline(self) -> str:
        """The line end of the file's first line."""
        return "\r\n" if self.data[: self.data.find(b"\n")].endswith(b"\r") else "\n"

    def value(self) -> Any:
        """What the field holds; None if there is none."""
        return read_block(self.block) if self.front.cut[1] else self.front.related

    def is_empty(self) -> bool:
        """Whether nobody's work is in the field: there is none, or `related:` or `related: []` keeps its place free."""
        is_one_line = self.front.cut[1].count(b"\n") <= 1
        return is_one_line and self.front.related in (None, [], {}, "") and b"#" not in self.block


def find_related(data: bytes) -> YamlField:
    """Where the `related` field of a Markdown file stands, or would: above `secured`, else at the end.

    Raises:
        FrontMatterError: If the front matter cannot be read, or the field does not begin a line.
    """
    front = parse_front_matter(data)
    before, block = front.cut
    if block:
        start = len(data) - len(data.removeprefix(_BYTE_ORDER_MARK)) + len(before)
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
        raise FrontMatterError(
            "the key related does not begin a line",
            where=f"line {front.line('related')}",
            expected="related: at the start of a line, and its items below it",
        )
    end = data.find(b"\n", place(_end_of_field(front, "related")) - 1) + 1
    while _follows_blank(data, end):
        end = data.rfind(b"\n", 0, end - 1) + 1
    return YamlField(data, front, start, end)


def splice(field: YamlField, block: bytes) -> bytes:
    """The file with `block` as its `related` field, or without one if it is empty.

    A new block stands between blank lines where the file parts its sections so; taking it out again gives the file that
    was there before. The result is read again: only `related` may have changed.

    Args:
        field: The file, and where the field stands.
        block: As `related_block.write_block` makes it.

    Raises:
        FrontMatterError: If that cannot be done safely; the reason is named.
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
    """Where its value ends in the YAML text; a comment below is not of it, a line of a text that begins with # is."""
    start = front.offsets[key]
    following = min((offset for offset in front.offsets.values() if offset > start), default=len(front.yaml_text))
    ends: Iterator[int] = (
        token.end_mark.index
        for token in yaml.scan(front.yaml_text, Loader=yaml.CSafeLoader)
        # These two stand where the next field begins.
        if start <= token.start_mark.index < following and not isinstance(token, yaml.BlockEndToken | yaml.KeyToken)
    )
    return max(ends)


def _above_comments(data: bytes, start: int) -> int:
    """Where the comments begin that stand directly above a line; line 1 is none."""
    while data.startswith(b"#", above := data.rfind(b"\n", 0, start - 1) + 1):
        start = above
    return start


def _refuse_shared(field: YamlField) -> None:
    front = field.front
    if "<<" in front.offsets:
        raise FrontMatterError(
            "a merge key brings in other fields, so that it cannot be told which are the article's own",
            where=f"line {front.line('<<')}",
            expected="fields that are written out",
        )
    if field.front.cut[1] or "related" not in front.offsets:
        return
    start = front.offsets["related"]
    if shares_across(front.yaml_text, start, start + len(field.block.decode())):
        raise FrontMatterError(
            "an anchor on one side of the related block is used on the other",
            where=f"line {front.line('related')}",
            expected="a block that can be replaced alone",
            hint="write out what the alias means",
        )


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
    # As texts, because a NaN does not equal itself.
    if not right or (repr(after.fields), after.body) != (repr(before.fields), before.body):
        raise FrontMatterError(
            "a related block here would change another field", expected="fields that each begin a line of their own"
        )
