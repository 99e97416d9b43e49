"""Addresses as Hugo makes them: names into paths, the patterns of permalinks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from unicodedata import category, combining, normalize
from urllib.parse import quote, unquote_plus

_PLAIN = re.compile(r"[A-Za-z0-9./_~-]*")
_ALLOWED = frozenset("./\\_#+~-@")
_HEX = re.compile(r"%[0-9A-Fa-f]{2}")
_TOKEN = re.compile(r"\\:|:\w+(?:\[[^\]]+\])?")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DATE_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: str(date.year),
    "month": lambda date: f"{date.month:02}",
    "monthname": lambda date: _MONTHS[date.month - 1],
    "day": lambda date: f"{date.day:02}",
    "weekday": lambda date: str(date.isoweekday() % 7),
    "weekdayname": lambda date: _DAYS[date.weekday()],
    "yearday": lambda date: str(date.timetuple().tm_yday),
    # Layouts of Go that people use.
    "2006": lambda date: f"{date.year:04}",
    "06": lambda date: f"{date.year % 100:02}",
    "01": lambda date: f"{date.month:02}",
    "1": lambda date: str(date.month),
    "02": lambda date: f"{date.day:02}",
    "2": lambda date: str(date.day),
    "Jan": lambda date: _MONTHS[date.month - 1][:3],
    "January": lambda date: _MONTHS[date.month - 1],
}
NO_DATE = datetime(1, 1, 1)
"""What permalinks say of a page without a date."""


class PathRules:
    """How names become paths.

    Args:
        keeps_case: `disablePathToLower`.
        drops_accents: `removePathAccents`.
    """

    def __init__(self, *, keeps_case: bool = False, drops_accents: bool = False) -> None:
        self._keeps_case = keeps_case
        self._drops_accents = drops_accents

    def sanitise(self, text: str) -> str:
        """A name or path with hyphens for spaces, without other signs, in lower case."""
        if self._drops_accents and not text.isascii():
            text = normalize("NFC", "".join(char for char in normalize("NFD", text) if not combining(char)))
        if not _PLAIN.fullmatch(text):
            text = _hyphenated(text)
        return text if self._keeps_case else _lower(text)


def _lower(text: str) -> str:
    """Lower case, each character by itself and as one, as Go has it."""
    return text.lower() if text.isascii() else "".join(char.lower()[:1] for char in text)


def _hyphenated(text: str) -> str:
    kept: list[str] = []
    wants_hyphen = was_hyphen = False
    for place, char in enumerate(text):
        if char in _ALLOWED or category(char)[0] in "LM" or category(char) == "Nd" or _HEX.match(text, place):
            was_hyphen = char == "-"
            if wants_hyphen and not was_hyphen:
                kept.append("-")
            wants_hyphen = False
            kept.append(char)
        elif kept and char.isspace() and not was_hyphen:
            wants_hyphen = True
    return "".join(kept)


def expand(
    pattern: str, values: Mapping[str, Callable[[], str]], sections: Callable[[], Sequence[str]], date: datetime
) -> str | None:
    """A permalink's pattern with its tokens filled in.

    Args:
        pattern: Such as `/:year/:sections[1:]/:slug/`; a colon stands for itself behind a backslash.
        values: What tokens stand for, beside dates and sections.
        sections: The sections that the page lies in, the outermost first.
        date: Of the page, in its own zone.

    Returns:
        None if it holds an unknown token.
    """
    is_known = True

    def value(match: re.Match[str]) -> str:
        nonlocal is_known
        name = match[0][1:]
        if name == ":":
            return ":"
        if name.startswith("sections"):
            return "/".join(_slice(sections(), name.removeprefix("sections")))
        if name in values:
            return values[name]()
        if name in _DATE_PARTS:
            return _DATE_PARTS[name](date)
        is_known = False
        return ""

    filled = _TOKEN.sub(value, pattern)
    return unquote_plus(filled) if is_known else None


def _slice(names: Sequence[str], cut: str) -> Sequence[str]:
    """`[1:]`, `[last]` and such of the names of sections; everything for no cut."""
    if not cut:
        return names
    low, colon, high = cut[1:-1].lower().partition(":")

    def place(text: str, default: int) -> int:
        if text.strip() == "last":
            return max(len(names) - 1, 0)
        return int(text) if text.strip().isdigit() else default

    start = place(low, 0)
    return names[start : place(high, len(names))] if colon else names[start : start + 1]


def join(*steps: str) -> str:
    """Steps of a path as one from the root on, with the final slash of the last one."""
    path = posixpath.normpath("/" + "/".join(steps)).replace("//", "/")
    return f"{path}/" if steps and steps[-1].endswith("/") and path != "/" else path


def escape(path: str, safe: str = "") -> str:
    """A path as it stands in an address; `safe` holds further characters that stay as they are."""
    return quote(path, safe=f"/:@!$&'()*+,;=~-._{safe}")
