"""The map: articles on a plane in named clusters, as they were computed, or a sketch until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.collection_folder import MAP_NAME
from recommender.overview.landscape import Landscape, read_landscape
from recommender.overview.landscape.computing import field_codes, spread
from recommender.overview.landscape.file import FIELDS
from recommender.overview.landscape.layout import plane
from recommender.overview.stories import State
from recommender.related.recommender import Recommender
from service.background import file_version

if TYPE_CHECKING:
    from recommender.index import Index

SKETCHED = 4000
"""How many articles are on the sketch, at most."""
NEAREST = 3
"""What is not on the map is placed amid so many of its nearest articles there."""


@dataclass
class ArticleMap:
    """Draws maps, and caches the last one."""

    _key: tuple[Any, ...] | None = None
    _map: dict[str, Any] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _vectors: NDArray[np.float32] | None = None

    def draw(self, recommender: Recommender, include: Sequence[str]) -> dict[str, Any]:
        """Return the map with the articles of `include` on it."""
        collection = recommender.collection
        with collection.reading() as index:
            key = (index.revision, len(index), file_version(collection.path / MAP_NAME))
            if key != self._key:
                self._draw(recommender, index)
                self._key = key
            known = set(self._ids)
            more = sorted(each for each in set(include) if each not in known and each in index)
            if not more:
                return self._map
            return {**self._map, "points": [*self._map["points"], *self._added(index, more)]}

    def _draw(self, recommender: Recommender, index: Index) -> None:
        store = recommender.collection.store
        found = read_landscape(recommender.collection.path)
        is_sketch = found is None or found.state.uuid != store.uuid
        if found is None or is_sketch:
            found = _sketch(recommender, index)
        # What was deleted meanwhile is nowhere.
        self._ids = [each for each in found.ids if each in index]
        self._vectors = None
        self._map = {
            "points": [_point(found, at) for at, each in enumerate(found.ids) if each in index],
            "clusters": found.clusters,
            "topics": found.values["topic"],
            "fields": {name: found.values[name] for name in FIELDS},
            "articles": len(index),
            "revision": index.revision,
            "isSketch": is_sketch,
        }

    def _added(self, index: Index, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Place articles amid their nearest ones on the map."""
        points = self._map["points"]
        if self._vectors is None:
            self._vectors = index.gather(None, self._ids).vectors
        if not len(self._vectors):
            return []
        vectors = index.gather(None, list(ids)).vectors
        added = []
        for at, row in enumerate(vectors @ self._vectors.T):
            nearest = [points[place] for place in np.argsort(-row, kind="stable")[:NEAREST].tolist()]
            x, y = (round(sum(point[axis] for point in nearest) / len(nearest), 4) for axis in ("x", "y"))
            fields = dict.fromkeys(FIELDS, -1)
            added.append({"id": ids[at], "x": x, "y": y, "cluster": nearest[0]["cluster"], **fields})
        return added


def _point(of: Landscape, at: int) -> dict[str, Any]:
    x, y = of.places[at]
    fields = {name: of.codes[name][at] for name in FIELDS}
    return {"id": of.ids[at], "x": x, "y": y, "cluster": of.labels[at], **fields}


def _sketch(recommender: Recommender, index: Index) -> Landscape:
    """Return articles on the plane of their principal components, without clusters: what can be had at once."""
    ids = spread(index.ids(), SKETCHED)
    _, _, places = plane(index.gather(None, ids).vectors)
    store = recommender.collection.store
    values, codes = field_codes(ids, store)
    return Landscape(State.of(store), 0.0, ids, places.round(4).tolist(), [-1] * len(ids), [], values, codes)
