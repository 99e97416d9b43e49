"""Nikola's lines such as `.. title: ...`: at the top of a file, in an HTML comment there, or in a .meta file."""

from __future__ import annotations

import re
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.document import BYTE_ORDER_MARK, line_at
from recommender.sources.syntaxes.one_line import FieldLines, Line, LineSyntax, Place, read_json_line, write_json_line

_START = re.compile(r"\s*(?:<!--[ \t]*\r?\n)?[ \t]*\.\. [\w-]+:(?:[ \t]|\r?\n|\Z)")
_FIELD = re.compile(r"\s*\.\. ([\w-]+):(?:[ \t]+(.*)|[ \t]*)", re.DOTALL)
_REMARK = re.compile(r"[ \t]*\.\.(?:[ \t](?!.*::).*|$)", re.DOTALL)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_NEEDED = frozenset({"title", "slug", "date"})
"""A comment of reStructuredText may look like one field of others, such as `.. author: ...`."""
_HEAD_BYTES = 65_536


class _Comments(LineSyntax):
    name = "comments"
    _lead = ".. related: "

    def claims(self, data: bytes) -> bool:
        """Whether lines such as `.. title: ...` are its first paragraph, or an HTML comment's."""
        head = data.removeprefix(BYTE_ORDER_MARK)[:_HEAD_BYTES].decode(errors="replace")
        if not _START.match(head):
            return False
        paragraph = _BLANK_LINE.split(head.lstrip(), maxsplit=1)[0]
        fields = (_FIELD.fullmatch(line) for line in paragraph.splitlines())
        return any(found and found[1].lower() in _NEEDED for found in fields)

    def _write_value(self, value: Any) -> str:
        # Two dashes could end an HTML comment.
        return write_json_line(value).replace("--", "-\\u002d")

    def _read(self, text: str) -> Place:
        place = len(text) - len(text.lstrip())
        place = text.rfind("\n", 0, place) + 1
        opening = self._line_at(text, place)
        if opening.is_blank:
            return FieldLines(text).place("", len(text), None)
        if opening.text.strip() != "<!--":
            return self._lines(text, place, None)
        closing = text.find("-->", opening.end)
        line = f"line {line_at(text, place)}"
        if closing < 0:
            raise FrontMatterError("the comment that begins here is never closed", where=line, expected="a line of -->")
        start = text.rfind("\n", 0, closing) + 1
        if text[start:closing].strip():
            raise FrontMatterError(
                "the comment with the fields ends in a line of text",
                where=f"line {line_at(text, closing)}",
                expected="--> on a line of its own",
            )
        return self._lines(text, opening.end, (start, self._line_at(text, closing).end))

    def _lines(self, text: str, start: int, closing: tuple[int, int] | None) -> Place:
        """Read the first paragraph from `start` on, up to the closing line of the comment that it stands in."""
        header = FieldLines(text)
        stop = closing[0] if closing else len(text)
        place = end = start
        while place < stop and not (line := self._line_at(text, place)).is_blank:
            found = _FIELD.fullmatch(line.text)
            if found is None and closing is None and not (line.is_indented or _REMARK.fullmatch(line.text)):
                break
            place = line.end
            if found:
                end = self._below(text, line, stop)
                header.add(found[1], [found[2] or ""], line.start, line.end)
        if not header.values and not closing:
            raise FrontMatterError(
                "no field begins the file", where=f"line {line_at(text, start)}", expected="lines such as .. title: ..."
            )
        if closing:
            body = text[closing[1] :]
        else:
            below = self._line_at(text, place)
            body = text[below.end if below.is_blank else place :]
        return header.place(body, end, read_json_line(header.raw_related()))

    def _below(self, text: str, line: Line, stop: int) -> int:
        """Where the indented lines end that a field's comment goes on with; for Nikola they are not of its value."""
        place = line.end
        while place < stop and (line := self._line_at(text, place)).is_indented and not _FIELD.fullmatch(line.text):
            place = line.end
        return place


COMMENTS = _Comments()
