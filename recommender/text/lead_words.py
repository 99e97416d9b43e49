"""The telling words of an article's title and lead as numbers: what two articles share is found without reading again.

A word tells something unless it is a stop word or a single letter. Each has its place in the text, its terms, and
whether it is spelled like a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.text.languages import stop_words
from recommender.text.unspaced import has_unspaced, unspaced_pieces
from recommender.text.words import Analyze, find_words

MAX_ACRONYM_CHARS = 3
MAX_KNOWN_WORDS = 50_000
TITLE_CASE_SHARE = 0.8
"""A title with this share of its longer words capitalised is in title case, and its capitals mark no names."""
WORD = np.dtype([("gap", "u1"), ("length", "u1"), ("term", "<u4")])
"""A packed word: how many characters after the one before it begins, its length, and the place of its term among all
of the article's. A word of several terms is followed by one entry without length for each further term."""

_NAMED, _BREAK = 1 << 31, 1 << 30
"""Flags of a term: the word is spelled like a name; a phrase cannot run from the last word into this one."""
_NO_TERM = _BREAK - 1
_MOST = 255

_POSSESSIVE = re.compile(r"['’]s?$")
_CLAUSE_END = re.compile(r"[.!?:;()\[\]\n|–—]")


class Word(NamedTuple):
    """A word of a text: its terms, its place, and whether it is spelled like a name."""

    terms: tuple[str, ...]
    start: int
    end: int
    named: bool


class _Known(NamedTuple):
    """What is known of a spelling: its length without a possessive, its terms, and whether a capital is within."""

    length: int
    terms: tuple[str, ...]
    inner: bool


