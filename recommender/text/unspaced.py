"""Words of languages that are written without spaces: pieces to compare, and whole words to show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_RUN = re.compile(
    "(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\u3005]+)|(?P<hiragana>[\u3040-\u309f]+)|(?P<katakana>[\u30a0-\u30ff\uff66-\uff9f]+)"
    "|(?P<other>[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+)"
)
_GRAMMAR = frozenset("的了是在和与有不我你他她它这那也就都而及或一个们着过之为以于把被对从到等其所但并可会能要下上中")
_NO_START, _NO_END = "将已被给让向跟且若则每各该此某哪谁很还又没再些什么里", "里呢吗吧啊些什么将被让则且"
"""Characters that no word to show starts, or ends, with: they belong to the words around it."""
_MOST_CHARS = 12
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")


class Piece(NamedTuple):
    """A part of a word that is written without spaces: where it is, and whether it carries meaning."""

    start: int
    end: int
    tells: bool


def has_unspaced(text: str) -> bool:
    """Return whether a text has letters of a language that is written without spaces."""
    return not text.isascii() and _UNSPACED.search(text) is not None


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


def shared_word(text: str, span: tuple[int, int], other: str, other_start: int) -> str:
    """Return the word of Chinese characters around a piece that two texts share; empty if there is none.

    Nothing marks where a word ends, but what two texts share on both sides of a piece belongs to it.

    Args:
        text: One text.
        span: Where the piece starts and ends there.
        other: The other text.
        other_start: Where the piece starts there.
    """
    start, end = span
    shift = other_start - start
    while end - start < _MOST_CHARS and start > 0 and start + shift > 0 and _joins(text, start - 1, other, shift):
        start -= 1
    while (
        end - start < _MOST_CHARS and end < len(text) and end + shift < len(other) and _joins(text, end, other, shift)
    ):
        end += 1
    return _trimmed(text[start:end])


def joined_pairs(words: Sequence[str], text: str) -> list[str]:
    """Return words with those pairs of Chinese characters joined that overlap and stand together in a text."""
    joined: list[str] = []
    for word in words:
        place = next((place for place, known in enumerate(joined) if _overlap(known, word, text)), None)
        if place is None:
            joined.append(word)
        else:
            joined[place] = _overlap(joined[place], word, text)
    return [word for word in map(_trimmed, joined) if word]


def _trimmed(word: str) -> str:
    """Return a word without characters that belong to others; empty if only one is left."""
    word = word.lstrip(_NO_START).rstrip(_NO_END)
    return word if len(word) > 1 else ""


def _overlap(one: str, two: str, text: str) -> str:
    """Return two words of Chinese characters as one if the last character of either is the first of the other."""
    if not (_HAN.fullmatch(one) and _HAN.fullmatch(two)):
        return ""
    both = (first + second[1:] for first, second in ((one, two), (two, one)) if first[-1] == second[0])
    return next((word for word in both if len(word) <= _MOST_CHARS and word in text), "")


def _joins(text: str, place: int, other: str, shift: int) -> bool:
    letter = text[place]
    return letter == other[place + shift] and letter not in _GRAMMAR and _HAN.match(letter) is not None
