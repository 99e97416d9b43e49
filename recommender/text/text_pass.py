"""The state of one pass that strips a text."""

from __future__ import annotations

from recommender.text.spans import Spans


class TextPass:
    """What has been kept of a text so far.

    A reader method takes the position at which a construct begins and returns the position after it.

    Args:
        text: The text.
        is_markdown: Whether what is kept will be parsed as Markdown.
        keep_spans: Keep every code span, not only those that are part of a sentence.
    """

    def __init__(self, text: str, *, is_markdown: bool = True, keep_spans: bool = False) -> None:
        self.text = text
        self.is_markdown = is_markdown
        self.keep_spans = keep_spans
        self.spans = Spans(text)
        self.kept: list[str] = []
        self.size = 0
        self.is_mdx = False
        self._opened_shortcodes: set[str] = set()
        self._no_export_before = 0

    def keep(self, text: str) -> None:
        """Keep `text`."""
        if text:
            self.kept.append(text)
            self.size += len(text)

    def part(self, place: int) -> int:
        """Keep a space in place of a skipped construct if a word stands before it; return `place`."""
        if self.kept and self.kept[-1][-1].isalnum():
            self.keep(" ")
        return place

    def skip(self, start: int, count: int) -> int:
        """Keep `count` characters that begin no construct; return the position after them."""
        self.keep(self.text[start : start + count])
        return start + count
