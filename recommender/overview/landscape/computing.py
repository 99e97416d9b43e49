"""Computes the landscape of a collection and keeps it beside it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.collection import Collection
from recommender.collection_folder import MAP_LOCK_NAME, MAP_NAME
from recommender.overview.aside import sole
from recommender.overview.landscape.file import FIELDS, Landscape, keep_landscape, read_landscape
from recommender.overview.landscape.layout import cluster, lay_out
from recommender.overview.stories.file import State
from recommender.overview.stories.labels import label

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.index import Index
    from recommender.store import Store

MAX_POINTS = 20_000
MAX_VALUES = 9
"""How many values of a field have their own colour."""
NAMED_BY = 400
"""The most central titles of a cluster name it."""
SHARED_BY = 0.06
"""What names a cluster stands in this share of them, at least."""
EXAMPLES = 3
REST_TIMES = 10


def compute_landscape(collection: Collection) -> bool:
    """Compute the landscape of a collection's newest revision, unless it is known or another process is at it.

    Up to `MAX_POINTS` articles, evenly spread over the ids, are on it. It rests for `REST_TIMES` of what it took: until
    then, what is written meanwhile is placed amid its neighbours.

    Returns:
        Whether it was computed.

    Raises:
        CollectionError: If the collection cannot be read, or the file not written.
    """
    with sole(collection.path / MAP_LOCK_NAME, "map", collection.path / MAP_NAME) as held:
        return held and _compute(collection)


def _compute(collection: Collection) -> bool:
    started = time.monotonic()
    with collection.reading() as index:
        state = State.of(collection.store)
        known = read_landscape(collection.path)
        if known is not None and known.state.uuid == state.uuid:
            age_s = time.time() - (collection.path / MAP_NAME).stat().st_mtime
            if known.state == state or 0 <= age_s < REST_TIMES * known.seconds:
                return False
        made = _landscape(index, collection.store, state)
    keep_landscape(collection.path, made, time.monotonic() - started)
    return True


def spread(ids: Iterable[str], most: int) -> list[str]:
    """Return at most so many ids, evenly spread."""
    every = list(ids)
    return every[:: max(1, -(-len(every) // most))]


def _landscape(index: Index, store: Store, state: State) -> Landscape:
    ids = spread(index.ids(), MAX_POINTS)
    vectors = index.gather(None, ids).vectors
    places = lay_out(vectors)
    labels, central = cluster(vectors)
    clusters = []
    for number in range(int(labels.max(initial=-1)) + 1):
        (members,) = (labels == number).nonzero()
        nearest = [ids[place] for place in members[np.argsort(-central[members], kind="stable")].tolist()]
        packed = {row.article_id: row.packed for row in store.packed(index.packer.form, sorted(nearest[:NAMED_BY]))}
        told = [found for each in nearest[:NAMED_BY] if (found := packed.get(each)) is not None]
        titles = {each.article_id: each.article.title for each in store.articles(sorted(nearest[:EXAMPLES]))}
        middle = np.median(places[members], axis=0).round(4).tolist()
        clusters.append(
            {
                "terms": label(index, told, least_share=SHARED_BY, most_titles=NAMED_BY),
                "articles": len(members),
                "x": middle[0],
                "y": middle[1],
                "examples": [{"id": each, "title": titles[each]} for each in nearest[:EXAMPLES] if each in titles],
            }
        )
    values, codes = field_codes(ids, store)
    return Landscape(state, 0.0, ids, places.round(4).tolist(), labels.tolist(), clusters, values, codes)


def field_codes(ids: Sequence[str], store: Store) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """Return the commonest values of each field, and for each article the place of its value among them, or -1."""
    found: dict[str, dict[str, str]] = {name: {} for name in FIELDS}
    for stored in store.articles(sorted(ids)):
        for name, value in _values(stored.article).items():
            if value:
                found[name][stored.article_id] = value
    values, codes = {}, {}
    for name, of in found.items():
        common = [value for value, _ in Counter(of.values()).most_common(MAX_VALUES)]
        # Years are read in their order.
        values[name] = sorted(common) if name == "year" else common
        place = {value: at for at, value in enumerate(values[name])}
        codes[name] = [place.get(of.get(each, ""), -1) for each in ids]
    return values, codes


def _values(article: Article) -> dict[str, Any]:
    provider, published = article.provider, article.published_date_time
    return {
        "topic": next(iter(article.topics), None),
        "provider": provider and (provider.name or provider.domain),
        "language": article.language,
        "year": published and str(published.year),
    }
