"""Plain paragraphs that no reader of Markdown takes for anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A heading, a quote, a fence, a rule, a directive, an admonition or a statement of MDX, which begin a line.
_MARK = re.compile(r"(?:(?:#{1,6}|>|`{3,}|~{3,}|={2,}|-{2,}|:{3,}|!{3}|\?{3})(?:\s+|$)|[`~]{3,}|:{3,})+")
_TAG = re.compile(r"<(?=[A-Za-z/!?%])")


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    """The paragraphs that hold text, each on one line, with a blank line between them.

    Marks of Markdown at their beginning are removed, and a space parts `<` from a letter that makes it look like a tag.
    """
    found = []
    for paragraph in paragraphs:
        line = " ".join(paragraph.split())
        if line:
            line = _MARK.sub("", line, count=1) if _MARK.match(line) else line
            found.append(_TAG.sub("< ", line))
    return "\n\n".join(line for line in found if line)
