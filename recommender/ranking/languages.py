"""Language detection, for rules on articles whose language no field gives."""

from __future__ import annotations

from collections import OrderedDict

from recommender.text import text_hash
from recommender.text.languages import load_identifier

LEAST_CERTAINTY = 0.8
"""A less certain guess counts as unknown, and unknown languages pass every rule."""
LEAST_LETTERS = 20
NO_LANGUAGE = "zxx"
_READ_CHARS = 1000
MAX_REMEMBERED = 20_000
"""Cached languages per detector, about 150 bytes each."""


def detect_language(text: str) -> str | None:
    """Return the ISO 639 code of the language of `text`; None if it is too short or too mixed.

    Lui & Baldwin, "langid.py: an off-the-shelf language identification tool" (2012), as implemented by py3langid.
    """
    if sum(char.isalpha() for char in text[:_READ_CHARS]) < LEAST_LETTERS:
        return None
    language, certainty = load_identifier().classify(text[:_READ_CHARS])
    return str(language) if certainty >= LEAST_CERTAINTY and language != NO_LANGUAGE else None


class LanguageDetector:
    """Caches `detect_language` by text hash. Serves one thread."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, str | None] = OrderedDict()

    def detect(self, text: str) -> str | None:
        """Return the language of `text`; see `detect_language`."""
        key = text_hash(text)
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = detect_language(text)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]
