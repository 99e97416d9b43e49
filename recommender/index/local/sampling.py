"""Samples pairs of articles for the calibration of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.article import Article
from recommender.embedding import Vectors
from recommender.index.local.columns import Columns, LocalProfile, Rows
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.dense import nearest
from recommender.index.local.gathering import gather
from recommender.index.local.row_ids import largest, union
from recommender.index.local.stored_vectors import floats
from recommender.ranking.ascending import locate
from recommender.ranking.calibration import Samples
from recommender.ranking.chance import ChancePairs, FindUnrelated
from recommender.ranking.features import FEATURES, Features, pair_features
from recommender.ranking.pool import Profile
from recommender.text import stable_hash
from recommender.text.analysis import languages_in, terms_in

SAMPLE_QUERIES = 256
SAMPLE_CANDIDATES = 128
NEIGHBOURS = 10
CHANCE_CANDIDATES = 16
"""Articles by vector, and by words, that an unrelated text is compared with."""
TITLE_END = {"ja": "。", "zh": "。"}

_OTHER_ORDER = np.uint64(0x9E3779B97F4A7C15)


def sample_pairs(columns: Columns, find_unrelated: FindUnrelated = lambda language: None) -> Samples:
    """Sample random pairs, and the days between articles and their nearest neighbours.

    Both depend on the articles alone, not on the order in which they came. One article more or less changes few of the
    pairs, so calibrated scores stay stable while a collection grows.

    Args:
        columns: The articles.
        find_unrelated: Returns the unrelated texts of a language.
    """
    count = len(columns)
    # The lowest hashes change little when articles are added, and neither do the next neighbours on a ring of hashes.
    hashes = np.array([stable_hash(columns.article_id(row)) for row in range(count)], dtype=np.uint64)
    queries = np.sort(np.argsort(hashes)[:SAMPLE_QUERIES])
    ring = np.argsort(hashes * _OTHER_ORDER)
    place = np.empty(count, dtype=np.int64)
    place[ring] = np.arange(count)
    steps = np.arange(1, min(SAMPLE_CANDIDATES, count - 1) + 1)
    pairs: list[Features] = [np.empty((0, len(FEATURES)), dtype=np.float32)]
    days = [np.empty(0, dtype=np.float32)]
    # One more than asked for: each is its own neighbour.
    _, near = nearest(columns.vectors, floats(columns.vectors[queries]), min(NEIGHBOURS + 1, count))
    for row, neighbours in zip(queries.tolist(), near, strict=True):
        others = np.sort(ring[(place[row] + steps) % count])
        query = columns.profile(row)
        pairs.append(pair_features(query, gather(columns, others, (), others, query)))
        apart = np.abs(columns.days[neighbours[neighbours != row][:NEIGHBOURS]] - query.day)
        days.append(apart.astype(np.float32))
    rhythm = days_per_article(columns.days)
    return Samples(np.concatenate(pairs), np.concatenate(days), count, rhythm, chance_pairs(columns, find_unrelated))


def chance_pairs(columns: Columns, find_unrelated: FindUnrelated) -> ChancePairs:
    """Return the features of unrelated texts with the articles that are nearest, by vector and by words."""
    unrelated = find_unrelated(languages_in(columns.tongues)[0]) if len(columns) else None
    if unrelated is None:
        return ChancePairs.none()
    pairs_of = zip(unrelated.texts, unrelated.vectors, strict=True)
    profiles = [_profile(columns, text, vector, unrelated.language) for text, vector in pairs_of]
    pairs, owner = [np.empty((0, len(FEATURES)), dtype=np.float32)], [np.empty(0, dtype=np.int16)]
    _, near = nearest(columns.vectors, unrelated.vectors, min(CHANCE_CANDIDATES, len(columns)))
    for number, (profile, alike) in enumerate(zip(profiles, _share_words(columns, profiles), strict=True)):
        rows = union([near[number], alike])
        pairs.append(pair_features(profile, gather(columns, rows, (), rows, profile)))
        owner.append(np.full(len(rows), number, dtype=np.int16))
    return ChancePairs(np.concatenate(pairs), np.concatenate(owner))


def _profile(columns: Columns, text: str, vector: Vectors, language: str) -> LocalProfile:
    alone = replace(_alone(text, language), vectors=np.ascontiguousarray(vector[None]))
    return replace(alone.profile(0, columns.weigh, columns.rarity), is_stored=False)


# The texts are the same for every snapshot, and analysing them takes longer than all else in a small one.
@lru_cache(maxsize=256)
def _alone(text: str, language: str) -> Columns:
    """Return the columns of an unrelated text, without its vector."""
    title, _, rest = text.partition(TITLE_END.get(language, ". "))
    builder = ColumnsBuilder(terms_in(language))
    builder.add("", Article(title=title, excerpt=rest), title, rest, language=language)
    return builder.build(np.empty((1, 0), dtype=np.float32))


def _share_words(columns: Columns, profiles: Sequence[Profile]) -> list[Rows]:
    """Return the rows that share the rarest words with each profile, in one pass over all terms."""
    asked = [(profile.query.hashes, profile.query.idf) for profile in profiles]
    wanted = np.zeros(len(columns.vocabulary), dtype=bool)
    places = [locate(columns.vocabulary, hashes) for hashes, _ in asked]
    for found, known in places:
        wanted[found[known]] = True
    entries = np.flatnonzero(wanted[columns.text.ids])
    rows = np.searchsorted(columns.text.indptr, entries, side="right") - 1
    terms = columns.text.ids[entries]
    shared = []
    for (found, known), (_, idf) in zip(places, asked, strict=True):
        worth = np.zeros(len(columns.vocabulary), dtype=np.float32)
        worth[found[known]] = idf[known]
        scores = np.bincount(rows, worth[terms], minlength=len(columns)).astype(np.float32)
        matching = np.flatnonzero(scores)
        shared.append(matching[largest(scores[matching], CHANCE_CANDIDATES)])
    return shared


def days_per_article(days: NDArray[np.float64]) -> float:
    """Return how many days pass from one publication to the next; NaN if fewer than two articles have a date.

    The middle nine tenths of the dates count, so that a single wrong year does not slow a site down.
    """
    dated = np.sort(days[~np.isnan(days)])
    if len(dated) < 2:
        return float("nan")
    first, last = np.quantile(dated, (0.05, 0.95))
    return float(last - first) / (0.9 * len(dated))
