"""Unfenced header lines such as `Title: ...`, as in Pelican, MkDocs and Python-Markdown's meta-data."""

from __future__ import annotations

import re

from recommender.errors import FrontMatterError
from recommender.sources.front_matter import BYTE_ORDER_MARK
from recommender.sources.syntaxes.document import ParsedDocument
from recommender.sources.syntaxes.one_line import FieldLines, LineSyntax, read_json_line

_FIRST = re.compile(rb"[A-Za-z][A-Za-z0-9_-]*:\s")
_KEY = re.compile(r" {0,3}([A-Za-z0-9_-]+):\s*(.*)", re.DOTALL)
_MORE = re.compile(r" {4,}(.*)", re.DOTALL)
_CLOSING = re.compile(r"(?:---|\.\.\.)(?:\s.*)?", re.DOTALL)
_KNOWN = frozenset({"title", "date", "tags", "category", "categories", "slug", "author", "authors", "summary"}) | {
    *("status", "modified", "description", "keywords", "lang")
}
"""A header has at least one of these keys; text such as `Note: this is ...` has none."""
_HEAD_BYTES = 65_536


class _Headers(LineSyntax):
    name = "headers"
    _lead = "Related: "

    def claims(self, data: bytes) -> bool:
        """Return whether it begins with lines such as `Title: ...`, with a known key and a blank line below them."""
        data = data.removeprefix(BYTE_ORDER_MARK)
        if not _FIRST.match(data):
            return False
        try:
            header, end, is_closed = self._header(data[:_HEAD_BYTES].decode(errors="replace"))
        except FrontMatterError:
            return True  # two related fields; `parse` raises the error
        # A paragraph that begins like a header has text on its second line.
        return end > 0 and not _KNOWN.isdisjoint(header.values) and (is_closed or "title" in header.values)

    def _read(self, text: str) -> ParsedDocument:
        header, end, is_closed = self._header(text)
        if not end:
            raise FrontMatterError("line 1 is not a header line", expected="lines such as Title: ...", where="line 1")
        body = text[self._line_at(text, end).end if is_closed else end :]
        return header.document(body, end, read_json_line(header.raw_related()))

    def _header(self, text: str) -> tuple[FieldLines, int, bool]:
        """Return the fields, where they end, and whether a blank line, a fence or the end of the file follows."""
        header = FieldLines(text)
        place = 0
        while not (line := self._line_at(text, place)).is_blank and not _CLOSING.fullmatch(line.text):
            found = _KEY.fullmatch(line.text)
            if found is None:
                return header, place, False
            start, values = place, [found[2]]
            place = line.end
            while not (line := self._line_at(text, place)).is_blank and (more := _MORE.fullmatch(line.text)):
                values.append(more[1])
                place = line.end
            header.add(found[1], values, start, place)
        return header, place, True


HEADERS = _Headers()
