"""The words of a text."""

from __future__ import annotations

import re
from unicodedata import normalize

_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_SEGMENT = re.compile(r"[^\W_]{2,}|\d")
# Scripts that put no space between words: each of their characters counts as a word.
_PLAIN_WORD = re.compile(
    r"(?=\w)[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+"
)


def find_words(text: str) -> list[tuple[int, int]]:
    """Where the words of `text` begin and end, in order; apostrophes, hyphens and the dot of `U.S` are within words."""
    return [match.span() for match in _WORD.finditer(text)]


def plain_words(text: str) -> list[str]:
    """The words of `text` without case and punctuation, in order: what a retelling keeps of another's wording."""
    return _PLAIN_WORD.findall(normalize("NFC", text.casefold()))


def proper_names(title: str) -> list[str]:
    """The words of a title that are written like names or hold a digit, without their case, in order.

    Where every word of a headline is capitalised, all are handed back: which of them are names the letters do not say.
    """
    return [word.casefold() for word in _SEGMENT.findall(title) if word[0].isupper() or any(map(str.isdigit, word))]
