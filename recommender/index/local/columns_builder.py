"""Builds columns from articles, added one after another in the order of their ids."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.embedding import Vectors
from recommender.index.local.article_columns import article_columns
from recommender.index.local.columns import Columns, Terms
from recommender.index.local.copies import find_copies
from recommender.index.local.shingles import figure, hash_shingles, link_keys
from recommender.text import Analyze, plain_words, proper_names, stable_hash
from recommender.text.analysis import LANGUAGES, UNKNOWN, date_terms, terms_in

_ROWS = 16_384
"""Rows whose terms are counted at a time, which bounds the memory for sorting them."""


class ColumnsBuilder:
    """Collects articles, in the order of their ids, into columns.

    Args:
        analyze: Splits a text into terms, where an article comes without a way to do so.
    """

    def __init__(self, analyze: Analyze) -> None:
        self._analyze = analyze
        self._words: dict[str, int] = {}
        self._terms: dict[str, int] = {}
        self._dates = date_terms()
        self._ids = bytearray()
        self._arrays: dict[str, array[Any]] = {name: array(code) for name, code in _ARRAY_CODES.items()}

    def add(
        self,
        article_id: str,
        article: Article,
        title: str,
        rest: str,
        *,
        searched: str | None = None,
        language: str | None = None,
    ) -> None:
        """Add one article.

        Args:
            article_id: Its id.
            article: The article.
            title: Its cleaned title.
            rest: The cleaned text that follows it, whose wording is compared with that of copies.
            searched: All that is searched by words beside the title; `rest` by default.
            language: The code of the language of its texts (see `analysis.Analyzer`).
        """
        analyze = self._analyze if language is None else terms_in(language)
        arrays = self._arrays
        arrays["tongues"].append(LANGUAGES.index(language or UNKNOWN))
        self._ids += article_id.encode("utf-8", "surrogatepass")
        arrays["id_ends"].append(len(self._ids))
        numbers = article_columns(article)
        arrays["days"].append(numbers.day)
        arrays["providers"].append(numbers.provider)
        arrays["languages"].append(numbers.language)
        arrays["translations"].append(numbers.translation)
        arrays["urls"].append(numbers.url)
        arrays["qualities"].append(numbers.quality)
        arrays["topics"].extend(numbers.topics)
        arrays["facets"].extend(numbers.facets)
        arrays["facet_ends"].append(len(arrays["facets"]))
        arrays["topic_ends"].append(len(arrays["topics"]))
        arrays["authors"].extend(numbers.authors)
        arrays["author_ends"].append(len(arrays["authors"]))
        arrays["names"].extend(sorted({stable_hash(name) for name in proper_names(title)}))
        arrays["name_ends"].append(len(arrays["names"]))
        title_terms = self._numbers(title, analyze)
        arrays["title"].extend(title_terms)
        arrays["title_ends"].append(len(arrays["title"]))
        lead_terms = self._numbers(rest, analyze)
        text_terms = lead_terms if searched in {None, rest} else self._numbers(searched or "", analyze)
        for name, terms in (("lead", lead_terms), ("text", text_terms)):
            arrays[name].extend(title_terms)
            arrays[name].extend(terms)
            arrays[f"{name}_ends"].append(len(arrays[name]))
        arrays["shingles"].frombytes(hash_shingles([self._hash(word) for word in plain_words(rest)]).tobytes())
        arrays["shingle_ends"].append(len(arrays["shingles"]))

    def build(self, vectors: Vectors) -> Columns:
        """Return the columns of all added articles, with their vectors in the same order."""
        vocabulary, places = np.unique(self._array("hashes"), return_inverse=True)
        figures = np.zeros(len(vocabulary), dtype=np.uint64)
        figures[places] = self._array("figures")
        facets, facet_indptr = self._array("facets"), _indptr(self._array("facet_ends"))
        # A stable sort keeps rows ascending within each facet.
        by_facet = np.argsort(facets, kind="stable")
        title, lead = (
            _count(places, self._array(field), _indptr(self._array(f"{field}_ends")), len(vocabulary))
            for field in ("title", "lead")
        )
        text = lead
        if self._arrays["text"] != self._arrays["lead"]:
            text = _count(places, self._array("text"), _indptr(self._array("text_ends")), len(vocabulary))
        urls, shingle_indptr = self._array("urls"), _indptr(self._array("shingle_ends"))
        keys, key_rows = link_keys(shingle_indptr, self._array("shingles"), title.indptr, vocabulary[title.ids], urls)
        columns = Columns(
            vectors=vectors,
            days=self._array("days"),
            providers=self._array("providers"),
            languages=self._array("languages"),
            translations=self._array("translations"),
            urls=urls,
            qualities=self._array("qualities"),
            hubness=np.full(len(urls), np.nan, dtype=np.float32),
            tongues=self._array("tongues"),
            topic_indptr=_indptr(self._array("topic_ends")),
            topics=self._array("topics"),
            author_indptr=_indptr(self._array("author_ends")),
            authors=self._array("authors"),
            name_indptr=_indptr(self._array("name_ends")),
            names=self._array("names"),
            facet_indptr=facet_indptr,
            facets=facets,
            facet_index=facets[by_facet],
            facet_rows=np.repeat(np.arange(len(urls), dtype=np.uint32), np.diff(facet_indptr))[by_facet],
            vocabulary=vocabulary,
            figures=figures,
            title=title,
            lead=lead,
            text=text,
            shingle_indptr=shingle_indptr,
            shingles=self._array("shingles"),
            link_keys=keys,
            link_rows=key_rows,
            copy_pairs=np.empty((0, 2), dtype=np.int64),
            id_bytes=np.frombuffer(bytes(self._ids), dtype=np.uint8),
            id_ends=self._array("id_ends"),
        )
        return replace(columns, copy_pairs=find_copies(columns))

    def _hash(self, word: str) -> int:
        known = self._words.get(word)
        if known is None:
            known = self._words[word] = stable_hash(word)
        return known

    def _numbers(self, text: str, analyze: Analyze) -> list[int]:
        """Return the number of each term of a text; terms are numbered as they first occur."""
        numbers = []
        for term in analyze(text):
            number = self._terms.get(term)
            if number is None:
                number = self._terms[term] = len(self._terms)
                number_or_date = figure(term, self._dates)
                self._arrays["hashes"].append(stable_hash(term))
                self._arrays["figures"].append(stable_hash(number_or_date) if number_or_date else 0)
            numbers.append(number)
        return numbers

    def _array(self, name: str) -> NDArray[Any]:
        values = self._arrays[name]
        return (
            np.frombuffer(values, dtype=_DTYPES[values.typecode]) if values else np.empty(0, _DTYPES[values.typecode])
        )


_DTYPES: dict[str, type[np.generic]] = {
    "B": np.uint8,
    "d": np.float64,
    "f": np.float32,
    "I": np.uint32,
    "q": np.int64,
    "Q": np.uint64,
}
_ARRAY_CODES = {
    "id_ends": "q",
    "days": "d",
    "providers": "Q",
    "languages": "Q",
    "translations": "Q",
    "urls": "Q",
    "qualities": "f",
    "tongues": "B",
    "topics": "Q",
    "topic_ends": "q",
    "authors": "Q",
    "author_ends": "q",
    "names": "Q",
    "name_ends": "q",
    "facets": "Q",
    "facet_ends": "q",
    "hashes": "Q",
    "figures": "Q",
    "title": "I",
    "title_ends": "q",
    "lead": "I",
    "lead_ends": "q",
    "text": "I",
    "text_ends": "q",
    "shingles": "I",
    "shingle_ends": "q",
}


def _indptr(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), ends])


def _count(places: NDArray[np.int64], numbers: NDArray[np.uint32], indptr: NDArray[np.int64], vocabulary: int) -> Terms:
    """Count the terms of each row.

    Args:
        places: The place of each term in the vocabulary, by its number.
        numbers: The term numbers of all rows, concatenated.
        indptr: Where each row begins in `numbers`, shape (n + 1,).
        vocabulary: Size of the vocabulary.
    """
    count = len(indptr) - 1
    lengths = np.diff(indptr)
    ids, counts = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.uint16)]
    different = np.zeros(count, dtype=np.int64)
    frequency = np.zeros(vocabulary, dtype=np.int64)

    for start in range(0, count, _ROWS):
        end = min(count, start + _ROWS)
        rows = np.repeat(np.arange(end - start), lengths[start:end])
        pairs = rows * max(1, vocabulary) + places[numbers[indptr[start] : indptr[end]]]
        pairs, counted = np.unique(pairs, return_counts=True)
        row_of, id_of = np.divmod(pairs, max(1, vocabulary))
        different[start:end] = np.bincount(row_of, minlength=end - start)
        frequency += np.bincount(id_of, minlength=vocabulary)
        ids.append(id_of.astype(np.uint32))
        counts.append(np.minimum(counted, np.iinfo(np.uint16).max).astype(np.uint16))
    return Terms(
        indptr=_indptr(np.cumsum(different)),
        ids=np.concatenate(ids),
        counts=np.concatenate(counts),
        lengths=lengths.astype(np.float32),
        document_frequency=frequency.astype(np.int32),
    )
