"""Patterns of paths as generators write them: Sphinx's globs and the lines of a .gitignore."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=256)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression for `match`: `**` passes slashes, `*` and `?` do not.

    `**/` stands for any number of folders, none among them.
    """
    found, place = "", 0
    while place < len(pattern):
        rest = pattern[place:]
        brackets = re.match(r"\[(!?)(\]?[^]]*)\]", rest)
        if rest.startswith("**/"):
            part, place = "(?:.*/)?", place + 3
        elif rest.startswith("**"):
            part, place = ".*", place + 2
        elif brackets:
            inner = brackets[2].replace("\\", "\\\\").replace("[", "\\[")
            part, place = f"[^/{inner}]" if brackets[1] else f"[{inner}]", place + len(brackets[0])
        else:
            part, place = {"*": "[^/]*", "?": "[^/]"}.get(rest[0]) or re.escape(rest[0]), place + 1
        found += part
    try:
        return re.compile(f"{found}$")
    except re.error:
        return re.compile(re.escape(pattern) + "$")


class IgnoreLines:
    """The lines of a .gitignore: a later one overrules an earlier one, and `!` takes a path out again.

    Args:
        lines: As they are written, with comments and blank lines.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in lines:
            text = line.strip()
            if text and not text.startswith("#"):
                ignores = not text.startswith("!")
                self._rules.append((ignores, _rule(text.removeprefix("!"))))

    def match(self, path: str) -> bool:
        """Whether a file, or a folder that ends with a slash, is ignored, by itself or with a folder around it."""
        ends = [place + 1 for place, letter in enumerate(path) if letter == "/"]
        for end in ends if path.endswith("/") else [*ends, len(path)]:
            part = path[:end]
            verdict = [ignores for ignores, regex in self._rules if regex.match(part)]
            if verdict and verdict[-1]:
                return True
        return False


def _rule(text: str) -> re.Pattern[str]:
    is_folder = text.endswith("/")
    body = text.strip("/") if is_folder else text.removeprefix("/")
    anywhere = "/" not in text.rstrip("/")
    pattern = glob_regex(f"**/{body}" if anywhere else body).pattern.removesuffix("$")
    return re.compile(f"{pattern}/$" if is_folder else f"{pattern}/?$")
