"""What chance looks like on a site: what texts about nothing there find at best.

A percentile of random pairs says how rare a score is on a site, not whether an article belongs there: on a site of one
subject most random pairs are related, and the best of many thousand pairs always is rare. So the unrelated texts of
this library ask every collection as well, and what they find is what an article that is about something else finds.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.config import RankingSettings
from recommender.embedding import Vectors
from recommender.ranking.ascending import begins
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import Scorer, Scores
from recommender.text import text_hash

ENGLISH = "en"
SPREAD = 1.2
"""An article belongs if it finds more than the median of unrelated texts by so many times the way to their best."""
MOST_WORDS = 0.15
"""What words may add to belonging: a long text shares common words with everything."""
MANIFOLD = 1.5
"""A shown item scores so many times what the best of unrelated texts find, where that is less than the minimum."""
_BEST = 0.95

_COSINE, _TEXT, _TITLE = (FEATURES.index(name) for name in ("cosine", "text", "title"))


class ChancePairs(NamedTuple):
    """Features of unrelated texts with the articles that are most like them.

    Attributes:
        pairs: Shape (n_pairs, len(FEATURES)).
        owner: The text of each pair, ascending, int16, shape (n_pairs,).
    """

    pairs: Features
    owner: NDArray[np.int16]

    @classmethod
    def none(cls) -> ChancePairs:
        """Return no pairs, for a collection whose encoder never saw the texts."""
        return cls(np.empty((0, len(FEATURES)), dtype=np.float32), np.empty(0, dtype=np.int16))

    def best(self, values: Scores) -> Scores:
        """Return the highest of `values`, one a pair, of each text."""
        first = begins(self.owner).nonzero()[0]
        return np.maximum.reduceat(values, first) if len(first) else np.empty(0)


Meta = Callable[[str], str | None]
"""Returns the value that a collection recorded under a key."""


class UnrelatedTexts(NamedTuple):
    """The unrelated texts of a language with their vectors.

    Attributes:
        language: Its code.
        vectors: In the order of the texts, float32, shape (n, dimension).
    """

    language: str
    vectors: Vectors

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts."""
        return unrelated()[self.language]

    @classmethod
    def recorded(cls, meta: Meta, language: str, dimension: int) -> UnrelatedTexts | None:
        """Return the texts of a language if a collection recorded their vectors, given what returns its values."""
        return cls.parse(meta(recorded_as(language)), language, dimension) if language in unrelated() else None

    @classmethod
    def parse(cls, recorded: str | None, language: str, dimension: int) -> UnrelatedTexts | None:
        """Parse what `text` returns; None if it is of other texts, or damaged."""
        try:
            texts, _, values = (recorded or "").partition(":")
            vectors = np.frombuffer(base64.b64decode(values, validate=True), dtype=np.float16).astype(np.float32)
            vectors = vectors.reshape(len(unrelated()[language]), dimension)
        except ValueError:
            return None
        return cls(language, vectors) if texts == _texts_version(language) and np.isfinite(vectors).all() else None

    def text(self) -> str:
        """Return the vectors as text."""
        return f"{_texts_version(self.language)}:{base64.b64encode(self.vectors.astype(np.float16).tobytes()).decode()}"


FindUnrelated = Callable[[str], UnrelatedTexts | None]
"""Returns the unrelated texts of a language; English ones if it has none, and None if no vectors are known."""


def find_unrelated(meta: Meta, dimension: int) -> FindUnrelated:
    """Return what finds the texts whose vectors a collection recorded, given what returns the value under a key."""

    def find(language: str) -> UnrelatedTexts | None:
        own = UnrelatedTexts.recorded(meta, language, dimension)
        return own if own is not None else UnrelatedTexts.recorded(meta, ENGLISH, dimension)

    return find


def recorded_as(language: str) -> str:
    """Return the key under which a collection records its encoder's vectors of a language's unrelated texts."""
    return f"unrelated.{language}"


def _texts_version(language: str) -> str:
    """Return what changes when the unrelated texts of a language do."""
    return text_hash("\n".join(unrelated()[language])).hex()


@lru_cache(maxsize=1)
def unrelated() -> Mapping[str, tuple[str, ...]]:
    """Return short texts about nothing in particular, by language."""
    folder = files("recommender.ranking") / "unrelated"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.partition(".")[0]: tuple(file.read_text(encoding="utf-8").splitlines()) for file in found}


class Chance(NamedTuple):
    """What an article must find on a site for a list; infinitely little where nothing is known.

    Attributes:
        belonging: The least `belonging` of an article's best candidate.
        score: The least raw score of an item.
    """

    belonging: float
    score: float

    @classmethod
    def of(cls, pairs: ChancePairs, scorer: Scorer, weights: RankingSettings) -> Chance:
        """Return what pairs of unrelated texts say."""
        if not len(pairs.owner):
            return cls(-np.inf, np.inf)
        near = pairs.best(belonging(pairs.pairs, weights))
        median, best = np.quantile(near, (0.5, _BEST)).tolist()
        score = float(np.quantile(pairs.best(scorer.score(pairs.pairs)), _BEST))
        return cls(median + SPREAD * (best - median), MANIFOLD * score)


def belonging(features: Features, weights: RankingSettings) -> Scores:
    """Return how much each pair has in common, float64, shape (n,): vector, title and, up to `MOST_WORDS`, words."""
    wide = features[:, [_COSINE, _TITLE, _TEXT]].astype(np.float64)
    words = np.minimum(weights.text * wide[:, 2], MOST_WORDS)
    found: Scores = weights.cosine * wide[:, 0] + weights.title * wide[:, 1] + words
    return found
