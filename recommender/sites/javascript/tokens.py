"""Split JavaScript or TypeScript into tokens, without comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: `text` (a string), `template` (a string with `${}` in it), `number`, `name`, `mark` or `regex`.
        text: The value of a string, the source of any other token; empty for a regular expression.
        on_new_line: Whether a line break precedes it.
    """

    kind: str
    text: str
    on_new_line: bool


_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\A#![^\n]*)"
    r"|(?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")|(?P<tick>`)"
    r"|(?P<number>0[xX][\da-fA-F]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[\w$#]+)|(?P<mark>\.\.\.|=>|.)",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_TEMPLATE = re.compile(r"`((?:[^`\\$]|\\.|\$(?!\{))*)`", re.DOTALL)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a file."""
    place, on_new_line, before = 0, True, ""
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:  # pragma: no cover - the last alternative matches any character
            break
        kind, found = str(match.lastgroup), match[0]
        regex = _REGEX.match(text, place) if found == "/" and _regex_may_follow(before) else None
        if kind in {"space", "comment"}:
            on_new_line = on_new_line or "\n" in found
            place = match.end()
            continue
        if regex is not None:
            kind, found, place = "regex", "", regex.end()
        elif kind == "tick":
            kind, found, place = _template(text, place)
        else:
            place = match.end()
            if kind == "text":
                found = _unescape(found[1:-1])
        yield Token(kind, found, on_new_line)
        before, on_new_line = (found if kind != "text" else "'"), False


def _template(text: str, place: int) -> tuple[str, str, int]:
    """Read a string between backticks; return its kind, its text and the position after it."""
    match = _TEMPLATE.match(text, place)
    if match is not None:
        return "text", _unescape(match[1]), match.end()
    start, place, depth = place, place + 1, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text.startswith("${", place):
            depth += 1
            place += 1
        elif depth and text[place] in "{}":
            depth += 1 if text[place] == "{" else -1
        elif not depth and text[place] == "`":
            return "template", text[start + 1 : place], place + 1
        elif text[place] == "`":
            place = _template(text, place)[2] - 1
        place += 1
    return "template", text[start + 1 : place], place


def _regex_may_follow(before: str) -> bool:
    return before in {"", "return", "=>"} or before in set("(,=:[!&|?{};+")


def _unescape(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        what = match[1]
        if what[0] in "ux" and len(what) > 1:
            code = int(what[1:].strip("{}"), 16)
            return chr(code) if code <= 0x10FFFF else ""
        return "" if what.endswith("\n") else _ESCAPES.get(what, what)

    return _ESCAPE.sub(plain, text) if "\\" in text else text
