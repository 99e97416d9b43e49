"""Splits texts into terms, each text in its own language: stop words, stems, and bigrams where words have no spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.errors import ConfigError
from recommender.text.clean import Texts
from recommender.text.languages import is_plainly_english, load_identifier, stop_words
from recommender.text.languages import main_language as without_region
from recommender.text.words import CALENDAR, Analyze

AUTO = "auto"
ENGLISH = "en"
UNKNOWN = "und"

STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish",
}  # fmt: skip
"""The Snowball stemmer of each language that has one."""

LANGUAGES = (
    UNKNOWN, *sorted(STEMMERS), "bg", "ca", "cs", "et", "fa", "he", "hi", "hr", "id", "ja", "ko", "lt", "lv", "ms",
    "pl", "sk", "sl", "sr", "th", "uk", "vi", "zh",
)  # fmt: skip
"""The languages that a text can be analysed in; a column holds the place in this order, so new ones go to the end."""

LEAST_CERTAINTY = 0.9
LEAST_WORDS = 20
"""In fewer words of Latin script a guess is too often wrong, and a wrong stem finds less than an English one."""
LEAST_LETTERS = 40
"""The same for languages that share another alphabet, such as Russian and Ukrainian."""

_LISTED = frozenset({"da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "nn", "no", "pt", "ru", "sv"})
"""The languages whose stop words Tantivy has; for others the package `stop-words` has some."""
_LEAST_SHARE = 0.02
_READ_CHARS = 1000
_MAX_WORD_BYTES = 64
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_CALENDAR_LANGUAGES = (ENGLISH, UNKNOWN, "de", "es", "fr", "it", "nl", "pt")
_LEAST_DATE = 4
UNSPACED_LETTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Letters of languages that are written without spaces, and of Korean, whose words carry their particles."""
UNSPACED = re.compile(f"([{UNSPACED_LETTERS}]+)")


class _Script(NamedTuple):
    letters: re.Pattern[str]
    language: str
    is_shared: bool


_SCRIPTS = (
    _Script(re.compile("[\u3040-\u30ff\uff66-\uff9f]"), "ja", False),
    _Script(re.compile("[\uac00-\ud7af]"), "ko", False),
    _Script(re.compile("[\u4e00-\u9fff]"), "zh", False),
    _Script(re.compile("[\u0e00-\u0e7f]"), "th", False),
    _Script(re.compile("[\u0370-\u03ff]"), "el", False),
    _Script(re.compile("[\u0590-\u05ff]"), "he", False),
    _Script(re.compile("[\u0b80-\u0bff]"), "ta", False),
    _Script(re.compile("[\u0600-\u06ff]"), "ar", True),
    _Script(re.compile("[\u0400-\u04ff]"), "ru", True),
)
_SCRIPT_SHARE = 0.1
"""A text with this share of its letters in another script is in one of its languages; Japanese has kana beside Han."""


class Analyzer:
    """Splits texts into terms: lower case, without accents or stop words, stemmed.

    Args:
        language: The language of all texts by its Snowball name, such as `german`, or `auto`: that of each article.

    Raises:
        ConfigError: If the language is unknown.
    """

    def __init__(self, language: str = AUTO) -> None:
        self._fixed = None if language == AUTO else _code(language)

    def language_of(self, article: Article, texts: Texts, among: Sequence[str] = (ENGLISH,)) -> str:
        """Return the language to analyse an article in, by its ISO 639-1 code.

        Args:
            article: The article; a language that it names is taken.
            texts: Its cleaned texts, whose language is detected if it names none.
            among: The languages of its site, the commonest first; one too short to tell is in one of these.
        """
        return self._fixed or known_language(article.language) or detect(texts.whole) or guess(texts.whole, among)

    def terms(self, text: str) -> list[str]:
        """Return the terms of a text in the fixed language or in English, in order, with repetitions."""
        return self.terms_in(self._fixed or ENGLISH)(text)

    @staticmethod
    def terms_in(language: str) -> Analyze:
        """Return what splits the texts of a language, given by its code."""
        return terms_in(language)


def known_language(language: str | None) -> str | None:
    """Return the code of a language that texts can be analysed in; None for any other and for none."""
    code = (without_region(language) or "").strip().casefold()
    return code if code in LANGUAGES else None


