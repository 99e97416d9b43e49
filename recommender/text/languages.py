"""Languages: their codes without a region, and their stop words."""

from __future__ import annotations

import re
from functools import lru_cache


def main_language(language: str | None) -> str | None:
    """The language without its region: `en` of `en-GB`."""
    return re.split("[-_]", language)[0] if language else None


@lru_cache(maxsize=32)
def stop_words(language: str) -> frozenset[str]:
    """Words of a language (`english`, `en`, `en-GB`) that say nothing by themselves; none if it is not known."""
    from stop_words import StopWordError, get_stop_words

    try:
        return frozenset(get_stop_words(re.split("[-_]", language.strip().lower())[0]))
    except StopWordError:
        return frozenset()


def is_plainly_english(text: str) -> bool:
    """Whether a text of some length is English beyond doubt, told by its stop words; False says nothing.

    In English prose every third word and more is one of them; in other languages that share some, such as Dutch, not
    every tenth.
    """
    foreign = sum(not char.isascii() and char.isalpha() for char in text)
    words = _WORD.findall(text.casefold())
    if len(words) < _LEAST_WORDS or foreign > _MOST_FOREIGN * len(text):
        return False
    return sum(map(stop_words("en").__contains__, words)) >= _LEAST_SHARE * len(words)


_WORD = re.compile(r"[a-z']+")
_LEAST_WORDS = 20
_LEAST_SHARE = 0.3
_MOST_FOREIGN = 0.005
