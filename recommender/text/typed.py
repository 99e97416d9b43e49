"""Words of titles as people type them: folded, not stemmed, with pairs of letters where words have no spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

from recommender.text.analysis import UNSPACED, UNSPACED_LETTERS

MAX_OPENING = 200
"""How many characters of the beginning of a title are compared."""
MAX_WORD = 64

WORD = re.compile(r"[^\W_]+")
SPACED = re.compile(rf"[^\W_{UNSPACED_LETTERS}]+")
"""A word, or the part of it that is written in letters of a language with spaces."""
_ACCENT = re.compile("[\u0300-\u036f]")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ς": "σ"}
)
"""Letters that Unicode does not take apart."""


def fold(text: str) -> str:
    """Return a text in lower case, without accents and with compatible letters made one: `Ｚürich` is `zurich`."""
    if text.isascii():
        return text.lower()
    plain = _ACCENT.sub("", normalize("NFKD", text))
    return normalize("NFC", plain).casefold().translate(_LETTERS)


def title_words(text: str) -> list[str]:
    """Return the folded words of a title, in order.

    A run of letters without spaces is its pairs of adjacent letters, and its last letter, so that each letter begins
    one of them.
    """
    words = []
    for run, is_unspaced in _runs(text):
        words += [*_pairs(run), run[-1]] if is_unspaced else [run[:MAX_WORD]]
    return words


def query_words(text: str) -> list[str]:
    """Return the folded words of what was typed, in order; one letter of a language without spaces is a beginning."""
    words = []
    for run, is_unspaced in _runs(text):
        words += (_pairs(run) or [run]) if is_unspaced else [run[:MAX_WORD]]
    return words


def opening(text: str) -> str:
    """Return how a text begins: its folded words with single spaces, at most `MAX_OPENING` characters."""
    return " ".join(WORD.findall(fold(text)))[:MAX_OPENING]


def is_unspaced(word: str) -> bool:
    """Return whether a word consists of letters of a language that is written without spaces."""
    return not word.isascii() and UNSPACED.match(word) is not None


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    for word in WORD.findall(fold(text)):
        if word.isascii():
            yield word, False
            continue
        # Every second piece is a run of letters without spaces.
        for place, piece in enumerate(UNSPACED.split(word)):
            if piece:
                yield piece, place % 2 == 1
