"""Path patterns of site settings: globs, the lines of a .gitignore, regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=256)
def glob_regex(pattern: str) -> re.Pattern[str]:
    """Convert a glob to a regular expression for `match`; `*` and `?` match no slash, `**/` any number of folders."""
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


def is_regex(pattern: Any) -> bool:
    """Return True if a setting is a valid regular expression."""
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        return False
    return True


class IgnoreLines:
    """The rules of a .gitignore: a later one overrides an earlier one, and `!` negates.

    Args:
        lines: The lines of the file, with comments and blank lines.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules: list[tuple[bool, re.Pattern[str]]] = []
        for line in lines:
            text = line.strip()
            if text and not text.startswith("#"):
                ignores = not text.startswith("!")
                self._rules.append((ignores, _rule(text.removeprefix("!"))))

    def match(self, path: str) -> bool:
        """Return True if a file, or a folder with a final slash, is ignored, by itself or with a folder above it."""
        ends = [place + 1 for place, letter in enumerate(path) if letter == "/"]
        for end in ends if path.endswith("/") else [*ends, len(path)]:
            part = path[:end]
            matching = [ignores for ignores, regex in self._rules if regex.match(part)]
            if matching and matching[-1]:
                return True
        return False


def _rule(text: str) -> re.Pattern[str]:
    is_folder = text.endswith("/")
    body = text.strip("/") if is_folder else text.removeprefix("/")
    anywhere = "/" not in text.rstrip("/")
    pattern = glob_regex(f"**/{body}" if anywhere else body).pattern.removesuffix("$")
    return re.compile(f"{pattern}/$" if is_folder else f"{pattern}/?$")
