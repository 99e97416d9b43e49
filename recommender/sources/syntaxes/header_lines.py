"""Header lines without a fence, as Pelican, MkDocs and Python-Markdown's meta-data read them."""

from __future__ import annotations

import re

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.document import BYTE_ORDER_MARK
from recommender.sources.syntaxes.one_line import FieldLines, LineSyntax, Place, read_json_line

_FIRST = re.compile(rb"[A-Za-z][A-Za-z0-9_-]*:\s")
_KEY = re.compile(r" {0,3}([A-Za-z0-9_-]+):\s*(.*)", re.DOTALL)
_MORE = re.compile(r" {4,}(.*)", re.DOTALL)
_CLOSING = re.compile(r"(?:---|\.\.\.)(?:\s.*)?", re.DOTALL)
_KNOWN = frozenset(
    [
        "title",
        "date",
        "tags",
        "category",
        "categories",
        "slug",
        "author",
        "authors",
        "summary",
        "status",
        "modified",
        "description",
        "keywords",
        "lang",
    ]
)
"""Keys of which a header has at least one; text such as `Note: this is ...` has none."""
_HEAD_BYTES = 65_536


class _Headers(LineSyntax):
    name = "headers"
    _lead = "Related: "

    def claims(self, data: bytes) -> bool:
        """Whether it begins with lines such as `Title: ...`, a known key among them, and a blank line below them."""
        data = data.removeprefix(BYTE_ORDER_MARK)
        if not _FIRST.match(data):
            return False
        try:
            header, end, is_closed = self._header(data[:_HEAD_BYTES].decode(errors="replace"))
        except FrontMatterError:
            return True  # two related fields; parsing says so
        # A paragraph that begins like a header goes on with text on its second line.
        return end > 0 and not _KNOWN.isdisjoint(header.values) and (is_closed or "title" in header.values)

    def _read(self, text: str) -> Place:
        header, end, is_closed = self._header(text)
        if not end:
            raise FrontMatterError("line 1 is not a header line", expected="lines such as Title: ...", where="line 1")
        body = text[self._line_at(text, end).end if is_closed else end :]
        return header.place(body, end, read_json_line(header.raw_related()))

    def _header(self, text: str) -> tuple[FieldLines, int, bool]:
        """Read the header lines.

        Returns:
            The fields, where their last line ends, and whether a blank line, a fence or the end of the file is below.
        """
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
