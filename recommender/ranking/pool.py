"""The input of ranking: the article asked about as a `Profile`, and the columns of its candidates as a `Pool`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]
TextField = Literal["title", "lead", "text"]

MILLISECONDS_PER_DAY = 86_400_000
QUERY_TERMS = 32
"""How many terms of a text are looked up and compared, those that say most about it. More than 32 were measured to find
no more, on news, blogs and manuals; they bound the cost of a long text."""
QUERY_K3 = 8.0
"""How much a term that a text repeats says about it: at most nine times as much as one that it has once."""


@dataclass(frozen=True)
class TermVector:
    """The terms of one text, with their statistics over all articles of the index.

    Attributes:
        hashes: Ascending, uint64, shape (n,).
        counts: Occurrences of each in the text, float32, shape (n,).
        document_frequency: Articles that have each term, int64, shape (n,); 0 for a term that none has.
        documents: Articles in the index.
        mean_length: Mean length of their texts in terms, at least 1.
    """

    hashes: Hashes
    counts: NDArray[np.float32]
    document_frequency: NDArray[np.int64]
    documents: int
    mean_length: float

    @cached_property
    def idf(self) -> NDArray[np.float32]:
        """The inverse document frequency of each term, float32, shape (n,)."""
        return idf(self.document_frequency, self.documents)

    @cached_property
    def repeated(self) -> NDArray[np.float32]:
        """How much each term counts for being repeated, in [1, 9), float32, shape (n,).

        The query side of BM25: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
        section 3.4.3, (k3 + 1) tf / (k3 + tf), with k3 = 8.
        """
        weights: NDArray[np.float32] = (QUERY_K3 + 1) * self.counts / (QUERY_K3 + self.counts)
        return weights

    def strongest(self, count: int, *, is_stored: bool) -> TermVector:
        """Return the terms that say most about the text, by rarity and repetition, among those that another text has.

        Args:
            count: How many terms at most.
            is_stored: Whether the text is itself one of those that the statistics are of.
        """
        worth = self.repeated * self.idf
        worth[self.document_frequency <= (1 if is_stored else 0)] = 0
        # Ties go to the lower hash, so the choice does not depend on the order of a sort.
        chosen = np.sort(np.argsort(-worth, kind="stable")[:count])
        chosen = chosen[worth[chosen] > 0]
        return TermVector(
            self.hashes[chosen],
            self.counts[chosen],
            self.document_frequency[chosen],
            self.documents,
            self.mean_length,
        )


def idf(document_frequency: NDArray[Any], documents: int) -> NDArray[np.float32]:
    """Return ln(1 + (N - df + 0.5) / (df + 0.5)), the inverse document frequency that Lucene uses with BM25."""
    df = np.maximum(document_frequency, 1).astype(np.float64)
    weights: NDArray[np.float32] = np.log1p((np.maximum(documents - df, 0) + 0.5) / (df + 0.5)).astype(np.float32)
    return weights


def rarity_of_values(frequency: NDArray[Any], documents: int) -> NDArray[np.float32]:
    """Return ln(N / df) / ln(N): 1 for a topic or author that one article has, 0 for one that all have."""
    if documents < 2:
        return np.zeros(len(frequency), dtype=np.float32)
    shares = np.clip(np.asarray(frequency, dtype=np.float64) / documents, 1 / documents, 1)
    rarity: NDArray[np.float32] = (-np.log(shares) / np.log(documents)).astype(np.float32)
    return rarity


class Marks(NamedTuple):
    """What an article says of itself beside its text.

    Attributes:
        hashes: Its topics, authors and names (see `Profile`), ascending, uint64, shape (n,).
        worth: By column: 1 for a topic, the rarity of a topic, that of an author, 1 for a name; float64, shape (n, 4).
    """

    hashes: Hashes
    worth: NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """The article asked about, stored or not, as ranking sees it.

    Attributes:
        article_id: Its id; None for a draft without one.
        vector: Unit vector of its text, float32, shape (dimension,).
        title: Terms of its title.
        text: Terms of its title and whole text.
        day: Publication date in days since 1970, NaN if unknown.
        provider: Hash of the provider, 0 for none; `language`, `url` likewise.
        topics: Facets (`text.facet`), ascending, uint64; `authors` and, as hashes, `names` (proper names in the title)
            likewise.
        topic_rarity: See `rarity_of_values`, float32, shape (n_topics,); `author_rarity` likewise.
        is_stored: Whether it is one of the articles that the statistics are of.
    """

    article_id: str | None
    vector: Vectors
    title: TermVector
    text: TermVector
    day: float
    provider: int
    language: int
    url: int
    topics: Hashes
    authors: Hashes
    names: Hashes
    topic_rarity: NDArray[np.float32]
    author_rarity: NDArray[np.float32]
    is_stored: bool

    @cached_property
    def query(self) -> TermVector:
        """The terms of its text that candidates are compared by."""
        return self.text.strongest(QUERY_TERMS, is_stored=self.is_stored)

    @cached_property
    def marks(self) -> Marks:
        """Its topics, authors and names."""
        hashes = np.concatenate([self.topics, self.authors, self.names])
        topics, authors = len(self.topics), len(self.authors)
        worth = np.zeros((len(hashes), 4))
        worth[:topics, 0], worth[:topics, 1] = 1, self.topic_rarity
        worth[topics : topics + authors, 2] = self.author_rarity
        worth[topics + authors :, 3] = 1
        order = hashes.argsort()
        return Marks(hashes[order], worth[order])


@dataclass(frozen=True)
class Ragged:
    """Any number of values per candidate, flat: `values[i]` belongs to the candidate at `owner[i]`, ascending."""

    values: Hashes
    owner: Places


@dataclass(frozen=True)
class Matches:
    """The terms of one text field that candidates share with the profile: a sparse matrix, candidates by its terms.

    Attributes:
        owner: The candidate's place, ascending, int64, shape (nnz,).
        term: The term's place in the profile's `TermVector`, int64, shape (nnz,).
        counts: Occurrences of the term in the candidate's text, float32, shape (nnz,).
        lengths: Terms in each candidate's text with repetitions, float32, shape (n,).
        distinct: Different terms in each candidate's text, int64, shape (n,).
    """

    owner: Places
    term: Places
    counts: NDArray[np.float32]
    lengths: NDArray[np.float32]
    distinct: Places


@dataclass(frozen=True)
class Pool:
    """The columns of exactly the candidates, sorted by id; the lower place wins a tie.

    Attributes:
        ids: Sorted; may decode each id when it is asked for.
        vectors_at: Returns the unit vectors of the candidates at some places, float32, shape (n_places, dimension).
        facets_of: Returns the facets of all fields of every candidate.
        cosines: Cosines with the profile's vector, float32, shape (n,); 0 without a profile.
        days: Days since 1970, float64, shape (n,), NaN where unknown.
        qualities: float32, shape (n,), NaN where unknown.
        hubness: See `index.local.dense.hubness`, float32, shape (n,), NaN where unknown.
        providers: Hashes, uint64, shape (n,), 0 for none; `languages`, `translations`, `urls` likewise.
        copy_groups: Equal for copies of one another, int64, shape (n,).
        marks: Facets (`text.facet`) of topics and authors, and hashes of the proper names in the title.
        topic_counts: How many of a candidate's marks are topics, uint32, shape (n,).
        title: Terms shared with the profile's title.
        text: Terms shared with the profile's `query`.
    """

    ids: Sequence[str]
    vectors_at: Callable[[Places], Vectors]
    facets_of: Callable[[], Ragged]
    cosines: NDArray[np.float32]
    days: NDArray[np.float64]
    qualities: NDArray[np.float32]
    hubness: NDArray[np.float32]
    providers: Hashes
    languages: Hashes
    translations: Hashes
    urls: Hashes
    copy_groups: Places
    marks: Ragged
    topic_counts: NDArray[np.uint32]
    title: Matches
    text: Matches

    def __len__(self) -> int:
        return len(self.days)

    @property
    def vectors(self) -> Vectors:
        """Unit rows, float32, shape (n, dimension)."""
        return self.vectors_at(np.arange(len(self)))

    @cached_property
    def facets(self) -> Ragged:
        """Facets of all fields."""
        return self.facets_of()

    @cached_property
    def milliseconds(self) -> NDArray[np.float64]:
        """`days` as whole milliseconds since 1970, which compare exactly."""
        return np.rint(self.days * MILLISECONDS_PER_DAY)

    def place_of(self, article_id: str) -> int | None:
        """Return the place of an id, or None."""
        place = bisect_left(self.ids, article_id)
        return place if place < len(self) and self.ids[place] == article_id else None

    def places_of(self, ids: Iterable[str]) -> list[int]:
        """Return the places of those ids that are in the pool, in the given order.

        An engine's ids may have a method `places_in` that finds them among others without decoding any.
        """
        # Not an instance check of the protocol, which would take longer than all the rest.
        places_in: Callable[[Sequence[str]], list[int] | None] | None = getattr(ids, "places_in", None)
        if places_in is not None and (found := places_in(self.ids)) is not None:
            return found
        return [place for place in map(self.place_of, ids) if place is not None]

    def has_facet(self, facet: int) -> Mask:
        """Return which candidates have a facet, bool, shape (n,)."""
        having = np.zeros(len(self), dtype=bool)
        having[self.facets.owner[self.facets.values == np.uint64(facet)]] = True
        return having

    def is_named(self, ids: Iterable[str]) -> Mask:
        """Return which candidates have one of some ids, bool, shape (n,)."""
        named = np.zeros(len(self), dtype=bool)
        named[self.places_of(ids)] = True
        return named

    def take(self, kept: Mask) -> Pool:
        """Return the pool of some of the candidates; `kept` has the shape (n,)."""
        if kept.all():
            return self
        places = np.flatnonzero(kept)
        place_of = np.cumsum(kept) - 1

        def some(value: Any) -> Any:
            if isinstance(value, Ragged):
                chosen = kept[value.owner]
                return Ragged(value.values[chosen], place_of[value.owner[chosen]])
            if isinstance(value, Matches):
                chosen = kept[value.owner]
                owner, term, counts = place_of[value.owner[chosen]], value.term[chosen], value.counts[chosen]
                return Matches(owner, term, counts, value.lengths[kept], value.distinct[kept])
            return value[kept]

        return Pool(
            [self.ids[place] for place in places.tolist()],
            lambda at: self.vectors_at(places[at]),
            lambda: some(self.facets),
            **{name: some(getattr(self, name)) for name in _COLUMNS},
        )


_COLUMNS = [each.name for each in fields(Pool)][3:]
"""The columns that are gathered at once."""


def merge_pools(pools: Sequence[Pool], ids: Sequence[str], places: Sequence[Places]) -> Pool:
    """Join pools into one.

    Args:
        pools: Of disjoint articles.
        ids: Of all of them, sorted.
        places: Where the articles of each pool stand in `ids`.
    """
    # Every column is scattered to its articles' places in `ids`. A column that was only concatenated would stay in the
    # order of the pools, and ties, which the lower place wins, would depend on how the collection is split up.
    at = np.concatenate([np.empty(0, dtype=np.int64), *places])

    def joined(parts: Sequence[Any]) -> Any:
        first = parts[0]
        if isinstance(first, Ragged):
            owner, order = _owners([part.owner for part in parts], places)
            return Ragged(np.concatenate([part.values for part in parts])[order], owner)
        if isinstance(first, Matches):
            owner, order = _owners([part.owner for part in parts], places)
            term, counts = (
                np.concatenate([getattr(part, name) for part in parts])[order] for name in ("term", "counts")
            )
            return Matches(
                owner,
                term,
                counts,
                *(joined([getattr(part, name) for part in parts]) for name in ("lengths", "distinct")),
            )
        values = np.concatenate(parts)
        placed = np.empty_like(values)
        placed[at] = values
        return placed

    return Pool(
        ids,
        lambda wanted: joined([pool.vectors for pool in pools])[wanted],
        lambda: joined([pool.facets for pool in pools]),
        **{name: joined([getattr(pool, name) for pool in pools]) for name in _COLUMNS},
    )


def _owners(owners: Sequence[Places], places: Sequence[Places]) -> tuple[Places, Places]:
    """Return the owners of flat values in the joined pool, ascending, and the order that sorts the values alike."""
    owner = np.concatenate([at[each] for each, at in zip(owners, places, strict=True)])
    order = np.argsort(owner, kind="stable")
    return owner[order], order
