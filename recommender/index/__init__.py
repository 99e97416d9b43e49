"""The index protocol: search over one revision of a collection, behind any engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recommender.article import Article
    from recommender.config import Settings
    from recommender.embedding import Vectors
    from recommender.ranking.calibration import Samples
    from recommender.ranking.filters import FilterSpec
    from recommender.ranking.pool import Hashes, Pool, Profile
    from recommender.store import Encoding, Packed, Packer
    from recommender.text.analysis import Analyzer
    from recommender.text.lead_words import LeadWords

Ids = Sequence[str]
"""Article ids; an engine may return a sequence that decodes each id on access."""


class Place(NamedTuple):
    """The place of an article among all, the newest first: its date in milliseconds since 1970 (NaN: none), its id."""

    milliseconds: float
    article_id: str


class Counted(NamedTuple):
    """A value of a field: its hash (of years, the number), how many articles have it, and the id of one of them."""

    value: int
    articles: int
    example: str


class Browsed(NamedTuple):
    """Some of the articles that pass a filter.

    Attributes:
        places: Articles, the newest first.
        total: How many pass.
        counts: By field (`topics`, `providers`, `languages`, `years`), its commonest values among all that pass.
    """

    places: list[Place]
    total: int
    counts: dict[str, list[Counted]]


class Index(Protocol):
    """One revision of a collection, read only; `len()` is the number of articles.

    Engines only propose: every number that ranks comes from the exact vectors and term statistics of `gather`.
    """

    @property
    def revision(self) -> int:
        """The revision of the store."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings recorded with this revision."""
        ...

    @property
    def encoding(self) -> Encoding:
        """The encoder of its vectors."""
        ...

    @property
    def notes(self) -> list[str]:
        """What a reader of its last answer should know, such as that an engine was away."""
        ...

    def __len__(self) -> int: ...

    def __contains__(self, article_id: str) -> bool: ...

    def ids(self) -> Iterator[str]:
        """Yield the ids of all articles, sorted."""
        ...

    def resolve(self, reference: str) -> Ids:
        """Return the ids that an id or a webUrl names, sorted."""
        ...

    def find(self, typed: str, limit: int, where: FilterSpec = ...) -> Ids:
        """Return the articles whose titles are most like what was typed, best first; see `local.finding`."""
        ...

    def browse(self, where: FilterSpec, limit: int, after: Place | None = None, top: int = 0) -> Browsed:
        """Return articles that pass a filter, the newest first, and the commonest values of all that pass."""
        ...

    @property
    def packer(self) -> Packer:
        """Packs articles as this index reads them."""
        ...

    def pack(self, article: Article) -> Packed:
        """Pack an article that need not be stored."""
        ...

    def lead_words(self, packed: Sequence[Packed]) -> LeadWords:
        """Return the words of the leads of packed articles."""
        ...

    def profile(self, article: str | Article, vector: Vectors | None = None, packed: Packed | None = None) -> Profile:
        """Return the profile of a stored article, or of one that need not be stored, with its vector.

        Args:
            article: Its id, or the article.
            vector: The vector of an article, float32, shape (dimension,).
            packed: See `pack`, if known.

        Raises:
            NotFoundError: If this revision has no such article.
        """
        ...

    def profile_of_words(self, text: str) -> Profile:
        """Return the profile of words that someone looks for, without a vector."""
        ...

    def propose(
        self,
        asked: Profile,
        depth: int,
        where: FilterSpec = ...,
        *,
        dense: bool = True,
        lexical: bool = True,
        near_in_time: int = 0,
    ) -> Ids:
        """Return articles that may be related to `asked`: the union of what the engines propose, without itself.

        Args:
            asked: The article asked about.
            depth: How many each engine proposes.
            where: Which articles may be proposed.
            dense: Ask for the nearest vectors.
            lexical: Ask for the best lexical matches.
            near_in_time: How many of the articles nearest in time to propose as well.
        """
        ...

    def gather(self, asked: Profile | None, *ids: Iterable[str]) -> Pool:
        """Return the columns of all of `ids` that are stored, with the terms that they share with `asked`."""
        ...

    def copies(self, asked: Profile) -> Ids:
        """Return the copies of an article, stored or not, without itself, sorted."""
        ...

    def translations(self, article: Article) -> Ids:
        """Return the translations of an article, stored or not, without itself, sorted."""
        ...

    def days(self, ids: Iterable[str]) -> NDArray[np.float64]:
        """Return the dates of stored articles in days since 1970, float64, shape (n,), NaN where unknown."""
        ...

    @property
    def analyzer(self) -> Analyzer:
        """Splits texts into the index's terms; may be kept longer than the index."""
        ...

    @property
    def languages(self) -> list[str]:
        """The languages that articles are in, by their codes, the commonest first."""
        ...

    @property
    def main_language(self) -> str:
        """The language that most articles are in."""
        ...

    def rarity(self, terms: Hashes) -> NDArray[np.float32]:
        """Return the idf of each hashed term in whole texts, float32, shape (n,); 0 for one that no article has."""
        ...

    def share(self, field: str, value: str) -> float:
        """Return the share of all articles that have a value of a field, in [0, 1]."""
        ...

    def samples(self) -> Samples:
        """Return the pairs that calibration samples; the same object as long as they are the same."""
        ...
