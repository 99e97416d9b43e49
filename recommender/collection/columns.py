"""Memory-mapped columns for pair features: vectors, dates, provider, topics, language, title and text terms."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.embedding import Vectors
from recommender.text import stable_hash, url_key

TermHashes = NDArray[np.uint64]
_SECONDS_PER_DAY = 86_400.0

Analyze = Callable[[str], list[str]]


@dataclass(frozen=True)
class Terms:
    """The terms of one text per row, as a sparse matrix in CSR form.

    Attributes:
        indptr: int64, shape (n + 1,).
        ids: Positions in the vocabulary, ascending within a row, uint32, shape (nnz,).
        counts: How often each stands in its row, uint16, shape (nnz,).
        lengths: Terms in each row with repetitions, float32, shape (n,).
        document_frequency: In how many rows each term stands, int32, shape (vocabulary,).
    """

    indptr: NDArray[np.int64]
    ids: NDArray[np.uint32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.float32]
    document_frequency: NDArray[np.int32]

    @cached_property
    def mean_length(self) -> float:
        """Mean of `lengths`, at least 1."""
        return max(1.0, float(self.lengths.mean())) if len(self.lengths) else 1.0

    @cached_property
    def idf(self) -> NDArray[np.float32]:
        """ln(1 + (N - df + 0.5) / (df + 0.5)) of each term, float32, shape (vocabulary,)."""
        return idf(self.document_frequency, len(self.lengths))

    def row(self, row: int) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        """The term ids and counts of one row."""
        part = slice(self.indptr[row], self.indptr[row + 1])
        return self.ids[part], self.counts[part]


def idf(document_frequency: NDArray[Any], count: int) -> NDArray[np.float32]:
    """ln(1 + (N - df + 0.5) / (df + 0.5)), the inverse document frequency that Lucene uses with BM25."""
    df = np.maximum(document_frequency, 1).astype(np.float64)
    weights: NDArray[np.float32] = np.log1p((np.maximum(count - df, 0) + 0.5) / (df + 0.5)).astype(np.float32)
    return weights


@dataclass(frozen=True)
class TermVector:
    """The terms of one text, whether the vocabulary knows them or not.

    Attributes:
        ids: Known terms, ascending positions in the vocabulary, uint32, shape (n_known,).
        idf: Of every term, known ones first and in the order of `ids`, float32, shape (n_terms,).
        counts: Likewise, float32, shape (n_terms,).
    """

    ids: NDArray[np.uint32]
    idf: NDArray[np.float32]
    counts: NDArray[np.float32]


@dataclass(frozen=True)
class Profile:
    """One article as pair features see it, stored or not.

    `day` is days since 1970 (NaN if unknown); `provider`, `language` and `topics` are hashes, 0 for none.
    """

    vector: Vectors
    title: TermVector
    text: TermVector
    day: float
    provider: int
    language: int
    topics: NDArray[np.uint64]
    url: int
    row: int | None = None


@dataclass(frozen=True)
class Columns:
    """What every article of a revision brings to a pair, one row an article, sorted by id.

    Attributes:
        vectors: Unit rows, float32, shape (n, dimension).
        days: Days since 1970, float64, shape (n,), NaN where there is no date.
        providers: Hash of the provider's domain or name, uint64, shape (n,), 0 for none.
        languages: Hash of the language, likewise.
        urls: Hash of the webUrl's key, likewise.
        qualities: float32, shape (n,), NaN where there is none.
        topic_indptr: int64, shape (n + 1,).
        topics: Hashes, ascending within a row, uint64.
        vocabulary: Hashes of all terms, ascending, uint64.
        title: Terms of titles.
        text: Terms of title and rest together.
        id_bytes: All ids in UTF-8 one after another, uint8.
        id_ends: Where each id ends in `id_bytes`, int64, shape (n,).
    """

    vectors: Vectors
    days: NDArray[np.float64]
    providers: NDArray[np.uint64]
    languages: NDArray[np.uint64]
    urls: NDArray[np.uint64]
    qualities: NDArray[np.float32]
    topic_indptr: NDArray[np.int64]
    topics: NDArray[np.uint64]
    vocabulary: TermHashes
    title: Terms
    text: Terms
    id_bytes: NDArray[np.uint8]
    id_ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.days)

    def article_id(self, row: int) -> str:
        """The id of a row."""
        return self._id_bytes(row).decode()

    def row_of(self, article_id: str) -> int | None:
        """The row of an id, or None."""
        wanted = article_id.encode("utf-8", "surrogatepass")
        row = bisect_left(range(len(self)), wanted, key=self._id_bytes)
        return row if row < len(self) and self._id_bytes(row) == wanted else None

    def _id_bytes(self, row: int) -> bytes:
        start = int(self.id_ends[row - 1]) if row else 0
        return self.id_bytes[start : int(self.id_ends[row])].tobytes()

    def profile(self, row: int) -> Profile:
        """The profile of a stored article."""
        topics = self.topics[self.topic_indptr[row] : self.topic_indptr[row + 1]]
        return Profile(
            vector=self.vectors[row],
            title=self._term_vector(self.title, *self.title.row(row)),
            text=self._term_vector(self.text, *self.text.row(row)),
            day=float(self.days[row]),
            provider=int(self.providers[row]),
            language=int(self.languages[row]),
            topics=topics,
            url=int(self.urls[row]),
            row=row,
        )

    def profile_of(
        self, article: Article, vector: Vectors, title_terms: Sequence[str], text_terms: Sequence[str]
    ) -> Profile:
        """The profile of an article that is not stored."""
        facts = article_facts(article)
        return Profile(
            vector=vector,
            title=self._unseen(self.title, title_terms),
            text=self._unseen(self.text, text_terms),
            day=facts.day,
            provider=facts.provider,
            language=facts.language,
            topics=np.array(facts.topics, dtype=np.uint64),
            url=facts.url,
        )

    def rarity(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """The idf of each term in whole texts, float32, shape (len(terms),); 0 for a term that no article has."""
        hashes = np.array([stable_hash(term) for term in terms], dtype=np.uint64)
        places, known = self._places(hashes)
        found = np.zeros(len(hashes), dtype=np.float32)
        found[known] = self.text.idf[places[known]]
        return found

    def _places(self, hashes: TermHashes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where each hash stands in the vocabulary, and whether it does."""
        places = np.searchsorted(self.vocabulary, hashes)
        known = np.zeros(len(hashes), dtype=bool)
        inside = places < len(self.vocabulary)
        known[inside] = self.vocabulary[places[inside]] == hashes[inside]
        return places, known

    def _term_vector(self, terms: Terms, ids: NDArray[np.uint32], counts: NDArray[np.uint16]) -> TermVector:
        return TermVector(ids, terms.idf[ids], counts.astype(np.float32))

    def _unseen(self, terms: Terms, found: Sequence[str]) -> TermVector:
        hashes, counts = np.unique(np.array([stable_hash(t) for t in found], dtype=np.uint64), return_counts=True)
        places, known = self._places(hashes)
        ids = places[known].astype(np.uint32)
        new = np.full(int((~known).sum()), 1)
        return TermVector(
            ids,
            np.concatenate([terms.idf[ids], idf(new, len(self))]),
            np.concatenate([counts[known], counts[~known]]).astype(np.float32),
        )


