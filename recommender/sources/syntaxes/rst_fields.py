"""reStructuredText metadata: a field list at the top or below the title, or ABlog's post directive."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.document import ParsedDocument
from recommender.sources.syntaxes.one_line import FieldLines, Line, LineSyntax, read_json_line, write_json_line

_FIELD = re.compile(r":(?![: ])((?:[^:\\]|\\.|:(?![ `]|\Z))+)(?<! ):(?:[ \t]+(.*)|\Z)", re.DOTALL)
_EXPLICIT = re.compile(r"\.\.(?:[ \t]|\Z)")
# Comments, targets, substitutions and these directives render nothing; a field list may follow them.
_SHOWN = re.compile(r"\.\.[ \t]+(?:\[|(?!(?:meta|role|default-role) ?::)[\w+.:-]+ ?::(?:\s|\Z))")
_POST = re.compile(r"^\.\.[ \t]+post ?::(?:[ \t]+([^\r\n]*))?[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*\s*")
_BLANK_LINES = re.compile("(?:[ \t\v\f]*(?:\r\n|[\r\n\x1c-\x1e\x85\u2028\u2029]))*")
# Inline markup, and underscores that may end the name of a link.
_MARKUP = re.compile(r"[\\*`|]|_(?![A-Za-z0-9])")
_ESCAPE = re.compile(r"\\(\s)?(.)?", re.DOTALL)


class _Title(NamedTuple):
    """A title with its underline and optional overline, at `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass
class _RstHeader:
    """The metadata of a file.

    Attributes:
        fields: The fields of the field list, or of the post directive.
        titles: The title, and the subtitle if there is one.
        parts: Spans of the file that do not belong to its body.
        list_end: Where the field list ends; None if there is none.
        is_alone: Whether a field list at the top holds only `related`.
        has_post: Whether there is a post directive.
    """

    fields: FieldLines
    titles: list[_Title] = field(default_factory=list)
    parts: list[tuple[int, int]] = field(default_factory=list)
    list_end: int | None = None
    is_alone: bool = False
    has_post: bool = False


class _Rst(LineSyntax):
    name = "rst"
    _lead = ":related: "
    # docutils splits lines as str.splitlines does, but not at vertical tabs and form feeds.
    _line = re.compile("[^\r\n\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\r\n\x1c-\x1e\x85\u2028\u2029]|\\Z)")

    def claims(self, data: bytes) -> bool:
        """Return whether it has a field list that docutils takes for the document's metadata, or a post directive."""
        try:
            front = self._scan(data.decode(errors="replace").removeprefix("\ufeff"))
        except FrontMatterError:
            return True  # two related fields; `parse` raises the error
        return front.list_end is not None or front.has_post

    def _write_value(self, value: Any) -> str:
        # docutils parses inline markup in field values, so it must be escaped in the JSON.
        return _MARKUP.sub(lambda found: f"\\{found[0]}", write_json_line(value))

    def _read(self, text: str) -> ParsedDocument:
        front = self._scan(text)
        kept, place = [], 0
        for start, end in sorted(front.parts):
            kept.append(text[place:start])
            # Drop the blank lines below a part too, or the body would change with the part's length.
            place = self._after_blanks(text, end).start
        body = _BLANK_LINES.sub("", "".join([*kept, text[place:]]), count=1)
        for key, title in zip(("title", "subtitle"), front.titles, strict=False):
            if key not in front.fields.values:
                front.fields.add(key, [title.text], title.start, title.end)
        related = _read_value(front.fields.raw_related())
        # Without a field list, Sphinx takes a new one at the top for the metadata of the whole file.
        is_alone = front.list_end is None or front.is_alone
        return front.fields.document(body, front.list_end or 0, related, is_alone=is_alone)

    def _scan(self, text: str) -> _RstHeader:
        front = _RstHeader(FieldLines(text))
        place, list_allowed = 0, True
        while not (line := self._after_blanks(text, place)).is_blank:
            if _EXPLICIT.match(line.text):
                list_allowed = list_allowed and not _SHOWN.match(line.text)
                place = self._block_end(text, line)
            elif list_allowed and _FIELD.match(line.text):
                place = self._field_list(text, line, front)
                list_allowed = False
            elif title := self._title(text, line, front, list_allowed=list_allowed):
                front.titles.append(title)
                front.parts.append((title.start, title.end))
                place = title.end
            else:
                break
        self._post(text, front)
        return front

    def _field_list(self, text: str, line: Line, front: _RstHeader) -> int:
        """Collect the fields from a line on, and return where the last of them ends."""
        start = end = line.start
        while found := _FIELD.match(line.text):
            end = self._block_end(text, line)
            front.fields.add(found[1], [found[2] or "", *text[line.end : end].splitlines()], line.start, end)
            line = self._after_blanks(text, end)
        front.parts.append((start, end))
        front.list_end = end
        front.is_alone = not front.titles and set(front.fields.values) == {"related"}
        return end

    def _title(self, text: str, line: Line, front: _RstHeader, *, list_allowed: bool) -> _Title | None:
        """Parse the title that begins at a line; a second title counts only above the field list."""
        over = _ADORNMENT.fullmatch(line.text)
        named = self._line_at(text, line.end) if over else line
        under = self._line_at(text, named.end)
        adornment = _ADORNMENT.fullmatch(under.text)
        name = named.text.strip()
        if not name or adornment is None or (over and over[1] != adornment[1]) or (named.is_indented and not over):
            return None
        if len(under.text.strip()) < min(4, len(name)):
            return None
        if front.titles and (
            len(front.titles) > 1 or not list_allowed or not _FIELD.match(self._after_blanks(text, under.end).text)
        ):
            return None
        return _Title(name, line.start, under.end)

    def _post(self, text: str, front: _RstHeader) -> None:
        """Collect the options of ABlog's first post directive; its content stays in the body."""
        found = _POST.search(text)
        if found is None:
            return
        front.has_post = True
        date = (found[1] or "").strip()
        options = FieldLines(text)
        key, end = "date" if date else "post", found.end()
        options.add(key, [date], found.start(), end)
        while (line := self._line_at(text, end)).is_indented:
            option = _FIELD.match(line.text.lstrip())
            if option:
                key = option[1].strip().lower()
            value = (option[2] or "") if option else line.text
            if key != "related":  # docutils knows no option of this name
                options.add(key, [value], line.start, line.end)
            end = line.end
        front.parts.append((found.start(), end))
        # The field list takes precedence.
        for key in options.values.keys() & front.fields.values.keys():
            del options.values[key], options.offsets[key]
        front.fields.values |= options.values
        front.fields.offsets |= options.offsets

    def _block_end(self, text: str, line: Line) -> int:
        """Return where the indented block below a line ends, including blank lines inside it."""
        end = line.end
        # An empty comment before a blank line has no block.
        if self._line_at(text, end).is_blank and line.text.strip() == "..":
            return end
        while (below := self._after_blanks(text, end)).is_indented:
            end = below.end
        return end

    def _after_blanks(self, text: str, place: int) -> Line:
        """Return the first line from `place` on that is not blank, or an empty line at the end of the text."""
        found = _BLANK_LINES.match(text, place)
        line = self._line_at(text, found.end() if found else place)
        return self._line_at(text, len(text)) if line.is_blank else line


def _read_value(text: str) -> Any:
    """Parse the JSON of a field, whether or not its markup characters are escaped."""
    plain = _ESCAPE.sub(lambda found: found[2] or "", text)
    value = read_json_line(plain)
    return value if value != plain else read_json_line(text)


RST = _Rst()
