"""Where constructs of a text end, found in linear time however many of them are never closed."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

_BRACE = re.compile(r"[{}]")
_CLOSING_TAG = re.compile(r"</([A-Za-z][\w.:-]*)\s*>")
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_ATTRIBUTES = re.compile(r"""(?:[^<>={\n]|\n(?![ \t]*\n)|=(?!\s*["'])|=\s*"[^"]*"|=\s*'[^']*')*""")


class Spans:
    """Finds ends in a text that is read from its start to its end.

    Every search remembers the next place of what it looked for, or that there is none. As long as the places that are
    asked about never go back, each kind of end is looked for once through the text, and a thousand openings without an
    end cost no more than one.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._next: dict[str | re.Pattern[str], tuple[int, int] | None] = {}
        self._no_tag_before = 0

    def find(self, what: str | re.Pattern[str], start: int) -> tuple[int, int] | None:
        """Begin and end of the next `what` at or after `start`; None if there is none."""
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
        """Where a construct ends that stands at `start` and cannot hold its own opening.

        Args:
            opening: How it begins.
            closing: How it ends.
            start: Where its opening stands.
            max_chars: How long it may be.

        Returns:
            The place after its closing; None if it is not closed before another one begins.
        """
        inner = start + len(opening)
        end = self.find(closing, inner)
        if end is None or end[0] - start > max_chars:
            return None
        another = self.find(opening, inner)
        return None if another and another[0] < end[0] else end[1]

    def paragraph_end(self, start: int) -> int:
        """Where the next blank line begins, or the text ends."""
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
        """The place after the brace that closes the one at `start`."""
        return self._partners.get(start)

    @cached_property
    def _closing_tags(self) -> dict[str, list[tuple[int, int]]]:
        tags: dict[str, list[tuple[int, int]]] = {}
        for match in _CLOSING_TAG.finditer(self.text):
            tags.setdefault(match[1].lower(), []).append(match.span())
        return tags

    def closing_tag(self, name: str, start: int) -> tuple[int, int] | None:
        """Begin and end of the next closing tag of an element, whatever the case of its name."""
        tags = self._closing_tags.get(name.lower(), [])
        place = bisect_left(tags, (start, start))
        return tags[place] if place < len(tags) else None

    def tag_end(self, start: int, attributes: int) -> int | None:
        """The place after the `>` of an HTML or JSX tag.

        Args:
            start: Where the tag's `<` stands.
            attributes: Where its name ends; attributes may hold `>` within quotes and within braces.

        Returns:
            None if the tag is not closed before the next begins.
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
        # What was read in vain is not read again from a `<` within it.
        self._no_tag_before = place
        return None
