"""Join paragraphs of plain text into text that means the same when it is parsed as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Markers at the start of a line: heading, quote, fence, rule, directive, admonition.
_MARK = re.compile(r"(?:(?:#{1,6}|>|`{3,}|~{3,}|={2,}|-{2,}|:{3,}|!{3}|\?{3})(?:\s+|$)|[`~]{3,}|:{3,})+")
_TAG = re.compile(r"<(?=[A-Za-z/!?%])")


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """Return the non-empty paragraphs, each on one line, separated by blank lines.

    Block markers of Markdown are removed, and a space is put after a `<` that would open a tag.
    """
    found = []
    for paragraph in paragraphs:
        line = " ".join(paragraph.split())
        if line:
            line = _MARK.sub("", line, count=1) if _MARK.match(line) else line
            found.append(_TAG.sub("< ", line))
    return "\n\n".join(line for line in found if line)
