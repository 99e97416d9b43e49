"""Remove directives and literal blocks from reStructuredText, but keep the text inside directives."""

from __future__ import annotations

import re

# Directives whose first line is text; for any other it is an argument.
_TITLED = frozenset({
    "note", "warning", "tip", "hint", "important", "caution", "danger", "attention", "error", "seealso", "todo",
    "admonition", "topic", "sidebar", "rubric", "pull-quote", "epigraph", "highlights", "centered", "compound",
    "container", "deprecated", "versionadded", "versionchanged", "table", "list-table", "line-block",
})  # fmt: skip
_DROPPED = frozenset({
    "code", "code-block", "sourcecode", "code-cell", "literal", "literalinclude", "parsed-literal", "highlight",
    "toctree", "contents", "sectnum", "image", "raw", "math", "post", "postlist", "update", "include", "index",
    "meta", "role", "default-role", "class", "unicode", "replace", "date", "title", "header", "footer", "graphviz",
    "digraph", "graph", "uml", "plantuml", "mermaid", "ipython", "prompt", "doctest", "testcode", "testsetup",
    "testoutput", "productionlist", "tabularcolumns", "csv-table", "chart", "listing", "gist", "youtube", "vimeo",
    "media", "soundcloud", "slides", "thumbnail", "post-list", "program-output", "currentmodule", "automodule",
    "autoclass", "autofunction", "autosummary", "bibliography", "jupyter-execute", "plot",
})  # fmt: skip
_DIRECTIVE = re.compile(r"( *)\.\. +(?:\|[^|]+\| +)?([A-Za-z][\w:+.-]*?) ?::(?: +(.*))?$")
_ITEM = re.compile(r" *(?:(?:[-*+•]|\(?(?:\d+|[A-Za-z#]|[ivxlc]+)[.)]) +)*")
_OPTION = re.compile(r"\s*:[\w -]+:(?:\s|$)")


def without_directives(lines: list[str]) -> list[str]:
    """Return the lines without directives and literal blocks; the text inside a directive is dedented."""
    found: list[str] = []
    # For each open directive: its indentation, and by how much its text is dedented.
    around: list[tuple[int, int]] = []
    place = 0
    while place < len(lines):
        line = lines[place].rstrip()
        place += 1
        if not line:
            found.append("")
            continue
        indent = len(line) - len(line.lstrip(" "))
        while around and indent <= around[-1][0]:
            around.pop()
        shift = around[-1][1] if around else 0
        directive = _DIRECTIVE.match(line)
        if directive is None:
            found.append(line[min(shift, indent) :])
            if line.endswith("::") and not line.lstrip().startswith(".. "):
                item = _ITEM.match(line)
                found[-1] = found[-1][:-1]
                place = _block_end(lines, place, item.end() if item else indent)
                found.append("")
            continue
        name, argument = directive[2].lower(), directive[3] or ""
        if name.rpartition(":")[2] in _DROPPED or "|" in line[: directive.start(2)]:
            place = _block_end(lines, place, indent)
            found.append("")
            continue
        inner = next((lines[each] for each in range(place, len(lines)) if lines[each].strip()), "")
        step = len(inner) - len(inner.lstrip(" ")) - indent
        around.append((indent, shift + max(step, 0)))
        left = " " * max(indent - shift, 0)
        found += ["", left + argument if name in _TITLED else ""]
        while place < len(lines) and _OPTION.match(lines[place]) and lines[place].startswith(" " * (indent + 1)):
            place += 1
        if name not in _TITLED or (place < len(lines) and not lines[place].strip()):
            found.append("")
    return found


def _block_end(lines: list[str], place: int, indent: int) -> int:
    """Return the first line from `place` on that is neither blank nor indented by more than `indent`."""
    while place < len(lines):
        bare = lines[place].lstrip(" ")
        if bare.strip() and len(lines[place]) - len(bare) <= indent:
            break
        place += 1
    return place
