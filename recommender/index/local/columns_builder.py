"""Builds columns from articles, added one after another in the order of their ids."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.index.local.columns import Columns, Rows, Terms
from recommender.index.local.copies import find_copies
from recommender.index.local.packing import PARTS, Split, Words, pack_columns, unpack_columns
from recommender.index.local.shingles import link_keys
from recommender.index.local.stored_vectors import Stored
from recommender.ranking.pool import Hashes
from recommender.text import Analyze
from recommender.text.analysis import UNKNOWN, terms_in

_ROWS = 16_384
"""Articles whose terms are sorted at a time, which bounds the memory for that."""
_LISTS = ("marks", "facets", "shingles")
_MARKS = ("topics", "authors", "names")
_FIELDS = ("title", "lead", "text")
_DTYPES = {**PARTS, "marks": PARTS["topics"]}


class _Batch(NamedTuple):
    """Some articles' terms.

    Attributes:
        vocabulary: Hashes of all terms, ascending.
        places: The place of each entry in it, ascending within an article, uint32.
        owner: The article of each entry, by its place in the batch, uint32.
        counts: By field, how often each entry's term stands there, uint16.
        articles: Their number.
    """

    vocabulary: Hashes
    places: NDArray[np.uint32]
    owner: NDArray[np.uint32]
    counts: dict[str, NDArray[np.uint16]]
    articles: int


class ColumnsBuilder:
    """Collects articles, in the order of their ids, into columns.

    Args:
        analyze: Splits a text into terms, where an article comes without a way to do so.
    """

    def __init__(self, analyze: Analyze | None = None) -> None:
        self._analyze = analyze or terms_in(UNKNOWN)
        self._words = Words()
        self._ids = bytearray()
        self._id_ends = array("q")
        self._waiting: list[bytes] = []
        self._batches: list[_Batch] = []
        self._flat: dict[str, list[bytes]] = {name: [] for name in ("numbers", "figures", *_LISTS)}
        self._lengths: dict[str, array[int]] = {name: array("q") for name in _LISTS}
        self._counts: dict[str, array[int]] = {name: array("q") for name in _MARKS[:-1]}
        self._has_bodies = False

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
        """Add one article, given its texts; see `packing.Split`."""
        analyze = self._analyze if language is None else terms_in(language)
        split = Split(title, rest, rest if searched is None else searched, analyze, language or UNKNOWN)
        self.add_packed(article_id, pack_columns(article, split, self._words))

    def add_packed(self, article_id: str, packed: bytes) -> None:
        """Add one article, given what `packing.pack_columns` made of it."""
        self._ids += article_id.encode("utf-8", "surrogatepass")
        self._id_ends.append(len(self._ids))
        self._waiting.append(packed)
        if len(self._waiting) >= _ROWS:
            self._unpack()

    def build(self, vectors: Stored) -> Columns:
        """Return the columns of all added articles, with their vectors in the same order; once."""
        self._unpack()
        numbers = self._joined("numbers")
        vocabulary = _union([batch.vocabulary for batch in self._batches])
        places = [np.searchsorted(vocabulary, batch.vocabulary).astype(np.uint32) for batch in self._batches]
        figures = np.zeros(len(vocabulary), dtype=np.uint64)
        terms, of_terms = self._joined("figures").reshape(-1, 2).T
        figures[np.searchsorted(vocabulary, terms)] = of_terms
        title, lead, *text = (
            self._terms(field, places, len(vocabulary), numbers["lengths"][:, place])
            for place, field in enumerate(_FIELDS[: 2 + self._has_bodies])
        )
        self._batches.clear()
        facets, facet_indptr = self._joined("facets"), self._indptr("facets")
        # A stable sort keeps rows ascending within each facet.
        by_facet = np.argsort(facets, kind="stable")
        shingles, shingle_indptr = self._joined("shingles"), self._indptr("shingles")
        urls = np.ascontiguousarray(numbers["url"])
        keys, key_rows = link_keys(shingle_indptr, shingles, title.indptr, vocabulary[title.ids], urls)
        columns = Columns(
            vectors=vectors,
            days=np.ascontiguousarray(numbers["day"]),
            providers=np.ascontiguousarray(numbers["provider"]),
            languages=np.ascontiguousarray(numbers["language"]),
            translations=np.ascontiguousarray(numbers["translation"]),
            urls=urls,
            qualities=np.ascontiguousarray(numbers["quality"]),
            hubness=np.full(len(urls), np.nan, dtype=np.float32),
            tongues=np.ascontiguousarray(numbers["tongue"]),
            mark_indptr=self._indptr("marks"),
            marks=self._joined("marks"),
            topic_counts=np.array(self._counts["topics"], dtype=np.uint32),
            author_counts=np.array(self._counts["authors"], dtype=np.uint32),
            facet_indptr=facet_indptr,
            facets=facets,
            facet_index=facets[by_facet],
            facet_rows=np.repeat(np.arange(len(urls), dtype=np.uint32), np.diff(facet_indptr))[by_facet],
            vocabulary=vocabulary,
            figures=figures,
            title=title,
            lead=lead,
            text=text[0] if text else lead,
            shingle_indptr=shingle_indptr,
            shingles=shingles,
            link_keys=keys,
            link_rows=key_rows,
            copy_pairs=np.empty((0, 2), dtype=np.int64),
            id_bytes=np.frombuffer(bytes(self._ids), dtype=np.uint8),
            id_ends=np.array(self._id_ends, dtype=np.int64),
        )
        return replace(columns, copy_pairs=find_copies(columns))

    def _unpack(self) -> None:
        """Take in the articles that wait, with their terms as places in a vocabulary of their own."""
        if not self._waiting:
            return
        parts = unpack_columns(self._waiting)
        count = len(self._waiting)
        self._waiting = []
        for name, counts_of in self._counts.items():
            counts_of.extend(_count(name, parts[name]))
        parts["marks"] = [b"".join(each) for each in zip(*(parts[name] for name in _MARKS), strict=True)]
        for name, flat in self._flat.items():
            flat.append(b"".join(parts[name]))
        for name, lengths in self._lengths.items():
            lengths.extend(_count(name, parts[name]))
        hashes = np.frombuffer(b"".join(parts["terms"]), dtype=PARTS["terms"])
        owner = np.repeat(np.arange(count, dtype=np.uint32), list(_count("terms", parts["terms"])))
        vocabulary, places = np.unique(hashes, return_inverse=True)
        has_bodies = any(parts["text"])
        self._has_bodies |= has_bodies
        if has_bodies:
            parts["text"] = [text or lead for text, lead in zip(parts["text"], parts["lead"], strict=True)]
        counts = {name: np.frombuffer(b"".join(parts[name]), dtype=PARTS[name]) for name in _FIELDS[: 2 + has_bodies]}
        self._batches.append(_Batch(vocabulary, places.astype(np.uint32), owner, counts, count))

    def _terms(
        self, field: str, places: list[NDArray[np.uint32]], vocabulary: int, lengths: NDArray[np.uint32]
    ) -> Terms:
        """Return one field's terms.

        Args:
            field: Its name.
            places: Where each term of a batch's vocabulary lies in the whole one.
            vocabulary: Size of the whole vocabulary.
            lengths: Terms of each article with repetitions.
        """
        ids, counts = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.uint16)]
        different = [np.empty(0, dtype=np.int64)]
        frequency = np.zeros(vocabulary, dtype=np.int32)
        for batch, place in zip(self._batches, places, strict=True):
            counted = batch.counts[field] if field in batch.counts else batch.counts["lead"]
            stand = np.flatnonzero(counted)
            found, owner, counted = place[batch.places[stand]], batch.owner[stand], counted[stand]
            ids.append(found)
            counts.append(counted)
            different.append(np.bincount(owner, minlength=batch.articles))
            frequency += np.bincount(found, minlength=vocabulary).astype(np.int32)
        return Terms(
            indptr=_ends(np.concatenate(different)),
            ids=np.concatenate(ids),
            counts=np.concatenate(counts),
            lengths=lengths.astype(np.float32),
            document_frequency=frequency,
        )

    def _joined(self, name: str) -> NDArray[Any]:
        # What is joined is not kept in parts as well.
        return np.frombuffer(b"".join(self._flat.pop(name)), dtype=_DTYPES[name])

    def _indptr(self, name: str) -> Rows:
        return _ends(np.array(self._lengths[name], dtype=np.int64))


def _count(name: str, values: list[bytes]) -> Iterator[int]:
    """Return how many values each article has in a part."""
    return (len(each) // _DTYPES[name].itemsize for each in values)


def _ends(lengths: Rows) -> Rows:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])


def _union(ascending: list[Hashes]) -> Hashes:
    return np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *ascending]))
