"""The map: article vectors projected onto a plane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.related.recommender import Recommender

MAX_POINTS = 4000
MAX_TOPICS = 9
"""How many topics have their own colour."""


@dataclass
class ArticleMap:
    """Draws maps, and caches the last one.

    The plane is spanned by the two principal components of a sample of the vectors (Pearson, "On lines and planes of
    closest fit", 1901), which always puts the same articles in the same place.
    """

    _key: tuple[int, int] | None = None
    _map: dict[str, Any] = field(default_factory=dict)
    _plane: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def draw(self, recommender: Recommender, include: Sequence[str]) -> dict[str, Any]:
        """Return up to `MAX_POINTS` articles, evenly spread over the ids, and those of `include`."""
        with recommender.collection.reading() as index:
            key = (index.revision, len(index))
            if key != self._key or self._plane is None:
                ids = list(index.ids())
                step = max(1, -(-len(ids) // MAX_POINTS))
                sampled = ids[::step]
                vectors = index.gather(None, sampled).vectors
                self._plane = _plane(vectors)
                self._map = self._points(recommender, sampled, vectors)
                self._map |= {"articles": len(index), "revision": index.revision}
                self._key = key
            known = {point["id"] for point in self._map["points"]}
            more = sorted(each for each in set(include) if each not in known and each in index)
            if not more:
                return self._map
            vectors = index.gather(None, more).vectors
            added = self._points(recommender, more, vectors, self._map["topics"])["points"]
            return {**self._map, "points": [*self._map["points"], *added]}

    def _points(
        self, recommender: Recommender, ids: Sequence[str], vectors: NDArray[np.float32], topics: Sequence[str] = ()
    ) -> dict[str, Any]:
        assert self._plane is not None  # noqa: S101 - set before
        mean, axes = self._plane
        places = (vectors - mean) @ axes
        stored = {found.article_id: found.article for found in recommender.collection.store.articles(sorted(ids))}
        named = list(topics)
        if not named:
            counts = Counter(topic for article in stored.values() for topic in article.topics[:1])
            named = [topic for topic, _ in counts.most_common(MAX_TOPICS)]
        place_of = {topic: place for place, topic in enumerate(named)}
        points = []
        for article_id, (x, y) in zip(ids, places.tolist(), strict=True):
            first = next(iter(stored[article_id].topics if article_id in stored else ()), None)
            topic = place_of.get(first, -1) if first else -1
            points.append({"id": article_id, "x": round(x, 4), "y": round(y, 4), "topic": topic})
        return {"points": points, "topics": named}


def _plane(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if not len(vectors):
        return np.zeros(vectors.shape[1], dtype=np.float32), np.zeros((vectors.shape[1], 2), dtype=np.float32)
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    first = axes[:, ::-1][:, :2].astype(np.float32)
    # The sign of an axis is arbitrary; fix it, or equal data could be mirrored.
    first *= np.sign(first[np.abs(first).argmax(axis=0), np.arange(first.shape[1])])
    return mean, first
