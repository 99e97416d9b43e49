"""What a score means: its percentile among random pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from support.columns import make_columns

from recommender.config import RankingSettings
from recommender.index.local.sampling import sample_pairs
from recommender.ranking.calibration import (
    LEAST_MINIMUM,
    MOST_MINIMUM,
    Calibration,
    Samples,
    default_min_score,
    neutral_closeness,
    unrelated_cosines,
)
from recommender.ranking.chance import unrelated
from recommender.ranking.features import FEATURES
from recommender.ranking.scorers import FeatureScorer, make_scorer

COSINE = FEATURES.index("cosine")
DENSE = make_scorer("dense", RankingSettings(), 10.0, 0.0)
DEFAULT = make_scorer("default", RankingSettings(), 10.0, 0.2)
PRIOR = (0.0, 0.1, 0.2)
"""The cosines of unrelated texts under an encoder that no one has."""


def own_pairs(cosines: Sequence[float], articles: int) -> Samples:
    pairs = np.zeros((len(cosines), len(FEATURES)), dtype=np.float32)
    pairs[:, COSINE] = cosines
    return Samples(pairs, np.empty(0, dtype=np.float32), articles)


def neighbours(days: Sequence[float]) -> Samples:
    return own_pairs([], 0)._replace(neighbour_days=np.array(days, dtype=np.float32))


def percentile(articles: int, own: Sequence[float], score: float) -> float:
    return float(Calibration(DENSE, own_pairs(own, articles), PRIOR).percentile(np.array([score]))[0])


def test_the_unrelated_texts_are_many_short_and_different():
    texts = list(unrelated()["en"])
    assert len(set(texts)) == len(texts) >= 40
    assert all(20 < len(text) < 200 for text in texts)


def test_unrelated_cosines_are_ascending_quantiles_of_all_pairs():
    vectors = np.eye(3, dtype=np.float32)
    vectors[2] = [0.6, 0.8, 0]
    found = unrelated_cosines(vectors)
    assert list(found) == sorted(found)
    assert (found[0], found[len(found) // 2], found[-1]) == (0.0, 0.6, 0.8)


def test_a_percentile_never_falls_and_stays_below_one():
    for articles in [0, 1, 5, 100, 100_000]:
        scores = np.linspace(-2, 2, 101)
        found = Calibration(DENSE, own_pairs([0.1, 0.3, 0.3, 0.9], articles), PRIOR).percentile(scores)
        assert (np.diff(found) >= 0).all(), articles
        assert found[0] == 0, articles
        assert found[-1] < 1, articles


def test_a_score_that_equals_a_pairs_is_not_above_it():
    assert percentile(10**12, [0.5, 0.5, 0.5], 0.5) == pytest.approx(0, abs=1e-9)
    assert percentile(10**12, [0.5, 0.5, 0.5], 0.51) == pytest.approx(3 / 4)


def test_the_collections_own_pairs_weigh_more_the_larger_it_is():
    for articles, own_share in [(2, 0), (10, 0), (11, 1 / 101), (110, 0.5), (310, 0.75), (99_910, 0.999)]:
        # The score is above no pair of its own, and above all pairs of unrelated texts, which share no words.
        own = own_pairs([float(np.median(PRIOR))] * len(PRIOR), articles)
        own.random_pairs[:, FEATURES.index("text")] = 0.9
        found = Calibration(FeatureScorer("lexical", "text"), own, PRIOR).percentile(np.array([0.5]))
        assert found[0] == pytest.approx((1 - own_share) * len(PRIOR) / (len(PRIOR) + 1)), articles


def test_where_all_is_alike_unrelated_texts_count_as_nearer_too():
    # Every pair has the cosine 0.4 more than unrelated texts have; so has a new one, and that is nothing special.
    own = [float(cosine) + 0.4 for cosine in PRIOR] * 40
    at_the_median = float(np.median(PRIOR)) + 0.4
    assert percentile(100, own, at_the_median + 0.01) < 0.8
    assert percentile(10, own, at_the_median + 0.01) > 0.98


@pytest.mark.parametrize("articles", [0, 1])
def test_without_pairs_of_its_own_the_unrelated_texts_alone_count(articles: int):
    assert percentile(articles, [], 0.15) == pytest.approx(2 / 4)


def test_pairs_of_unrelated_texts_share_no_words():
    pairs = own_pairs([0.0] * 50, 1)
    pairs.random_pairs[:, [FEATURES.index(name) for name in ("text", "title")]] = 1
    pairs.random_pairs[:, FEATURES.index("days_apart")] = 1000
    score = np.array([0.25])
    assert Calibration(DEFAULT, pairs, PRIOR).percentile(score)[0] > 0.95


def test_pairs_of_unrelated_texts_are_no_hubs():
    # The candidates of all its own pairs are hubs, so that a hub's score is above those of its own alone.
    pairs = own_pairs([0.0] * 50, 1)
    pairs.random_pairs[:, FEATURES.index("hubness")] = 0.5
    found = Calibration(DEFAULT, pairs, (0.0, 0.0, 0.0)).percentile(np.array([-0.1, 0.1]))
    assert found.tolist() == [0, 50 / 51]


def test_an_empty_list_of_scores_has_no_percentiles():
    assert Calibration(DENSE, own_pairs([0.5], 3), PRIOR).percentile(np.empty(0)).shape == (0,)


def test_a_calibration_is_the_same_every_time():
    samples = sample_pairs(make_columns(30))
    assert samples.articles == 30
    scores = np.linspace(-1, 2, 50)
    first, second = (Calibration(DEFAULT, samples, PRIOR).percentile(scores) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_neutral_closeness_is_the_mean_over_neighbours_with_dates():
    assert neutral_closeness(neighbours([0, 10, math.nan]), 10) == pytest.approx((1 + math.exp(-1)) / 2)


@pytest.mark.parametrize("days", [[], [math.nan, math.nan]])
def test_neutral_closeness_without_dates_is_nothing(days: list[float]):
    assert neutral_closeness(neighbours(days), 10) == 0


def test_the_minimum_that_nobody_chose_rises_with_the_number_of_articles():
    for articles, least in [(0, 0.98), (1, 0.98), (60, 0.98), (120, 0.99), (240, 0.995), (100_000, 0.995)]:
        assert default_min_score(articles) == pytest.approx(least), articles


def test_the_minimum_that_nobody_chose_never_falls_and_stays_in_its_bounds():
    found = [default_min_score(articles) for articles in range(1000)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (LEAST_MINIMUM, MOST_MINIMUM)


def test_the_score_at_a_percentile_is_the_lowest_of_a_pair_that_reaches_it():
    for percentile, articles in product([0.0, 0.3, 0.9, 0.98], [0, 60, 100_000]):
        chance = np.random.default_rng(0)
        own = chance.normal(size=500).tolist()
        calibration = Calibration(DENSE, own_pairs(own, articles), tuple(chance.normal(size=200)))
        found = calibration.score_at(percentile)
        lower = np.array([score for score in np.float32(own).tolist() if score < found])
        assert calibration.percentile(np.array([found]))[0] >= percentile, (articles, percentile)
        assert (calibration.percentile(lower) < percentile).all(), (articles, percentile)


def test_a_score_reaches_a_minimum_just_where_its_percentile_does():
    chance = np.random.default_rng(0)
    for articles in (0, 60, 100_000):
        own = np.float32(chance.normal(size=300)).tolist()
        calibration = Calibration(DENSE, own_pairs(own, articles), tuple(chance.normal(size=100)))
        borders = np.array([*own, *np.nextafter(own, np.inf), *np.nextafter(own, -np.inf), -9.0, 9.0])
        percentiles = calibration.percentile(borders)
        for minimum in (-np.inf, 0.0, *percentiles[:50].tolist(), 0.5, 0.9, 0.999, np.inf):
            assert (calibration.reaching(borders, minimum) == (percentiles >= minimum)).all(), (articles, minimum)


def test_a_percentile_that_no_pair_reaches_has_no_score():
    assert Calibration(DENSE, own_pairs([0.5] * 100, 100_000), (0.5,)).score_at(0.9) == np.inf
