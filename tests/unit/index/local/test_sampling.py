"""What is sampled of a collection: random pairs, neighbours, what unrelated texts find, its rhythm."""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.columns import make_columns

from recommender.index.local.sampling import (
    CHANCE_CANDIDATES,
    NEIGHBOURS,
    SAMPLE_CANDIDATES,
    SAMPLE_QUERIES,
    chance_pairs,
    days_per_article,
    sample_pairs,
)
from recommender.ranking.chance import UnrelatedTexts, unrelated
from recommender.ranking.features import FEATURES

ENGLISH = UnrelatedTexts("en", np.tile(np.array([0.6, 0.8], dtype=np.float32), (len(unrelated()["en"]), 1)))


def test_an_article_is_never_paired_with_itself():
    for count in [2, 3, SAMPLE_CANDIDATES, SAMPLE_CANDIDATES + 1, 400]:
        # No two vectors are the same, so that only an article with itself has a cosine of 1; titles differ as well.
        columns = make_columns(count)
        found = sample_pairs(columns).random_pairs
        assert (found[:, FEATURES.index("title")] < 0.999).all(), count


def test_a_small_collection_gives_all_pairs_and_a_large_one_a_sample():
    for count, pairs in [
        (0, 0),
        (1, 0),
        (2, 2),
        (5, 20),
        (SAMPLE_CANDIDATES + 10, (SAMPLE_CANDIDATES + 10) * SAMPLE_CANDIDATES),
        (SAMPLE_QUERIES + 50, SAMPLE_QUERIES * SAMPLE_CANDIDATES),
    ]:
        found = sample_pairs(make_columns(count)).random_pairs
        assert found.shape == (pairs, len(FEATURES)), count
        assert found.dtype == np.float32, count


def test_sampling_twice_gives_the_same_pairs():
    columns = make_columns(SAMPLE_QUERIES + 50, ["2021-04-16"] * 100)
    first, second = sample_pairs(columns), sample_pairs(columns)
    for name in ("random_pairs", "neighbour_days", "articles", "days_per_article"):
        assert np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True), name


def test_neighbour_days_are_those_of_the_nearest_articles():
    # The vectors turn evenly, so the neighbours of the first article are the ones after it.
    count = NEIGHBOURS + 5
    columns = make_columns(count, [f"2021-04-{day:02}" for day in range(1, count + 1)])
    found = sample_pairs(columns).neighbour_days
    assert found[:NEIGHBOURS].tolist() == list(range(1, NEIGHBOURS + 1))
    assert len(found) == count * NEIGHBOURS


def test_few_articles_have_fewer_neighbours():
    for count, pairs in [(0, 0), (1, 0), (2, 2), (4, 12)]:
        assert len(sample_pairs(make_columns(count)).neighbour_days) == pairs, count


# Unrelated texts.


def test_each_unrelated_text_is_compared_with_what_is_most_like_it():
    found = chance_pairs(make_columns(200), lambda language: ENGLISH)
    assert set(found.owner.tolist()) == set(range(len(ENGLISH.vectors)))
    assert (np.diff(found.owner) >= 0).all()
    counts = np.bincount(found.owner)
    assert ((counts >= CHANCE_CANDIDATES) & (counts <= 2 * CHANCE_CANDIDATES)).all()
    assert found.pairs[:, FEATURES.index("cosine")].min() > 0.9
    assert np.isnan(found.pairs[:, FEATURES.index("days_apart")]).all()


@pytest.mark.parametrize(("count", "known"), [(0, ENGLISH), (5, None)], ids=["no articles", "no vectors"])
def test_where_nothing_is_known_of_chance_there_are_no_pairs(count: int, known: UnrelatedTexts | None):
    assert not len(chance_pairs(make_columns(count), lambda language: known).owner)


# The rhythm.


@pytest.mark.parametrize(
    ("days", "each"), [([0.0], math.nan), ([], math.nan), ([math.nan] * 3, math.nan), (np.arange(100.0) * 7, 7.0)]
)
def test_the_days_per_article(days, each: float):
    assert days_per_article(np.array(days, dtype=np.float64)) == pytest.approx(each, rel=0.02, nan_ok=True)


def test_one_wrong_year_does_not_slow_a_site_down():
    days = np.array([*np.arange(100.0), -40_000.0])
    assert days_per_article(days) == pytest.approx(1, rel=0.05)
