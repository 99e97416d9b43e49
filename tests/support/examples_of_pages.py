"""The examples of the README and the manual: command lines with their output, and Python with its."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Example:
    """One command, or one block of Python.

    Attributes:
        page: The page, relative to the project's root.
        line: The line that it begins on.
        language: `console` or `python`.
        text: The command line without its prompt, or the code.
        output: What the page says that it prints; `...` stands for anything.
    """

    page: str
    line: int
    language: str
    text: str
    output: str


def examples_of(page: Path, root: Path) -> Iterator[Example]:
    """Yield the examples of a page in their order."""
    name = page.relative_to(root).as_posix()
    fences = [token for token in MarkdownIt().parse(page.read_text(encoding="utf-8")) if token.type == "fence"]
    for fence, after in zip_longest(fences, fences[1:]):
        line = fence.map[0] + 2  # type: ignore[index]
        if fence.info == "console":
            for match in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", fence.content, re.MULTILINE):
                yield Example(name, line + fence.content[: match.start()].count("\n"), "console", match[1], match[2])
        elif fence.info == "python":
            # What a block prints stands right below it.
            adjoins = after is not None and after.info == "text" and after.map[0] <= fence.map[1] + 1  # type: ignore[index]
            yield Example(name, line, "python", fence.content, after.content if adjoins and after else "")
