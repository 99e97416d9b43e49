"""Word splitting: words with their positions, plain words for comparison, words that look like names."""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import normalize

Analyze = Callable[[str], list[str]]
"""Splits a text into terms, in order, with repetitions."""

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SEGMENT = re.compile(r"[^\W_]{2,}|\d")
# In scripts without spaces between words, each character counts as a word.
_PLAIN_WORD = re.compile(
    r"(?=\w)[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)
CALENDAR = frozenset({
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "januar", "februar",
    "märz", "mai", "juni", "juli", "oktober", "dezember", "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
    "samstag", "sonntag", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "gennaio", "febbraio", "aprile",
    "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "janeiro", "fevereiro", "março", "maio",
    "junho", "julho", "setembro", "outubro", "novembro", "dezembro", "januari", "februari", "maart", "augustus",
})  # fmt: skip
"""Months and days of the week in several languages: headlines that differ only in these share a template."""


def find_words(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each word, in order; apostrophes, hyphens and the dot of `U.S` are part of a word."""
    return [match.span() for match in _WORD.finditer(text)]


def plain_words(text: str) -> list[str]:
    """Return the case-folded words of `text` without punctuation, in order, to compare wordings."""
    return _PLAIN_WORD.findall(normalize("NFC", text.casefold()))


def proper_names(title: str) -> list[str]:
    """Return the case-folded words of a title that are capitalised or contain a digit, in order.

    In a title-case headline that is every word: capitals cannot tell its names apart.
    """
    return [word.casefold() for word in _SEGMENT.findall(title) if word[0].isupper() or any(map(str.isdigit, word))]