@dataclass(frozen=True)
class _Facts:
    day: float
    provider: int
    language: int
    url: int
    topics: list[int]


def article_facts(article: Article) -> _Facts:
    """Date, provider, language, address and topics of an article as numbers."""
    provider = article.provider
    name = (provider.domain or provider.name) if provider else None
    key = url_key(article.web_url)
    moment = article.published_date_time
    return _Facts(
        day=moment.timestamp() / _SECONDS_PER_DAY if moment else float("nan"),
        provider=_folded_hash(name),
        language=_folded_hash(re.split("[-_]", article.language)[0] if article.language else None),
        url=stable_hash(key) if key else 0,
        topics=sorted({_folded_hash(topic) for topic in article.topics} - {0}),
    )


def _folded_hash(name: str | None) -> int:
    folded = name.strip().casefold() if name else ""
    return stable_hash(folded) if folded else 0


def _quality(quality: float | None) -> float:
    """A quality as float32 holds it: one beyond its range is the largest that it has."""
    limit = float(np.finfo(np.float32).max)
    return float("nan") if quality is None else float(min(max(quality, -limit), limit))


class ColumnsBuilder:
    """Collects articles in the order of their ids and makes their columns.

    Args:
        analyze: Text -> terms.
    """

    def __init__(self, analyze: Analyze) -> None:
        self._analyze = analyze
        self._hashes: dict[str, int] = {}
        self._ids = bytearray()
        self._arrays: dict[str, array[Any]] = {name: array(code) for name, code in _ARRAY_CODES.items()}

    def add(self, article_id: str, article: Article, title: str, rest: str) -> None:
        """Add one article, with its cleaned title and what follows it."""
        arrays = self._arrays
        self._ids += article_id.encode("utf-8", "surrogatepass")
        arrays["id_ends"].append(len(self._ids))
        facts = article_facts(article)
        arrays["days"].append(facts.day)
        arrays["providers"].append(facts.provider)
        arrays["languages"].append(facts.language)
        arrays["urls"].append(facts.url)
        arrays["qualities"].append(_quality(article.quality))
        arrays["topics"].extend(facts.topics)
        arrays["topic_ends"].append(len(arrays["topics"]))
        title_terms = [self._hash(term) for term in self._analyze(title)]
        arrays["title"].extend(title_terms)
        arrays["title_ends"].append(len(arrays["title"]))
        arrays["text"].extend(title_terms)
        arrays["text"].extend(self._hash(term) for term in self._analyze(rest))
        arrays["text_ends"].append(len(arrays["text"]))

    def documents(self) -> Iterable[tuple[TermHashes, TermHashes]]:
        """The term hashes of each row's title and whole text, with repetitions."""
        title, text = self._array("title"), self._array("text")
        title_start = text_start = 0
        for title_end, text_end in zip(self._arrays["title_ends"], self._arrays["text_ends"], strict=True):
            yield title[title_start:title_end], text[text_start:text_end]
            title_start, text_start = title_end, text_end

    def build(self, vectors: Vectors) -> Columns:
        """The columns of all articles added, with their vectors in the same order."""
        text = self._array("text")
        vocabulary, text_ids = np.unique(text, return_inverse=True)
        title_ids = np.searchsorted(vocabulary, self._array("title"))
        return Columns(
            vectors=vectors,
            days=self._array("days"),
            providers=self._array("providers"),
            languages=self._array("languages"),
            urls=self._array("urls"),
            qualities=self._array("qualities"),
            topic_indptr=_indptr(self._array("topic_ends")),
            topics=self._array("topics"),
            vocabulary=vocabulary,
            title=_terms(title_ids, self._array("title_ends"), len(vocabulary)),
            text=_terms(text_ids, self._array("text_ends"), len(vocabulary)),
            id_bytes=np.frombuffer(bytes(self._ids), dtype=np.uint8),
            id_ends=self._array("id_ends"),
        )

    def _hash(self, term: str) -> int:
        known = self._hashes.get(term)
        if known is None:
            known = self._hashes[term] = stable_hash(term)
        return known

    def _array(self, name: str) -> NDArray[Any]:
        values = self._arrays[name]
        return (
            np.frombuffer(values, dtype=_DTYPES[values.typecode]) if values else np.empty(0, _DTYPES[values.typecode])
        )


