"""Find the positions of the statements in a TOML text; their values are left to tomllib."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recommender.errors import FrontMatterError
from recommender.sources.yaml_mapping import MAX_DEPTH

_SPACE = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*(?:\n|\Z))*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_TEXT = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^']|'(?!''))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
_PLAIN = re.compile(r"[^\s,\]}#\"'\[{][^\n,\]}#]*")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")


class TomlStatement(NamedTuple):
    """A key with its value, or the header of a table.

    Attributes:
        path: The key below its tables, cut to two parts.
        start: Where its first line begins.
        end: Where the line after its last one begins.
        is_header: Whether it is a table's header.
    """

    path: tuple[str, ...]
    start: int
    end: int
    is_header: bool


def scan_toml(text: str) -> Iterator[TomlStatement]:
    """Yield the statements of a TOML text in order, up to the first invalid one.

    Raises:
        FrontMatterError: If values are nested too deeply for a recursive parser.
    """
    scanner = _Scanner(text)
    table: tuple[str, ...] = ()
    place = 0
    while place < len(text):
        end = scanner.skip(_LINE_END, place)
        if end > place:
            place = end
            continue
        start, place = place, scanner.skip(_SPACE, place)
        is_header = text.startswith("[", place)
        if is_header:
            brackets = 2 if text.startswith("[[", place) else 1
            path, place = scanner.keys(place + brackets)
            table, place = path, place + brackets
        else:
            keys, place = scanner.keys(place)
            path = (*table, *keys)
            place = scanner.value(scanner.skip(_SPACE, place + 1), 0)
        end = scanner.skip(_LINE_END, place)
        if not path or end == place < len(text):
            return
        yield TomlStatement(path[:2], start, end, is_header)
        place = end


class _Scanner:
    """Skips keys and values; an invalid one is not skipped."""

    def __init__(self, text: str) -> None:
        self._text = text

    def skip(self, pattern: re.Pattern[str], place: int) -> int:
        """Return where a match of `pattern` at `place` ends; `place` if there is none."""
        found = pattern.match(self._text, place)
        return found.end() if found else place

    def keys(self, place: int) -> tuple[tuple[str, ...], int]:
        """Return the parts of a dotted key, and where the space after it ends."""
        path: list[str] = []
        while found := _KEY.match(self._text, self.skip(_SPACE, place)):
            path.append(_unquote(found[0]))
            self._check_depth(len(path), found.start())
            place = self.skip(_SPACE, found.end())
            if not self._text.startswith(".", place):
                break
            place += 1
        return tuple(path), place

    def value(self, place: int, depth: int) -> int:
        """Return where a value ends."""
        self._check_depth(depth, place)
        opening = self._text[place : place + 1]
        if opening not in {"[", "{"}:
            return self.skip(_TEXT if opening in {'"', "'"} else _PLAIN, place)
        closing = "]" if opening == "[" else "}"
        place = self.skip(_BETWEEN, place + 1)
        while not self._text.startswith(closing, place):
            start = place
            if opening == "{":
                place = self.skip(_SPACE, self.keys(place)[1] + 1)
            place = self.skip(_BETWEEN, self.value(place, depth + 1))
            if self._text.startswith(",", place):
                place = self.skip(_BETWEEN, place + 1)
            if place <= start:
                break
        return place + 1

    def _check_depth(self, depth: int, place: int) -> None:
        if depth > MAX_DEPTH:
            what, line = f"values are nested more than {MAX_DEPTH} deep", self._text.count("\n", 0, place) + 2
            raise FrontMatterError(what, where=f"line {line}", expected="fields, lists and texts")


def _unquote(key: str) -> str:
    if key[0] not in {'"', "'"}:
        return key
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), key[1:-1])
