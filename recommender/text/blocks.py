"""Flatten admonitions, footnotes and tabs, whose indented text CommonMark would read as code."""

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
    """Remove the markers of such blocks, keep their titles, and dedent their text.

    Kramdown's list items that are placeholders for a table of contents are removed too.
    """
    if "{:" in text and "toc" in text:
        text = _TABLE_OF_CONTENTS.sub("", text)
    return "\n".join(_flattened(text.split("\n"))) if _HINT.search(text) else text


def _flattened(lines: list[str]) -> list[str]:
    """Return the lines without markers; lines below a marker lose one step of indentation per open block."""
    found: list[str] = []
    # Indentation of the text of each open block, outermost first.
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
