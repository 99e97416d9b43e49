"""reStructuredText with a field list at its top or below its title, or with ABlog's post directive."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.syntaxes.one_line import FieldLines, Line, LineSyntax, Place, read_json_line, write_json_line

_FIELD = re.compile(r":(?![: ])((?:[^:\\]|\\.|:(?![ `]|\Z))+)(?<! ):(?:[ \t]+(.*)|\Z)", re.DOTALL)
_EXPLICIT = re.compile(r"\.\.(?:[ \t]|\Z)")
# Comments, targets, substitutions and these directives put nothing on the page; a field list may follow them.
_SHOWN = re.compile(r"\.\.[ \t]+(?:\[|(?!(?:meta|role|default-role) ?::)[\w+.:-]+ ?::(?:\s|\Z))")
_POST = re.compile(r"^\.\.[ \t]+post ?::(?:[ \t]+([^\r\n]*))?[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*\s*")
_BLANK_LINES = re.compile("(?:[ \t\v\f]*(?:\r\n|[\r\n\x1c-\x1e\x85\u2028\u2029]))*")
# Starts of inline markup, and underscores that may end the name of a link.
_MARKUP = re.compile(r"[\\*`|]|_(?![A-Za-z0-9])")
_ESCAPE = re.compile(r"\\(\s)?(.)?", re.DOTALL)


class _Title(NamedTuple):
    """A title with a line under it and perhaps one over it: the lines begin at `start` and end at `end`."""

    text: str
    start: int
    end: int


@dataclass
class _RstHeader:
    """What stands before the text.

    Attributes:
        fields: The fields of the field list, or of the post directive.
        titles: The title, and the subtitle if there is one.
        parts: Places in the file that are not of its text.
        list_end: Where the field list ends; None if there is none.
        is_alone: Whether a field list at the top holds nothing but `related`.
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
    # docutils parts lines where str.splitlines does, but not at vertical tabs and form feeds.
    _line = re.compile("[^\r\n\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\r\n\x1c-\x1e\x85\u2028\u2029]|\\Z)")

    def claims(self, data: bytes) -> bool:
        """Whether it has a field list where docutils reads one as the document's own, or a post directive."""
        try:
            front = self._scan(data.decode(errors="replace").removeprefix("\ufeff"))
        except FrontMatterError:
            return True  # two related fields; parsing says so
        return front.list_end is not None or front.has_post

    def _write_value(self, value: Any) -> str:
        # A field's value is text with markup: docutils hands on the JSON only if what looks like markup is escaped.
        return _MARKUP.sub(lambda found: f"\\{found[0]}", write_json_line(value))

    def _read(self, text: str) -> Place:
        front = self._scan(text)
        kept, place = [], 0
        for start, end in sorted(front.parts):
            kept.append(text[place:start])
            # With a part go the blank lines below it, so that a change of its length never shows in the text.
            place = self._after_blanks(text, end).start
        body = _BLANK_LINES.sub("", "".join([*kept, text[place:]]), count=1)
        for key, title in zip(("title", "subtitle"), front.titles, strict=False):
            if key not in front.fields.values:
                front.fields.add(key, [title.text], title.start, title.end)
        related = _read_value(front.fields.raw_related())
        # Without a field list, a new one at the top holds fields of the whole file for Sphinx.
        is_alone = front.list_end is None or front.is_alone
        return front.fields.place(body, front.list_end or 0, related, is_alone=is_alone)

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
        """Read the fields from a line on; hand back where the last of them ends."""
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
        """Read the title that begins at a line; a second one counts only above the field list."""
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
        """Read the first post directive of ABlog; its content stays in the text."""
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
        # Fields of the list go first.
        for key in options.values.keys() & front.fields.values.keys():
            del options.values[key], options.offsets[key]
        front.fields.values |= options.values
        front.fields.offsets |= options.offsets

    def _block_end(self, text: str, line: Line) -> int:
        """Where the indented lines below a line end; blank lines among them are of them."""
        end = line.end
        below = self._line_at(text, end)
        # An empty comment is followed by a blank line, and takes nothing along.
        if below.is_blank and line.text.strip() == "..":
            return end
        while (below := self._after_blanks(text, end)).is_indented:
            end = below.end
        return end

    def _after_blanks(self, text: str, place: int) -> Line:
        """The first line from a place on that is not blank; an empty one at the end of the text if all are."""
        found = _BLANK_LINES.match(text, place)
        line = self._line_at(text, found.end() if found else place)
        return self._line_at(text, len(text)) if line.is_blank else line


def _read_value(text: str) -> Any:
    """The JSON of a field; one that was written without escapes for markup is read as it stands."""
    plain = _ESCAPE.sub(lambda found: found[2] or "", text)
    value = read_json_line(plain)
    return value if value != plain else read_json_line(text)


RST = _Rst()
