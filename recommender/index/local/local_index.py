"""The local index: a snapshot and the changes since, searched as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.config import Settings
from recommender.embedding import Vectors
from recommender.errors import NotFoundError
from recommender.index import Browsed, Place
from recommender.index.local.browsing import browse
from recommender.index.local.columns import Columns, LocalProfile, Rows, mean_length
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.copy_groups import CopyGroups
from recommender.index.local.finding import find_titles
from recommender.index.local.gathering import gather
from recommender.index.local.numbering import Numbering
from recommender.index.local.packing import Packer, packed_lead
from recommender.index.local.part import Part
from recommender.index.local.proposing import Proposals
from recommender.index.local.row_ids import RowIds, union, without
from recommender.index.local.segment import Segment
from recommender.index.local.snapshot import Snapshot
from recommender.ranking.calibration import Samples
from recommender.ranking.filters import FilterSpec
from recommender.ranking.pool import (
    Hashes,
    Pool,
    Profile,
    TermVector,
    TextField,
    merge_pools,
    rarity_of_values,
)
from recommender.store import Encoding, Packed
from recommender.text import Texts, article_texts, facet, folded_hash, path_key, stable_hash, url_key
from recommender.text.analysis import Analyzer, languages_in
from recommender.text.lead_words import LeadWords, unpack_words


class LocalIndex:
    """One revision of a collection, read only; `len()` is the number of articles. See `index.Index`.

    Internally a row is a place in the concatenated parts. Rows of replaced and deleted articles are never returned.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        revision: int,
        settings: Settings,
        encoding: Encoding,
        snapshot: Snapshot,
        digest: int = 0,
    ) -> None:
        self._parts = tuple(parts)
        self.revision = revision
        self.digest = digest
        self.settings = settings
        self.encoding = encoding
        self.snapshot = snapshot
        self._numbering = Numbering(self._parts)

    def __len__(self) -> int:
        return sum(part.count for part in self._parts)

    @property
    def changes(self) -> int:
        """How many articles were written or deleted since the snapshot."""
        hidden = len(self._parts[0].segment) - self._parts[0].count
        return max(hidden, sum(len(part.segment) for part in self._parts[1:]))

    @property
    def notes(self) -> list[str]:
        """What a reader of its last answer should know: that an engine was away, and which index answered instead."""
        failure = self._parts[0].segment.engine_failure
        return [] if failure is None else [f"{failure.what}: the local index answered instead"]

    @property
    def mean_lengths(self) -> tuple[float, float]:
        """The mean numbers of terms of titles and of whole texts, with repetitions."""
        title, text = (
            mean_length(sum(part.lengths[field] for part in self._parts), len(self)) for field in ("title", "text")
        )
        return title, text

    def located(self, ids: Iterable[str]) -> Iterator[tuple[Columns, Rows]]:
        """Yield the columns that hold those of some ids that are stored, with their rows there."""
        rows = np.sort(self._numbering.rows(ids))
        yield from ((columns, places) for columns, places, _ in self._numbering.located(rows))

    # Later revisions.

    def changed(
        self,
        revision: int,
        settings: Settings,
        ids: Sequence[str],
        segment: Segment,
        merged: int,
        digest: int = 0,
    ) -> LocalIndex:
        """Return the index of a later revision.

        Args:
            revision: Its number.
            settings: The settings recorded with it.
            ids: The articles written or deleted since this revision, sorted.
            segment: The stored ones of `ids`, and the articles of the last `merged` parts.
            merged: How many of the last parts `segment` replaces.
            digest: The digest of the revision.
        """
        kept = self._parts[: len(self._parts) - merged]
        parts = [part.without(ids) for part in kept]
        for part in self._parts[len(kept) :]:
            segment.carry_over(part.segment, part.live, set(ids))
        if len(segment):
            parts.append(Part.whole(segment))
        return LocalIndex(parts, revision, settings, self.encoding, self.snapshot, digest)

    def at(self, revision: int, settings: Settings, digest: int = 0) -> LocalIndex:
        """Return the same articles at a later revision, or under other settings."""
        return LocalIndex(self._parts, revision, settings, self.encoding, self.snapshot, digest)

    def to_merge(self, count: int, ratio: int) -> tuple[int, list[str]]:
        """Choose the small parts at the end to merge with `count` new articles; this keeps parts few.

        Args:
            count: Number of new articles.
            ratio: A part is kept apart if it is at least this many times as large as what follows it.

        Returns:
            How many parts, and the ids of their live rows, sorted.
        """
        number, ids = 0, list[str]()
        for part in reversed(self._parts[1:]):
            if part.count >= ratio * (count + len(ids)):
                break
            number += 1
            ids += part.ids()
        return number, sorted(ids)

    # Articles.

    def ids(self) -> Iterator[str]:
        """Yield the ids of all articles, sorted."""
        return merge(*(part.ids() for part in self._parts))

    def __contains__(self, article_id: str) -> bool:
        return self._numbering.row_of(article_id) is not None

    def resolve(self, reference: str) -> tuple[str, ...]:
        """Return the ids that an id, a webUrl or, where no article names the site's host, its path names, sorted."""
        if reference in self:
            return (reference,)
        for key in filter(None, (url_key(reference), path_key(reference))):
            rows = self._numbering.rows_with("urls", stable_hash(key))
            if len(rows):
                return tuple(self._numbering.sorted_ids(rows))
        return ()

    def find(self, typed: str, limit: int, where: FilterSpec = FilterSpec()) -> list[str]:  # noqa: B008 - immutable
        """Return the articles whose titles are most like what was typed, best first."""
        return find_titles(self._parts, typed, limit, where)

    def browse(self, where: FilterSpec, limit: int, after: Place | None = None, top: int = 0) -> Browsed:
        """Return articles that pass a filter, the newest first, and the commonest values of all that pass."""
        return browse(self._parts, where, limit, after, top)

    def pack(self, article: Article) -> Packed:
        """Pack an article that need not be stored."""
        return self.packer.pack(article, article_texts(article, self.settings.text), self.languages)

    def lead_words(self, packed: Sequence[Packed]) -> LeadWords:
        """Return the words of the leads of packed articles."""
        return unpack_words([packed_lead(each.columns) for each in packed])

    def profile(
        self, article: str | Article, vector: Vectors | None = None, packed: Packed | None = None
    ) -> LocalProfile:
        """Return the profile of a stored article, or of one that need not be stored, with its vector; see `Index`.

        Raises:
            NotFoundError: If this revision has no such article.
        """
        if isinstance(article, Article):
            if vector is None:
                raise ValueError("the profile of an article that is not stored needs its vector")
            return self._profile_outside(article, vector, packed or self.pack(article))
        row = self._numbering.row_of(article)
        if row is None:
            raise NotFoundError(f"there is no article {article}", expected="the id of a stored article")
        number, place = self._numbering.place_of(row)

        def weigh(field: TextField, hashes: Hashes, counts: NDArray[np.float32], ids: NDArray[np.uint32]) -> TermVector:
            return self._weigh(field, hashes, counts, ids, number)

        columns = self._parts[number].segment.columns
        return columns.profile(place, weigh, self._rarity_of_facets, row)

    def _profile_outside(self, article: Article, vector: Vectors, packed: Packed) -> LocalProfile:
        builder = ColumnsBuilder()
        builder.add_packed(article.id or "", packed.columns)
        alone = builder.build(np.ascontiguousarray(vector[None]))
        row = self._numbering.row_of(article.id) if article.id else None
        profile = alone.profile(0, self._weigh, self._rarity_of_facets)
        return replace(profile, article_id=article.id, row=row, outside=alone, is_stored=row is not None)

    def profile_of_words(self, text: str) -> Profile:
        """Return the profile of words that someone looks for, without a vector; far quicker than that of an article."""
        language = self.analyzer.language_of(Article(title=text), Texts(text, ""), self.languages)
        counted = Counter(map(stable_hash, self.analyzer.terms_in(language)(text)))
        hashes = np.array(sorted(counted), dtype=np.uint64)
        counts = np.array([counted[each] for each in hashes.tolist()], dtype=np.float32)
        none, no_rarity = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.float32)
        return Profile(
            article_id=None,
            vector=np.zeros(self.encoding.dimension, dtype=np.float32),
            title=self._weigh("title", hashes, counts),
            text=self._weigh("text", hashes, counts),
            day=np.nan,
            provider=0,
            language=0,
            url=0,
            topics=none,
            authors=none,
            names=none,
            topic_rarity=no_rarity,
            author_rarity=no_rarity,
            is_stored=False,
        )

    # Statistics.

    @cached_property
    def analyzer(self) -> Analyzer:
        """Splits texts into the index's terms; may be kept longer than the index."""
        return Analyzer(self.settings.text.language)

    @cached_property
    def packer(self) -> Packer:
        """Packs articles as this index reads them."""
        return Packer(self.settings.text)

    @cached_property
    def languages(self) -> list[str]:
        """The languages that articles are in, by their codes, the commonest first."""
        return languages_in(np.concatenate([part.values("tongues") for part in self._parts]))

    @property
    def main_language(self) -> str:
        """The language that most articles are in."""
        return self.languages[0]

    def rarity(self, terms: Hashes) -> NDArray[np.float32]:
        """Return the idf of each hashed term in whole texts, float32, shape (n,); 0 for one that no article has."""
        weighed = self._weigh("text", terms, np.ones(len(terms), dtype=np.float32))
        return np.where(weighed.document_frequency > 0, weighed.idf, np.float32(0))

    def share(self, field: str, value: str) -> float:
        """Return the share of all articles that have a value of a field, in [0, 1]."""
        return self._count_with(facet(field, value)) / max(1, len(self))

    def _count_with(self, value: int) -> int:
        """Return how many articles have a facet."""
        return int(self._frequency_of_facets(np.array([value], dtype=np.uint64))[0])

    def _frequency_of_facets(self, facets: Hashes) -> Rows:
        found = (part.segment.columns.facet_frequency(facets, part.live) for part in self._parts)
        return sum(found, start=np.zeros(len(facets), dtype=np.int64))

    def _rarity_of_facets(self, facets: Hashes) -> NDArray[np.float32]:
        return rarity_of_values(self._frequency_of_facets(facets), len(self))

    def samples(self) -> Samples:
        """Return the pairs that calibration samples; the same object for all revisions of one snapshot."""
        return self.snapshot.samples

    def _weigh(
        self,
        field: TextField,
        hashes: Hashes,
        counts: NDArray[np.float32],
        ids: NDArray[np.uint32] | None = None,
        own: int | None = None,
    ) -> TermVector:
        """Add the statistics of all articles to the terms of a text; in the part `own` their places `ids` are known."""
        frequency = np.zeros(len(hashes), dtype=np.int64)
        for number, part in enumerate(self._parts):
            if ids is not None and number == own:
                frequency += part.frequency[field][ids]
            else:
                frequency += part.segment.columns.document_frequency(hashes, part.frequency[field])
        total = sum(part.lengths[field] for part in self._parts)
        return TermVector(hashes, counts, frequency, len(self), mean_length(total, len(self)))

    # Candidates.

    def propose(
        self,
        asked: Profile,
        depth: int,
        where: FilterSpec = FilterSpec(),  # noqa: B008 - immutable
        *,
        dense: bool = True,
        lexical: bool = True,
        near_in_time: int = 0,
    ) -> RowIds:
        """Return articles that may be related to `asked`: the union of what the engines propose, without itself.

        Args:
            asked: The article asked about.
            depth: How many each engine proposes.
            where: Which articles may be proposed.
            dense: Ask for the nearest vectors.
            lexical: Ask for the best lexical matches.
            near_in_time: How many of the articles nearest in time to propose as well.
        """
        self._parts[0].segment.engine_failure = None
        proposals = Proposals(self._parts, self._numbering, where)
        # One more than asked for: the article itself may be among them.
        more = near_in_time + 1 if near_in_time else 0
        rows = proposals.of(asked, depth + 1, dense=dense, lexical=lexical, near_in_time=more)
        return self._numbering.ids(without(rows, self._own_row(asked)))

    def gather(self, asked: Profile | None, *ids: Iterable[str]) -> Pool:
        """Return the columns of all of `ids` that are stored, with the terms that they share with `asked`."""
        rows = union([*map(self._numbering.rows, ids)])
        groups = self._copies.labels(rows)
        if len(self._parts) == 1 or not len(rows):
            return gather(self._parts[0].segment.columns, rows, self._numbering.ids(rows), groups, asked)
        # A pool is sorted by id, because ties go to the lower place. Rows are sorted by part first, so each part's
        # columns are gathered apart, in row order, and merged into the places that the ids have when sorted. With one
        # part, the usual case, both orders are the same and no id needs to be decoded.
        ordered = self._numbering.sorted_ids(rows)
        place_of = np.empty(len(rows), dtype=np.int64)
        place_of[np.searchsorted(rows, ordered.rows)] = np.arange(len(rows))
        pools, places = [], []
        for columns, some, at in self._numbering.located(rows):
            pools.append(gather(columns, some, (), groups[at], asked))
            places.append(place_of[at])
        return merge_pools(pools, ordered, places)

    def copies(self, asked: Profile) -> RowIds:
        """Return the copies of an article, stored or not, without itself, sorted."""
        outside = asked.outside if isinstance(asked, LocalProfile) else None
        return self._numbering.sorted_ids(self._copies.of(self._own_row(asked), outside))

    def translations(self, article: Article) -> RowIds:
        """Return the translations of an article, stored or not, without itself, sorted."""
        key = folded_hash(article.translation_key)
        if not key:
            return self._numbering.ids(np.empty(0, dtype=np.int64))
        rows = self._numbering.rows_with("translations", key)
        return self._numbering.sorted_ids(without(rows, self._numbering.row_of(article.id) if article.id else None))

    def days(self, ids: Iterable[str]) -> NDArray[np.float64]:
        """Return the dates of stored articles in days since 1970, float64, shape (n,), NaN where unknown."""
        rows = self._numbering.rows(ids)
        order = np.argsort(rows, kind="stable")
        days = np.empty(len(rows))
        found = [columns.days[places] for columns, places, _ in self._numbering.located(rows[order])]
        days[order] = np.concatenate([np.empty(0), *found])
        return days

    @cached_property
    def _copies(self) -> CopyGroups:
        return CopyGroups(self._parts)

    def _own_row(self, asked: Profile) -> int | None:
        """Return the row of the article asked about; None if it is not stored."""
        return asked.row if isinstance(asked, LocalProfile) else self._numbering.row_of(asked.article_id or "")
