"""Strip code, templates, shortcodes and JSX from Markdown before it is parsed as Markdown.

Liquid, Jinja, Nunjucks, Twig, Handlebars, Hugo and WordPress shortcodes, MDX, Hexo tags, Kramdown attributes,
admonition markers, scripts, comments and math are found in one pass from left to right: a brace inside a code block,
for example, opens nothing. The pass takes linear time (see `Spans`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import NamedTuple

from recommender.text import syntax
from recommender.text.code_reader import CodeReader
from recommender.text.tag_reader import TagReader
from recommender.text.template_reader import TemplateReader


class Stripped(NamedTuple):
    """A text without its code.

    Attributes:
        text: What is left.
        is_mdx: Whether it is MDX, in which indented text is not code.
        whole: Whether the text was read to its end.
    """

    text: str
    is_mdx: bool
    whole: bool


def strip_code(text: str, max_chars: int | None = None, *, keep_spans: bool = False) -> Stripped:
    """Strip what is not prose from Markdown.

    Args:
        text: Markdown or MDX, without front matter.
        max_chars: Stop after keeping this many characters; None reads all.
        keep_spans: Keep every code span, not only those that are part of a sentence.
    """
    stripper = _Stripper(text, keep_spans=keep_spans)
    place = stripper.read(syntax.START, sys.maxsize if max_chars is None else max_chars)
    return Stripped("".join(stripper.kept), stripper.is_mdx, place >= len(text))


def strip_templates(text: str) -> str:
    """Strip template tags, shortcodes and elements without prose from text that is not Markdown, such as a title."""
    stripper = _Stripper(text, is_markdown=False)
    stripper.read(syntax.START_INLINE, sys.maxsize)
    return "".join(stripper.kept)


class _Stripper(CodeReader, TemplateReader, TagReader):
    """Combines all readers into one pass."""

    def read(self, start: re.Pattern[str], max_chars: int) -> int:
        """Read until the end, or until `max_chars` are kept; return the position reached."""
        readers: dict[str, Callable[[int], int]] = {
            "{": self.read_brace,
            "<": self.read_angle,
            "[": self.read_bracket,
            "`": self.read_backtick,
            "$": self.read_dollar,
            "\\": self.read_backslash,
            "i": self.read_import,
            "e": self.read_export,
        }
        text, place = self.text, 0
        while self.size < max_chars and place < len(text):
            match = start.search(text, place)
            begin = match.start() if match else len(text)
            until = min(begin, place + max_chars - self.size)
            self.keep(text[place:until])
            place = until
            if match is None or until < begin:
                break
            size = self.size
            if match.lastgroup == "fence":
                place = self.read_fence(match)
            else:
                place = readers.get(text[begin], self.read_directive)(begin)
            if self.size == size and not self.is_markdown:
                self.keep(" ")  # what stands around the gap must not form a new tag
        return place