def languages_in(tongues: NDArray[np.uint8]) -> list[str]:
    """Return the languages of some texts, given by their places in `LANGUAGES`, the commonest first; English for none.

    What fewer than `_LEAST_SHARE` of the texts are in may be a wrong guess and is left out.
    """
    counts = np.bincount(tongues, minlength=len(LANGUAGES))
    order = np.argsort(-counts, kind="stable").tolist()
    return [LANGUAGES[place] for place in order if counts[place] > _LEAST_SHARE * len(tongues)] or [ENGLISH]


def guess(text: str, languages: Sequence[str]) -> str:
    """Return which of some languages a short text is in; the first if that cannot be told."""
    if len(languages) == 1 or not _LETTER.search(text):
        return languages[0]
    ranked = (str(language) for language, _ in load_identifier().rank(text[:_READ_CHARS]))
    return next((language for language in ranked if language in languages), languages[0])


def detect(text: str) -> str | None:
    """Return the language of a text, from its script, its stop words or its letters; None if it is too short."""
    text = text[:_READ_CHARS]
    if is_plainly_english(text):
        return ENGLISH
    letters = 0 if text.isascii() else len(_LETTER.findall(text))
    for script in _SCRIPTS if letters else ():
        found = len(script.letters.findall(text))
        if found > _SCRIPT_SHARE * letters:
            return (script.is_shared and found >= LEAST_LETTERS and _classify(text)) or script.language
    return _classify(text) if len(_WORD.findall(text)) >= LEAST_WORDS else None


def _classify(text: str) -> str | None:
    language, certainty = load_identifier().classify(text)
    return known_language(str(language)) if certainty >= LEAST_CERTAINTY else None


@lru_cache(maxsize=len(LANGUAGES))
def terms_in(language: str) -> Analyze:
    """Return what splits a text of a language into its terms, in order, with repetitions."""
    analyzer = _tantivy_analyzer(language)

    def terms(text: str) -> list[str]:
        if text.isascii() or not UNSPACED.search(text):
            found: list[str] = analyzer.analyze(text)
            return found
        pieces = UNSPACED.split(text)
        # Every second piece is a run of letters without spaces.
        return [
            term
            for place, piece in enumerate(pieces)
            for term in (_bigrams(piece) if place % 2 else analyzer.analyze(piece))
        ]

    return terms


def paired_letters(text: str) -> int:
    """Return how many letters of a text become pairs, in which a word counts about twice."""
    return sum(map(len, UNSPACED.findall(text)))


def _bigrams(run: str) -> list[str]:
    """Return each two adjacent letters, which find more than a dictionary's words where those are unknown.

    Nie et al., "On the use of words and n-grams for Chinese information retrieval" (2000).
    """
    return [run] if len(run) == 1 else [run[place : place + 2] for place in range(len(run) - 1)]


def _tantivy_analyzer(language: str) -> Any:
    import tantivy

    filters, stemmer = tantivy.Filter, STEMMERS.get(language)
    stop = filters.stopword(stemmer) if language in _LISTED else filters.custom_stopword(sorted(stop_words(language)))
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(filters.remove_long(_MAX_WORD_BYTES))
        .filter(filters.lowercase())
        .filter(stop)
        .filter(filters.ascii_fold())
    )
    return (builder.filter(filters.stemmer(stemmer)) if stemmer else builder).build()


def _code(language: str) -> str:
    """Return the code of a language given by its Snowball name or its code."""
    code = next((code for code, name in STEMMERS.items() if name == language), known_language(language))
    if code is None:
        raise ConfigError(
            f"text.language is {language!r}",
            expected=f"{AUTO}, a Snowball language such as english, german or spanish, or a code such as ja",
        )
    return code


@lru_cache(maxsize=1)
def date_terms() -> frozenset[str]:
    """Return the terms of `CALENDAR` in each of its languages; a short stem could be that of another word."""
    english, *others = (
        {term for word in CALENDAR for term in terms_in(language)(word)} for language in _CALENDAR_LANGUAGES
    )
    return frozenset(english.union(*({term for term in terms if len(term) >= _LEAST_DATE} for terms in others)))
