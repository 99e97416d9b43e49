"""Memory-mapped columns for pair features: vectors, dates, provider, topics, language, title and text terms."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.index.local.stored_vectors import Stored, floats
from recommender.ranking.ascending import locate
from recommender.ranking.pool import (
    MILLISECONDS_PER_DAY,
    Hashes,
    Mask,
    Profile,
    TermVector,
    TextField,
    rarity_of_values,
)

Rows = NDArray[np.int64]


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
    def total_length(self) -> float:
        """Terms in all rows with repetitions."""
        return float(self.lengths.sum(dtype=np.float64))

    def row(self, row: int) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        """Return the term ids and counts of one row."""
        part = slice(self.indptr[row], self.indptr[row + 1])
        return self.ids[part], self.counts[part]

    def gather(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the positions of all entries of `rows` in `ids` and `counts`, and the place of each one's row."""
        return flat_places(self.indptr, rows)


Weigh = Callable[[TextField, Hashes, NDArray[np.float32], NDArray[np.uint32]], TermVector]
"""Adds the statistics of a whole index to the terms of a text, whose places in its columns' vocabulary are known."""
Rarity = Callable[[Hashes], NDArray[np.float32]]
"""Returns the rarity of facets in a whole index; see `pool.rarity_of_values`."""


def mean_length(total: float, count: int) -> float:
    """Return the mean length of `count` texts that have `total` terms, at least 1."""
    return max(1.0, total / count) if count else 1.0


