"""Word splitting: words with their positions, plain words for comparison, words that look like names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from unicodedata import normalize

Analyze = Callable[[str], list[str]]
"""Splits a text into terms, in order, with repetitions."""

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SEGMENT = re.compile(r"[^\W_]{2,}|\d")
# In scripts without spaces between words, each character counts as a word.
_PLAIN_WORD = re.compile(
    r"(?=\w)[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_RUN = re.compile(
    "(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\u3005]+)|(?P<hiragana>[\u3040-\u309f]+)|(?P<katakana>[\u30a0-\u30ff\uff66-\uff9f]+)"
    "|(?P<other>[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)"
)
_GRAMMAR = frozenset("的了是在和与有不我你他她它这那也就都而及或一个们着过之为以于把被对从到等其所但并可会能要下上中")
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


class Piece(NamedTuple):
    """A part of a word that is written without spaces: where it is, and whether it carries meaning."""

    start: int
    end: int
    tells: bool


def unspaced_pieces(text: str, start: int, end: int) -> list[Piece] | None:
    """Split a word of Chinese, Japanese or Korean letters into pieces to compare; None for any other word.

    Chinese characters become overlapping pairs, because nothing marks where a word ends; runs of other letters stay
    whole. Hiragana and the commonest Chinese characters are grammar and tell nothing.
    """
    if text.isascii() or not _UNSPACED.search(text, start, end):
        return None
    pieces = []
    for run in _RUN.finditer(text, start, end):
        if run.lastgroup != "han":
            pieces.append(Piece(run.start(), run.end(), run.lastgroup != "hiragana"))
            continue
        for place in range(run.start(), max(run.start() + 1, run.end() - 1)):
            pair = text[place : min(place + 2, run.end())]
            pieces.append(Piece(place, place + len(pair), _GRAMMAR.isdisjoint(pair)))
    return pieces


def plain_words(text: str) -> list[str]:
    """Return the case-folded words of `text` without punctuation, in order, to compare wordings."""
    return _PLAIN_WORD.findall(normalize("NFC", text.casefold()))


def proper_names(title: str) -> list[str]:
    """Return the case-folded words of a title that are capitalised or contain a digit, in order.

    In a title-case headline that is every word: capitals cannot tell its names apart.
    """
    return [word.casefold() for word in _SEGMENT.findall(title) if word[0].isupper() or any(map(str.isdigit, word))]
