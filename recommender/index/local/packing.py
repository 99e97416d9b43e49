"""Packs what an index needs of an article into bytes, once, when it is written.

Cleaning an article's text and splitting it into terms takes milliseconds; unpacking takes microseconds. The store keeps
the bytes beside the article, and every index after that is built from them.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.config import TextSettings
from recommender.index.local.article_columns import article_columns
from recommender.index.local.shingles import figure, hash_shingles
from recommender.store.records import Packed
from recommender.text import Analyze, Texts, plain_words, proper_names, stable_hash, texts_fingerprint
from recommender.text.analysis import ENGLISH, LANGUAGES, UNKNOWN, Analyzer, date_terms
from recommender.text.lead_words import WORD, PackedLead, WordReader, pack_words
from recommender.text.searched import searched_text

FORM = 2
"""Increased when the same article is packed into other bytes."""
MOST_WORDS = 200_000
"""Words whose hashes are remembered, which most texts share."""

NUMBERS = np.dtype(
    [
        ("day", "<f8"),
        ("quality", "<f4"),
        ("provider", "<u8"),
        ("language", "<u8"),
        ("translation", "<u8"),
        ("url", "<u8"),
        ("tongue", "u1"),
        ("lengths", "<u4", 3),
    ]
)
"""The values that every article has one of; see `columns.Columns`. `lengths` are those of title, lead and text."""
PARTS = {
    "numbers": NUMBERS,
    "topics": np.dtype("<u8"),
    "authors": np.dtype("<u8"),
    "names": np.dtype("<u8"),
    "facets": np.dtype("<u8"),
    "terms": np.dtype("<u8"),
    "figures": np.dtype("<u8"),
    "title": np.dtype("<u2"),
    "lead": np.dtype("<u2"),
    "text": np.dtype("<u2"),
    "shingles": np.dtype("<u4"),
    "words": WORD,
}
"""The parts in their order. `terms` are the hashes of all terms, ascending; `title`, `lead` and `text` say how often
each stands there (`text` is empty where it is the lead), `figures` holds a term and its number or date in turn, and
`words` are those of the lead (see `text.lead_words`)."""


_LENGTHS = struct.Struct(f"<{len(PARTS)}I")
_TERMS = list(PARTS).index("terms")
_MOST = int(np.iinfo(np.uint16).max)


class _Remembered(dict[str, int]):
    """The results of a function of words, each computed once."""

    def __init__(self, of: Callable[[str], int]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_WORDS:
            self.clear()
        value = self[word] = self._of(word)
        return value

    def of(self, words: Collection[str]) -> NDArray[np.uint64]:
        """Return the result of each word, uint64, shape (n,)."""
        return np.fromiter(map(self.__getitem__, words), dtype=np.uint64, count=len(words))


class Words:
    """Remembers words: their hashes, those of the number or date in a term (0 for none), and their terms."""

    def __init__(self) -> None:
        dates = date_terms()
        self.hashes = _Remembered(stable_hash)
        self.reader = WordReader()
        self.figures = _Remembered(lambda term: stable_hash(number) if (number := figure(term, dates)) else 0)


class Split(NamedTuple):
    """An article's texts, and what splits them.

    Attributes:
        title: Its cleaned title.
        rest: The cleaned text that follows it, whose wording is compared with that of copies.
        searched: All that is searched by words beside the title.
        analyze: Splits a text into terms.
        language: The code of the language of the texts (see `analysis.LANGUAGES`).
    """

    title: str
    rest: str
    searched: str
    analyze: Analyze
    language: str = UNKNOWN


class Packer:
    """Packs articles under some settings; see `store.records.Packer`.

    Attributes:
        languages: How many of the articles that were packed are in each language.
    """

    def __init__(self, settings: TextSettings) -> None:
        self.settings = settings
        self.form = f"{FORM}.{texts_fingerprint(settings)}"
        self.languages: Counter[str] = Counter()
        self._analyzer = Analyzer(settings.language)
        self._words = Words()

    def pack(self, article: Article, texts: Texts, among: Sequence[str] = (ENGLISH,)) -> Packed:
        """Pack an article, given its cleaned texts and the languages of its site (see `Analyzer.language_of`)."""
        language = self._analyzer.language_of(article, texts, among)
        self.languages[language] += 1
        searched = searched_text(article, texts, self.settings)
        split = Split(texts.title, texts.rest, searched, self._analyzer.terms_in(language), language)
        return Packed(texts.title, texts.rest, pack_columns(article, split, self._words))


def pack_columns(article: Article, split: Split, words: Words) -> bytes:
    """Return the columns of an article as bytes: the length of each of `PARTS`, then the parts."""
    facts = article_columns(article)
    title = Counter(split.analyze(split.title))
    lead = title.copy()
    lead.update(split.analyze(split.rest))
    text = lead
    if split.searched != split.rest:
        text = title.copy()
        text.update(split.analyze(split.searched))
    numbers = (
        facts.day,
        facts.quality,
        facts.provider,
        facts.language,
        facts.translation,
        facts.url,
        LANGUAGES.index(split.language),
        [counted.total() for counted in (title, lead, text)],
    )
    told = words.reader.lead(split.title, split.rest, split.language, split.analyze)
    terms = list(lead.keys() | text.keys() | {term for word in told if word for term in word.terms})
    hashes, figures = words.hashes.of(terms), words.figures.of(terms)
    order = np.argsort(hashes)
    figured = order[figures[order] > 0]
    place_of = dict(zip(map(terms.__getitem__, order.tolist()), range(len(terms)), strict=True))
    parts: dict[str, Any] = {
        "numbers": numbers,
        "topics": facts.topics,
        "authors": facts.authors,
        "names": sorted({stable_hash(name) for name in proper_names(split.title)}),
        "facets": facts.facets,
        "terms": hashes[order],
        "figures": np.stack([hashes[figured], figures[figured]], axis=1),
        "title": _counts(title, terms)[order],
        "lead": _counts(lead, terms)[order],
        "text": () if text == lead else _counts(text, terms)[order],
        "shingles": hash_shingles(words.hashes.of(plain_words(split.rest))),
        "words": pack_words(told, place_of),
    }
    packed = [np.asarray(parts[name], dtype=dtype).tobytes() for name, dtype in PARTS.items()]
    return b"".join([_LENGTHS.pack(*map(len, packed)), *packed])


def unpack_columns(packed: Sequence[bytes]) -> dict[str, list[bytes]]:
    """Return each of `PARTS` of some packed articles, in their order."""
    parts: dict[str, list[bytes]] = {name: [] for name in PARTS}
    appends = [part.append for part in parts.values()]
    for columns in packed:
        start = _LENGTHS.size
        for append, length in zip(appends, _LENGTHS.unpack_from(columns), strict=True):
            end = start + length
            append(columns[start:end])
            start = end
    return parts


def packed_lead(columns: bytes) -> PackedLead:
    """Return the words of the lead of one packed article."""
    lengths = _LENGTHS.unpack_from(columns)
    start = _LENGTHS.size + sum(lengths[:_TERMS])
    numbers = np.frombuffer(columns, dtype=NUMBERS, count=1, offset=_LENGTHS.size)
    language = LANGUAGES[int(numbers["tongue"][0])]
    return PackedLead(columns[len(columns) - lengths[-1] :], columns[start : start + lengths[_TERMS]], language)


def _counts(counted: Counter[str], terms: Sequence[str]) -> NDArray[np.int64]:
    counts = np.fromiter(map(counted.get, terms, repeat(0)), dtype=np.int64, count=len(terms))
    return np.minimum(counts, _MOST)
