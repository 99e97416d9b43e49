"""Marks of blocks that Markdown does not know: admonitions, footnotes and tabs, whose text is indented like code."""

from __future__ import annotations

import re

# `!!! note "Title"`, `??? info`, `=== "Tab"`, `[^1]: A footnote`.
_MARK = re.compile(
    r"""
    (?: (?:!!!|\?\?\?) \+? [ \t]* [\w-]* (?:[ \t]+[\w-]+)* | ===[!+]? (?=[ \t]*") ) [ \t]* (?:"(.*)")? [ \t]* $
    | \[\^[^\]\[\s]{1,100}\]: [ \t]* (.*)
    """,
    re.VERBOSE,
)
_HINT = re.compile(r"^[ \t]*(?:!!!|\?\?\?|=== *\"|\[\^[^\]\[\s]{1,100}\]:)", re.MULTILINE)
_TABLE_OF_CONTENTS = re.compile(r"^[ \t]*(?:[*+-]|\d+\.)[ \t]+[^\n]*\n[ \t]*\{:[^}\n]*\btoc\b[^}\n]*\}", re.MULTILINE)
_STEP = 4


def flatten_blocks(text: str) -> str:
    """`text` with the marks of such blocks removed, their titles kept, and their text set back to the left.

    Kramdown's list items that only hold the place of a table of contents are removed too.
    """
    if "{:" in text and "toc" in text:
        text = _TABLE_OF_CONTENTS.sub("", text)
    return "\n".join(_flattened(text.split("\n"))) if _HINT.search(text) else text


def _flattened(lines: list[str]) -> list[str]:
    """The lines without marks; those below a mark lose one step of indentation for each open mark."""
    found: list[str] = []
    # How far the text of each open block is indented, outermost first.
    depths: list[int] = []
    for line in lines:
        bare = line.lstrip(" \t")
        if not bare.strip():
            found.append("")
            continue
        indent = len(line[: len(line) - len(bare)].expandtabs(_STEP))
        while depths and indent < depths[-1]:
            depths.pop()
        mark = _MARK.match(bare)
        left = (indent - _STEP * len(depths)) * " "
        if mark is None:
            found.append(left + bare if depths else line)
        else:
            found += ["", left + (mark[1] or mark[2] or ""), ""]
            depths.append(indent + _STEP)
    return found