class WordReader:
    """Finds the telling words of texts, and remembers the spellings that texts share."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Analyze], dict[str, _Known]] = {}

    def lead(self, title: str, rest: str, language: str, analyze: Analyze) -> list[Word | None]:
        """Return the words of a title and the text below it, where `rest` begins one character after the title.

        Returns:
            The words in order; None where a phrase cannot continue.
        """
        words = self.read(title, language, analyze, plain_case=not _is_title_case(title))
        below = self.read(rest, language, analyze, offset=len(title) + 1)
        return [*words, None, *below]

    def read(
        self, text: str, language: str, analyze: Analyze, *, offset: int = 0, plain_case: bool = True
    ) -> Iterator[Word | None]:
        """Yield the words of a text; None where a phrase cannot continue.

        Args:
            text: The text.
            language: The code of its language, for stop words.
            analyze: Splits a text of this language into terms.
            offset: Added to the place of each word.
            plain_case: Whether a capital at the beginning of a word marks a name.
        """
        known, splits = self._known.setdefault((language, analyze), {}), has_unspaced(text)
        before = 0
        for start, end in find_words(text):
            # Skip the regex for the usual case, a single space, which ends no clause.
            if (start != before + 1 or text[before] != " ") and _CLAUSE_END.search(text, before, start):
                yield None
            before = end
            for first, last, tells in (unspaced_pieces(text, start, end) if splits else None) or ((start, end, True),):
                word = text[first:last]
                length, terms, inner = known.get(word) or _learn(word, known, language, analyze)
                if not tells or not terms:
                    yield None
                else:
                    named = inner or (plain_case and word[0].isupper())
                    yield Word(terms, offset + first, offset + first + length, named)


def _learn(spelled: str, known: dict[str, _Known], language: str, analyze: Analyze) -> _Known:
    if len(known) >= MAX_KNOWN_WORDS:
        known.clear()
    word = _POSSESSIVE.sub("", spelled)
    inner = any(char.isupper() or char.isdigit() for char in word[1:])
    # Texts in other languages quote English ones.
    stop = stop_words("en") | stop_words(language)
    found = known[spelled] = _Known(len(word), _terms(word, analyze, stop), inner)
    return found


def _terms(word: str, analyze: Analyze, stop: frozenset[str]) -> tuple[str, ...]:
    # AI, IT and US are not stop words.
    acronym = word.isupper() and 1 < len(word) <= MAX_ACRONYM_CHARS
    if not acronym and word.casefold().replace("’", "'") in stop:
        return ()
    terms = tuple(analyze(word))
    return terms if len("".join(terms)) > 1 else ()


def _is_title_case(title: str) -> bool:
    longer = [title[start:end] for start, end in find_words(title) if end - start > MAX_ACRONYM_CHARS]
    return len(longer) > 1 and sum(word[0].isupper() for word in longer) >= TITLE_CASE_SHARE * len(longer)


class LeadWords(NamedTuple):
    """The telling words of the titles and leads of some articles, in order.

    Attributes:
        owner: The article of each word, by its place, int64, shape (n,), ascending.
        starts: Where each word begins in its article's title, a line feed and lead, int64, shape (n,); `ends` likewise.
        named: Whether it is spelled like a name, bool, shape (n,).
        breaks: Whether a phrase cannot run from the word before into this one, bool, shape (n,).
        terms: The hashes of their terms, uint64, shape (n_terms,).
        term_starts: Where each word's terms start in `terms`, int64, shape (n,); `term_ends` likewise.
        languages: The code of the language of each article's terms.
    """

    owner: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    named: NDArray[np.bool_]
    breaks: NDArray[np.bool_]
    terms: NDArray[np.uint64]
    term_starts: NDArray[np.int64]
    term_ends: NDArray[np.int64]
    languages: list[str]

    def split_first(self) -> tuple[LeadWords, LeadWords]:
        """Return the words of the first article, and those of the others."""
        word = int(self.owner.searchsorted(1))
        term = int(self.term_ends[word - 1]) if word else 0
        return self._part(slice(0, word), slice(0, term), 0, 0), self._part(
            slice(word, None), slice(term, None), 1, term
        )

    def _part(self, words: slice, terms: slice, article: int, term: int) -> LeadWords:
        """Return some words and their terms, given the first article and the first term."""
        return LeadWords(
            owner=self.owner[words] - article,
            starts=self.starts[words],
            ends=self.ends[words],
            named=self.named[words],
            breaks=self.breaks[words],
            terms=self.terms[terms],
            term_starts=self.term_starts[words] - term,
            term_ends=self.term_ends[words] - term,
            languages=self.languages[1:] if article else self.languages[:1],
        )


class PackedLead(NamedTuple):
    """The words of one article as `pack_words` packs them, the hashes of all its terms, and their language."""

    words: bytes
    terms: bytes
    language: str


def pack_words(words: Sequence[Word | None], place_of: Mapping[str, int]) -> NDArray[np.void]:
    """Return the telling words as an array of `WORD`.

    Args:
        words: See `WordReader.lead`.
        place_of: The place of each term among all of the article's.
    """
    entries: list[tuple[int, int, int]] = []
    at, breaks = 0, _BREAK
    for word in words:
        if word is None or word.end - word.start > _MOST:
            breaks = _BREAK
            continue
        gap = word.start - at
        while gap > _MOST:
            entries.append((_MOST, 0, _NO_TERM))
            gap -= _MOST
        flags = breaks | (_NAMED if word.named else 0)
        entries.append((gap, word.end - word.start, place_of[word.terms[0]] | flags))
        entries.extend((0, 0, place_of[term]) for term in word.terms[1:])
        at, breaks = word.start, 0
    return np.array(entries, dtype=WORD)


def unpack_words(packed: Sequence[PackedLead]) -> LeadWords:
    """Return the words of some articles."""
    entries = np.frombuffer(b"".join([each.words for each in packed]), dtype=WORD)
    terms = np.frombuffer(b"".join([each.terms for each in packed]), dtype="<u8")
    # The joined arrays hold the entries and the terms of one article after another.
    counts = np.array([len(each.words) // WORD.itemsize for each in packed], dtype=np.int64)
    owner = np.arange(len(packed)).repeat(counts)
    terms_before = np.array([0, *(len(each.terms) // 8 for each in packed[:-1])]).cumsum()
    lengths, places = entries["length"].astype(np.int64), entries["term"]
    starts = entries["gap"].cumsum(dtype=np.int64)
    # The places of each article begin anew.
    starts -= np.concatenate([[0], starts])[counts.cumsum() - counts][owner]
    found = (places & _NO_TERM).astype(np.int64)
    (real,) = (found != _NO_TERM).nonzero()
    (words,) = (lengths > 0).nonzero()
    # The entries of a word's further terms follow it.
    term_starts = real.searchsorted(words)
    flags = places[words]
    return LeadWords(
        owner=owner[words],
        starts=starts[words],
        ends=starts[words] + lengths[words],
        named=(flags & _NAMED) != 0,
        breaks=(flags & _BREAK) != 0,
        terms=terms[found[real] + terms_before[owner[real]]],
        term_starts=term_starts,
        term_ends=np.append(term_starts[1:], len(real))[: len(words)],
        languages=[each.language for each in packed],
    )
