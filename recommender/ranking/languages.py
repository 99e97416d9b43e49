"""Which language a text is in, where no field says so and a rule has to know."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from typing import Any

from recommender.text import text_hash

LEAST_CERTAINTY = 0.8
"""A guess less likely than this is none: what is not known passes every rule."""
LEAST_LETTERS = 20
NO_LANGUAGE = "zxx"
_READ_CHARS = 1000
MAX_REMEMBERED = 20_000
"""Languages that a detector remembers, each some 150 bytes with the hash of its text."""


def detect_language(text: str) -> str | None:
    """The ISO 639 code of the language of `text`, or None where it is too short or too mixed to tell.

    Lui & Baldwin, "langid.py: an off-the-shelf language identification tool" (2012), as the package py3langid has it.
    """
    if sum(char.isalpha() for char in text[:_READ_CHARS]) < LEAST_LETTERS:
        return None
    language, certainty = load_identifier().classify(text[:_READ_CHARS])
    return str(language) if certainty >= LEAST_CERTAINTY and language != NO_LANGUAGE else None


class LanguageDetector:
    """`detect_language` that remembers what it found, by the hashes of the texts. Serves one thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, str | None] = OrderedDict()

    def detect(self, text: str) -> str | None:
        """The language of `text`; see `detect_language`."""
        key = text_hash(text)
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = detect_language(text)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]


@lru_cache(maxsize=1)
def load_identifier() -> Any:
    """What tells languages apart; loaded once, which takes some tenths of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