@dataclass(frozen=True)
class LocalProfile(Profile):
    """A profile with the row of its article.

    Attributes:
        row: Its row in the index; None if it is not stored.
        outside: The columns of this article alone, if it was passed in rather than read from the index.
    """

    row: int | None = None
    outside: Columns | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of some articles, one row per article, sorted by id.

    Attributes:
        vectors: Unit rows, shape (n, dimension).
        days: Days since 1970, float64, shape (n,), NaN where unknown.
        providers: Hash of the provider's domain or name, uint64, shape (n,), 0 for none.
        languages: Hashes of languages, likewise.
        translations: Hashes of translation keys, equal for translations of one another, likewise.
        urls: Hashes of `text.url_key`, likewise.
        qualities: float32, shape (n,), NaN where unknown.
        hubness: See `dense.hubness`, float32, shape (n,), NaN where unknown.
        tongues: The language that its texts are analysed in, a place in `analysis.LANGUAGES`, uint8, shape (n,).
        mark_indptr: int64, shape (n + 1,).
        marks: The facets of each row's topics (see `text.facet`) and of its authors, and the hashes of the proper names
            in its title (see `text.proper_names`), each ascending, uint64.
        topic_counts: How many of a row's marks are topics, uint32, shape (n,); `author_counts` likewise.
        facet_indptr: int64, shape (n + 1,).
        facets: Facets of all fields, ascending within a row, uint64, shape (n_facets,).
        facet_index: The same facets, ascending over all rows, uint64, shape (n_facets,).
        facet_rows: The row that has each of `facet_index`, ascending within one facet, uint32, shape (n_facets,).
        vocabulary: Hashes of all terms, ascending, uint64.
        figures: Hash of the number or date in each term of the vocabulary, uint64, 0 for none.
        title: Terms of titles.
        lead: Terms of titles and the beginnings of texts, by which copies are told.
        text: Terms of whole texts, titles and bodies included.
        shingle_indptr: int64, shape (n + 1,).
        shingles: Of the text below the title (see `shingles.hash_shingles`), ascending within a row, uint32.
        link_keys: Keys that copies share (see `shingles.link_keys`), ascending, uint32.
        link_rows: The row of each key, uint32.
        copy_pairs: Pairs of rows that are copies (see `copies.find_copies`), int64, shape (n_pairs, 2).
        id_bytes: All ids in UTF-8, concatenated, uint8.
        id_ends: Where each id ends in `id_bytes`, int64, shape (n,).
    """

    vectors: Stored
    days: NDArray[np.float64]
    providers: NDArray[np.uint64]
    languages: NDArray[np.uint64]
    translations: NDArray[np.uint64]
    urls: NDArray[np.uint64]
    qualities: NDArray[np.float32]
    hubness: NDArray[np.float32]
    tongues: NDArray[np.uint8]
    mark_indptr: NDArray[np.int64]
    marks: NDArray[np.uint64]
    topic_counts: NDArray[np.uint32]
    author_counts: NDArray[np.uint32]
    facet_indptr: NDArray[np.int64]
    facets: NDArray[np.uint64]
    facet_index: NDArray[np.uint64]
    facet_rows: NDArray[np.uint32]
    vocabulary: Hashes
    figures: Hashes
    title: Terms
    lead: Terms
    text: Terms
    shingle_indptr: NDArray[np.int64]
    shingles: NDArray[np.uint32]
    link_keys: NDArray[np.uint32]
    link_rows: NDArray[np.uint32]
    copy_pairs: NDArray[np.int64]
    id_bytes: NDArray[np.uint8]
    id_ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.days)

    @cached_property
    def milliseconds(self) -> NDArray[np.float64]:
        """`days` as whole milliseconds since 1970, which compare exactly."""
        return np.rint(self.days * MILLISECONDS_PER_DAY)

    def article_id(self, row: int) -> str:
        """Return the id of a row."""
        return self._id_bytes(row).decode()

    def place_of(self, article_id: str) -> int:
        """Return the first row whose id is not before `article_id`; the number of rows if there is none."""
        wanted = article_id.encode("utf-8", "surrogatepass")
        return bisect_left(range(len(self)), wanted, key=self._id_bytes)

    def row_of(self, article_id: str) -> int | None:
        """Return the row of an id, or None."""
        row = self.place_of(article_id)
        wanted = article_id.encode("utf-8", "surrogatepass")
        return row if row < len(self) and self._id_bytes(row) == wanted else None

    def _id_bytes(self, row: int) -> bytes:
        start = int(self.id_ends[row - 1]) if row else 0
        return self.id_bytes[start : int(self.id_ends[row])].tobytes()

    def shingles_of(self, rows: Rows) -> tuple[NDArray[np.uint32], Rows]:
        """Return the shingles of all `rows`, and for each the place of its row in `rows`."""
        flat, owner = flat_places(self.shingle_indptr, rows)
        return self.shingles[flat], owner

    def rows_with(self, value: int) -> NDArray[np.uint32]:
        """Return the rows that have one facet, ascending."""
        key = np.uint64(value)
        first, last = (np.searchsorted(self.facet_index, key, side=side) for side in ("left", "right"))
        return self.facet_rows[first:last]

    def has_facet(self, value: int) -> Mask:
        """Return which rows have a facet, bool, shape (n,)."""
        having = np.zeros(len(self), dtype=bool)
        having[self.rows_with(value)] = True
        return having

    def is_named(self, ids: Iterable[str]) -> Mask:
        """Return which rows have one of some ids, bool, shape (n,)."""
        named = np.zeros(len(self), dtype=bool)
        named[[row for row in map(self.row_of, ids) if row is not None]] = True
        return named

    def profile(
        self, row: int, weigh: Weigh | None = None, rarity: Rarity | None = None, number: int | None = None
    ) -> LocalProfile:
        """Return the profile of a stored article.

        Args:
            row: Its row.
            weigh: Takes term statistics from a larger index that these columns are a part of.
            rarity: Does the same for facets.
            number: The row's number there.
        """
        weigh, rarity = weigh or self.weigh, rarity or self.rarity
        first, last = self.mark_indptr[row : row + 2].tolist()
        topics = int(self.topic_counts[row])
        names_at = first + topics + int(self.author_counts[row])
        facets = self.marks[first:names_at]
        rarity_of_facets = rarity(facets)
        (title, title_counts), (text, text_counts) = self.title.row(row), self.text.row(row)
        return LocalProfile(
            article_id=self.article_id(row),
            vector=floats(self.vectors[row]),
            title=weigh("title", self.vocabulary[title], title_counts.astype(np.float32), title),
            text=weigh("text", self.vocabulary[text], text_counts.astype(np.float32), text),
            day=float(self.days[row]),
            provider=int(self.providers[row]),
            language=int(self.languages[row]),
            topics=facets[:topics],
            authors=facets[topics:],
            topic_rarity=rarity_of_facets[:topics],
            author_rarity=rarity_of_facets[topics:],
            is_stored=True,
            names=self.marks[names_at:last],
            url=int(self.urls[row]),
            row=row if number is None else number,
        )

    def weigh(
        self, field: TextField, hashes: Hashes, counts: NDArray[np.float32], ids: NDArray[np.uint32] | None = None
    ) -> TermVector:
        """Add the statistics of these columns alone to the terms of a text."""
        terms = self.terms(field)
        frequency = self.document_frequency(hashes, terms.document_frequency)
        return TermVector(hashes, counts, frequency, len(self), mean_length(terms.total_length, len(self)))

    def rarity(self, facets: Hashes) -> NDArray[np.float32]:
        """Return how rare facets are in these columns alone, float32, shape (n,); see `pool.rarity_of_values`."""
        return rarity_of_values(self.facet_frequency(facets), len(self))

    def facet_frequency(self, facets: Hashes, live: Mask | None = None) -> Rows:
        """Return how many rows, or how many of those that are live, have each of some facets, int64, shape (n,)."""
        if live is not None:
            return np.array([np.count_nonzero(live[self.rows_with(int(each))]) for each in facets], dtype=np.int64)
        first, last = (self.facet_index.searchsorted(facets, side) for side in ("left", "right"))
        return last - first

    def terms(self, field: TextField) -> Terms:
        """Return the terms of titles, of leads or of whole texts."""
        found: Terms = getattr(self, field)
        return found

    def document_frequency(self, hashes: Hashes, of: NDArray[np.int32]) -> NDArray[np.int64]:
        """Look up `hashes` in `of`, which has a frequency per term of the vocabulary; 0 for an unknown term."""
        places, known = locate(self.vocabulary, hashes)
        found = np.zeros(len(hashes), dtype=np.int64)
        found[known] = of[places[known]]
        return found


def flat_runs(indptr: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows]:
    """Return where the values of `rows` lie in a flat array, and where those of each row end among them."""
    starts = indptr[rows]
    lengths = indptr[rows + 1] - starts
    ends = lengths.cumsum()
    shifts = (starts - (ends - lengths)).repeat(lengths)
    return np.arange(len(shifts)) + shifts, ends


def flat_places(indptr: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows]:
    """Return where the values of `rows` lie in a flat array, and for each the place of its row in `rows`."""
    flat, ends = flat_runs(indptr, rows)
    return flat, np.arange(len(rows)).repeat(np.diff(ends, prepend=0))


_TERMS = frozenset({"title", "lead", "text"})


VECTORS_FILE = "vectors.npy"


def save_columns(columns: Columns, folder: Path) -> None:
    """Write each column as a `.npy` file; the arrays of `title` and `text` are named `title.ids` and so on.

    The vectors may have their file there already, if they were read into it.
    """
    for name, values in _flat(columns).items():
        file = folder / f"{name}.npy"
        if file.name != VECTORS_FILE or not file.exists():
            np.save(file, values, allow_pickle=False)


def load_columns(folder: Path) -> Columns:
    """Memory-map the columns in `folder`, read only."""

    def load(name: str) -> NDArray[Any]:
        return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]

    def load_terms(name: str) -> Terms:
        return Terms(**{part: load(f"{name}.{part}") for part in Terms.__dataclass_fields__})

    plain = {name: load(name) for name in Columns.__dataclass_fields__ if name not in _TERMS}
    text = load_terms("text")
    lead = load_terms("lead") if (folder / "lead.ids.npy").exists() else text
    return Columns(**plain, title=load_terms("title"), lead=lead, text=text)


def _flat(columns: Columns) -> dict[str, NDArray[Any]]:
    flat: dict[str, NDArray[Any]] = {}
    for name in Columns.__dataclass_fields__:
        value = getattr(columns, name)
        if name == "lead" and value is columns.text:
            continue  # A site whose texts are all short has them once.
        if isinstance(value, Terms):
            flat.update({f"{name}.{part}": getattr(value, part) for part in Terms.__dataclass_fields__})
        else:
            flat[name] = value
    return flat
