"""Finds articles by an id, an address, or words as they are typed: in titles first, then in texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from recommender.collection import Collection
from recommender.index import Index
from recommender.ranking.features import FEATURES, pair_features
from recommender.ranking.filters import FilterSpec
from recommender.related.options import SECONDS_PER_DAY, Filters
from recommender.search.marking import Marker
from recommender.search.results import Found, Results
from recommender.text import article_texts, repair
from recommender.text.analysis import terms_in
from recommender.text.searched import plain_body

_CANDIDATES = 50


def search(collection: Collection, query: str, *, limit: int = 10, filters: Filters | None = None) -> Results:
    """Find articles by an id, a webUrl or words; the model is not needed.

    Titles that are what was typed come first, then those that begin with it, those that have all of its words, and
    those that have most of it with small typos, each newest first; then articles whose texts have its words.

    Args:
        collection: The collection.
        query: An id, a webUrl, or words, of which the last may be unfinished.
        limit: How many articles at most.
        filters: Which articles may be found.
    """
    typed = query.strip()
    with collection.reading() as index:
        where = (filters or Filters()).filter_spec(today())
        named = index.resolve(typed) if typed else ()
        if named:
            pool = index.gather(None, named)
            ids = [each for each, passes in zip(pool.ids, where.passing(pool).tolist(), strict=True) if passes][:limit]
            # An address is none of the words of its article.
            return Results(query, _read(collection, index, "", ids, ()), index.revision)
        titles = list(index.find(typed, limit, where)) if typed else []
        texts = _in_texts(index, typed, limit, where) if typed and len(titles) < limit else []
        texts = [each for each in texts if each not in titles][: limit - len(titles)]
        return Results(query, _read(collection, index, query, titles, texts), index.revision)


def today() -> float:
    """Return the present moment in days since 1970."""
    return datetime.now(UTC).timestamp() / SECONDS_PER_DAY


def _in_texts(index: Index, query: str, limit: int, where: FilterSpec) -> list[str]:
    """Return the articles whose titles and texts have the words of a query, by the scores of the pairs, best first."""
    profile = index.profile_of_words(query)
    pool = index.gather(profile, index.propose(profile, max(_CANDIDATES, limit), where, dense=False))
    features = pair_features(profile, pool)
    scores = features[:, [FEATURES.index("title"), FEATURES.index("text")]].sum(axis=1).astype(np.float64)
    best = np.lexsort((-np.nan_to_num(pool.days, nan=-np.inf), -scores))[:limit]
    return [pool.ids[place] for place in best.tolist() if scores[place] > 0]


def _read(collection: Collection, index: Index, query: str, titles: Sequence[str], texts: Sequence[str]) -> list[Found]:
    """Read what was found by title, and by text, with the words of the query marked."""
    ids = sorted([*titles, *texts])
    settings = index.settings.text
    stored = {each.article_id: each.article for each in collection.store.articles(ids)}
    packed = {row.article_id: row.packed for row in collection.store.packed(index.packer.form, ids)}
    shown = {article_id: repair(article.title) for article_id, article in stored.items()}
    marker = Marker(query, shown.values(), terms_in(index.main_language))
    found = []
    for article_id in (each for each in (*titles, *texts) if each in stored):
        article, known = stored[article_id], packed.get(article_id)
        text = known.rest if known else article_texts(article, settings).rest
        place = marker.first(text) if article_id in texts else 0
        if place is None:
            # What is searched is more than the beginning of the text.
            whole = " ".join(plain_body(article.body or "", settings.searched_chars).split())
            place = marker.first(whole)
            text = text if place is None else whole
        found.append(Found(article, marker.mark(shown[article_id]), marker.snippet(text, place or 0)))
    return found
