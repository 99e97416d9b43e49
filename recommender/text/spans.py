"""Find where constructs of a text end, in linear time even if many of them are never closed."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

_BRACE = re.compile(r"[{}]")
_CLOSING_TAG = re.compile(r"</([A-Za-z][\w.:-]*)\s*>")
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_ATTRIBUTES = re.compile(r"""(?:[^<>={\n]|\n(?![ \t]*\n)|=(?!\s*["'])|=\s*"[^"]*"|=\s*'[^']*')*""")


class Spans:
    """Finds the ends of constructs in a text that is read from left to right.

    Every search caches its next match, or that there is none. As long as `start` never decreases, the text is searched
    once for each kind of end, and a thousand openings without an end cost no more than one.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._next: dict[str | re.Pattern[str], tuple[int, int] | None] = {}
        self._no_tag_before = 0

    def find(self, what: str | re.Pattern[str], start: int) -> tuple[int, int] | None:
        """Return the span of the next `what` at or after `start`; None if there is none."""
        if what in self._next:
            known = self._next[what]
            if known is None or known[0] >= start:
                return known
        if isinstance(what, str):
            place = self.text.find(what, start)
            found = None if place < 0 else (place, place + len(what))
        else:
            match = what.search(self.text, start)
            found = match.span() if match else None
        self._next[what] = found
        return found

    def close(self, opening: str, closing: str, start: int, max_chars: int) -> int | None:
        """Return the position after the construct at `start`, which cannot be nested.

        Args:
            opening: Its opening marker, which stands at `start`.
            closing: Its closing marker.
            start: The position of the opening marker.
            max_chars: Its maximum length.

        Returns:
            None if it is too long, or not closed before the next one begins.
        """
        inner = start + len(opening)
        end = self.find(closing, inner)
        if end is None or end[0] - start > max_chars:
            return None
        another = self.find(opening, inner)
        return None if another and another[0] < end[0] else end[1]

    def paragraph_end(self, start: int) -> int:
        """Return the position of the next blank line, or of the end of the text."""
        found = self.find(_BLANK_LINE, start)
        return found[0] if found else len(self.text)

    @cached_property
    def _partners(self) -> dict[int, int]:
        partners: dict[int, int] = {}
        waiting: list[int] = []
        for match in _BRACE.finditer(self.text):
            if match[0] == "{":
                waiting.append(match.start())
            elif waiting:
                partners[waiting.pop()] = match.end()
        return partners

    def brace_end(self, start: int) -> int | None:
        """Return the position after the brace that closes the one at `start`; None if nothing closes it."""
        return self._partners.get(start)

    @cached_property
    def _closing_tags(self) -> dict[str, list[tuple[int, int]]]:
        tags: dict[str, list[tuple[int, int]]] = {}
        for match in _CLOSING_TAG.finditer(self.text):
            tags.setdefault(match[1].lower(), []).append(match.span())
        return tags

    def closing_tag(self, name: str, start: int) -> tuple[int, int] | None:
        """Return the span of the next closing tag of an element, ignoring case; None if there is none."""
        tags = self._closing_tags.get(name.lower(), [])
        place = bisect_left(tags, (start, start))
        return tags[place] if place < len(tags) else None

    def tag_end(self, start: int, attributes: int) -> int | None:
        """Return the position after the `>` of an HTML or JSX tag; None if another tag begins before it.

        Args:
            start: The position of the tag's `<`.
            attributes: The end of its name; attributes may contain `>` inside quotes and braces.
        """
        if start < self._no_tag_before:
            return None
        place = attributes
        while match := _ATTRIBUTES.match(self.text, place):
            place = match.end()
            char = self.text[place : place + 1]
            if char == ">":
                return place + 1
            inner = self.brace_end(place) if char == "{" else None
            if inner is None:
                break
            place = inner
        # Do not read the same attributes again from a `<` inside them.
        self._no_tag_before = place
        return None
