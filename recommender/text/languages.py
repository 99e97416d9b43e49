"""Language codes without a region, stop words, and a quick check for English."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[a-z']+")
_MIN_WORDS = 20
_MIN_STOP_WORD_SHARE = 0.3
_MAX_FOREIGN_SHARE = 0.005


def main_language(language: str | None) -> str | None:
    """Return a language code without its region: `en` for `en-GB`."""
    return re.split("[-_]", language)[0] if language else None


@lru_cache(maxsize=32)
def stop_words(language: str) -> frozenset[str]:
    """Return the stop words of a language (`english`, `en`, `en-GB`); none if it is unknown."""
    from stop_words import StopWordError, get_stop_words

    try:
        return frozenset(get_stop_words(re.split("[-_]", language.strip().lower())[0]))
    except StopWordError:
        return frozenset()


def is_plainly_english(text: str) -> bool:
    """Return True if the stop words of a text prove that it is English; False proves nothing.

    More than a third of the words of English prose are stop words; in languages that share some of them, such as
    Dutch, it is less than a tenth.
    """
    foreign = sum(not char.isascii() and char.isalpha() for char in text)
    words = _WORD.findall(text.casefold())
    if len(words) < _MIN_WORDS or foreign > _MAX_FOREIGN_SHARE * len(text):
        return False
    return sum(map(stop_words("en").__contains__, words)) >= _MIN_STOP_WORD_SHARE * len(words)


@lru_cache(maxsize=1)
def load_identifier() -> Any:
    """Load the language identifier, once; it takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
