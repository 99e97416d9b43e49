"""Build Hugo's addresses: sanitise names, and expand permalink patterns."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from unicodedata import combining, normalize
from urllib.parse import quote, unquote_plus

from recommender.sites.addresses import is_word_char
from recommender.sites.dates import DAYS, MONTHS

_PLAIN = re.compile(r"[A-Za-z0-9./_~-]*")
_ALLOWED = frozenset("./\\_#+~-@")
_HEX = re.compile(r"%[0-9A-Fa-f]{2}")
_TOKEN = re.compile(r"\\:|:\w+(?:\[[^\]]+\])?")
_DATE_PARTS: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: str(date.year),
    "month": lambda date: f"{date.month:02}",
    "monthname": lambda date: MONTHS[date.month - 1],
    "day": lambda date: f"{date.day:02}",
    "weekday": lambda date: str(date.isoweekday() % 7),
    "weekdayname": lambda date: DAYS[date.weekday()],
    "yearday": lambda date: str(date.timetuple().tm_yday),
    # Common layouts of Go.
    "2006": lambda date: f"{date.year:04}",
    "06": lambda date: f"{date.year % 100:02}",
    "01": lambda date: f"{date.month:02}",
    "1": lambda date: str(date.month),
    "02": lambda date: f"{date.day:02}",
    "2": lambda date: str(date.day),
    "Jan": lambda date: MONTHS[date.month - 1][:3],
    "January": lambda date: MONTHS[date.month - 1],
}
NO_DATE = datetime(1, 1, 1)
"""The date in permalinks of pages without one."""


def sanitise(text: str, *, keeps_case: bool = False, drops_accents: bool = False) -> str:
    """Return a name or path in lower case, with hyphens for spaces and without other punctuation.

    Args:
        text: The name or path.
        keeps_case: The setting `disablePathToLower`.
        drops_accents: The setting `removePathAccents`.
    """
    if drops_accents and not text.isascii():
        text = normalize("NFC", "".join(char for char in normalize("NFD", text) if not combining(char)))
    if not _PLAIN.fullmatch(text):
        text = _hyphenated(text)
    return text if keeps_case else _lower(text)


def _lower(text: str) -> str:
    """Return lower case as Go does: character by character, each as one character."""
    return text.lower() if text.isascii() else "".join(char.lower()[:1] for char in text)


def _hyphenated(text: str) -> str:
    kept: list[str] = []
    wants_hyphen = was_hyphen = False
    for place, char in enumerate(text):
        if char in _ALLOWED or is_word_char(char) or _HEX.match(text, place):
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
    r"""Expand a permalink pattern; None if it contains an unknown token.

    Args:
        pattern: A pattern such as `/:year/:sections[1:]/:slug/`; `\:` is a colon.
        values: Values of tokens, beside dates and sections.
        sections: Returns the sections above the page, the outermost first.
        date: The page's date, in its own zone.
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
    """Apply a slice such as `[1:]` or `[last]` to the names of sections; return all of them for an empty one."""
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
    """Join steps to a normalised absolute path, keeping a final slash."""
    path = posixpath.normpath("/" + "/".join(steps)).replace("//", "/")
    return f"{path}/" if steps and steps[-1].endswith("/") and path != "/" else path


def escape(path: str, safe: str = "") -> str:
    """Percent-encode a path; `safe` are further characters to leave as they are."""
    return quote(path, safe=f"/:@!$&'()*+,;=~-._{safe}")
