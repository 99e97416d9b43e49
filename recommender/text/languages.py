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