_DTYPES: dict[str, type[np.generic]] = {"d": np.float64, "f": np.float32, "q": np.int64, "Q": np.uint64}
_ARRAY_CODES = {
    "id_ends": "q",
    "days": "d",
    "providers": "Q",
    "languages": "Q",
    "urls": "Q",
    "qualities": "f",
    "topics": "Q",
    "topic_ends": "q",
    "title": "Q",
    "title_ends": "q",
    "text": "Q",
    "text_ends": "q",
}


def _indptr(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), ends])


def _terms(ids: NDArray[Any], ends: NDArray[np.int64], vocabulary_size: int) -> Terms:
    """Count the terms of each row: `ids` are those of all rows one after another."""
    lengths = np.diff(_indptr(ends))
    rows = np.repeat(np.arange(len(ends)), lengths)
    pairs, counts = np.unique(rows * max(1, vocabulary_size) + ids.reshape(-1), return_counts=True)
    row_of, id_of = np.divmod(pairs, max(1, vocabulary_size))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row_of, minlength=len(ends)))]).astype(np.int64)
    return Terms(
        indptr=indptr,
        ids=id_of.astype(np.uint32),
        counts=np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16),
        lengths=lengths.astype(np.float32),
        document_frequency=np.bincount(id_of, minlength=vocabulary_size).astype(np.int32),
    )


def save_columns(columns: Columns, folder: Path) -> None:
    """Write each column as a `.npy` file; those of `title` and `text` are prefixed with their name."""
    for name, values in _flat(columns).items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


def load_columns(folder: Path) -> Columns:
    """Memory-map the columns in `folder`, read only."""

    def load(name: str) -> NDArray[Any]:
        return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]

    terms = {
        name: Terms(**{part: load(f"{name}.{part}") for part in Terms.__dataclass_fields__})
        for name in ("title", "text")
    }
    plain: dict[str, Any] = {name: load(name) for name in Columns.__dataclass_fields__ if name not in terms}
    return Columns(**plain, title=terms["title"], text=terms["text"])


def _flat(columns: Columns) -> dict[str, NDArray[Any]]:
    flat: dict[str, NDArray[Any]] = {}
    for name in Columns.__dataclass_fields__:
        value = getattr(columns, name)
        if isinstance(value, Terms):
            flat.update({f"{name}.{part}": getattr(value, part) for part in Terms.__dataclass_fields__})
        else:
            flat[name] = value
    return flat
