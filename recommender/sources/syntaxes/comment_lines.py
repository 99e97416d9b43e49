"""Nikola's metadata lines such as `.. title: ...`: at the top of a file, in an HTML comment, or in a .meta file."""

from __future__ import annotations

import re
from typing import Any

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import BYTE_ORDER_MARK
from recommender.sources.syntaxes.document import ParsedDocument, line_at
from recommender.sources.syntaxes.one_line import FieldLines, Line, LineSyntax, read_json_line, write_json_line

_START = re.compile(r"\s*(?:<!--[ \t]*\r?\n)?[ \t]*\.\. [\w-]+:(?:[ \t]|\r?\n|\Z)")
_FIELD = re.compile(r"\s*\.\. ([\w-]+):(?:[ \t]+(.*)|[ \t]*)", re.DOTALL)
_REMARK = re.compile(r"[ \t]*\.\.(?:[ \t](?!.*::).*|$)", re.DOTALL)
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_NEEDED = frozenset({"title", "slug", "date"})
"""Fields that tell metadata from a comment of reStructuredText, such as `.. author: ...`."""
_HEAD_BYTES = 65_536


class _Comments(LineSyntax):
    name = "comments"
    _lead = ".. related: "

    def claims(self, data: bytes) -> bool:
        """Return whether its first paragraph, or that of an HTML comment, has lines such as `.. title: ...`."""
        head = data.removeprefix(BYTE_ORDER_MARK)[:_HEAD_BYTES].decode(errors="replace")
        if not _START.match(head):
            return False
        paragraph = _BLANK_LINE.split(head.lstrip(), maxsplit=1)[0]
        fields = (_FIELD.fullmatch(line) for line in paragraph.splitlines())
        return any(found and found[1].lower() in _NEEDED for found in fields)

    def _write_value(self, value: Any) -> str:
        # Two dashes could end an HTML comment.
        return write_json_line(value).replace("--", "-\\u002d")

    def _read(self, text: str) -> ParsedDocument:
        place = len(text) - len(text.lstrip())
        place = text.rfind("\n", 0, place) + 1
        opening = self._line_at(text, place)
        if opening.is_blank:
            return FieldLines(text).document("", len(text), None)
        if opening.text.strip() != "<!--":
            return self._lines(text, place, None)
        closing = text.find("-->", opening.end)
        if closing < 0:
            where = f"line {line_at(text, place)}"
            raise FrontMatterError("the comment is never closed", where=where, expected="a line of -->")
        start = text.rfind("\n", 0, closing) + 1
        if text[start:closing].strip():
            where = f"line {line_at(text, closing)}"
            raise FrontMatterError("text stands before -->", where=where, expected="--> on a separate line")
        return self._lines(text, opening.end, (start, self._line_at(text, closing).end))

    def _lines(self, text: str, start: int, closing: tuple[int, int] | None) -> ParsedDocument:
        """Parse the first paragraph from `start` on, up to the closing line of its comment, if it is in one."""
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
            where = f"line {line_at(text, start)}"
            raise FrontMatterError("no field begins the file", where=where, expected="lines such as .. title: ...")
        if closing:
            body = text[closing[1] :]
        else:
            below = self._line_at(text, place)
            body = text[below.end if below.is_blank else place :]
        return header.document(body, end, read_json_line(header.raw_related()))

    def _below(self, text: str, line: Line, stop: int) -> int:
        """Return where the indented lines below a field end; Nikola ignores them."""
        place = line.end
        while place < stop and (line := self._line_at(text, place)).is_indented and not _FIELD.fullmatch(line.text):
            place = line.end
        return place


COMMENTS = _Comments()
