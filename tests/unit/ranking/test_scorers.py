"""Features -> scores: the weighted sum and the single features."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.config import RankingSettings
from recommender.errors import ConfigError
from recommender.ranking.features import FEATURES, Features
from recommender.ranking.scorers import LONER_SHARE, WeightedScorer, closeness_in_time, make_scorer

UNTRAINED = ("default", "dense", "lexical")
WEIGHTS = RankingSettings(cosine=2, text=0.25, title=0.75, topics=0.2, closeness=0.5, hubs=0.5)


def pairs(*rows: dict[str, float]) -> Features:
    """Rows of features; what is not named is unknown, or not shared."""
    lacking = {"shared_topics": 0.0, "shared_authors": 0.0}
    return np.array(
        [[row.get(name, lacking.get(name, math.nan)) for name in FEATURES] for row in rows], dtype=np.float32
    )


SOME = pairs(
    {"cosine": 0.5, "text": 0.25, "title": 0.125, "days_apart": 0, "hubness": 0.25, "shared_topics": 0.5},
    {"cosine": -0.5, "text": 0, "title": 1, "days_apart": 4, "hubness": -0.125},
    {"cosine": 0, "text": 1, "title": 0, "days_apart": math.nan, "hubness": 0},
)


def test_closeness_in_time_falls_from_one_with_the_root_of_the_days():
    days = np.array([0, 2.5, 10, 40, math.nan])
    expected = [1, math.exp(-0.5), math.exp(-1), math.exp(-2), math.nan]
    assert closeness_in_time(days, 10) == pytest.approx(expected, nan_ok=True)


def test_the_weighted_score_is_what_is_shared_raised_by_closeness_in_time():
    shared = [
        2 * 0.5 + 0.25 * 0.25 + 0.75 * 0.125 + 0.2 * 0.5 - 0.5 * 0.25,
        2 * -0.5 + 0.75 * 1 + 0.5 * LONER_SHARE * 0.125,
        0.25 * 1,
    ]
    raised = [1 + 0.5, 1 + 0.5 * math.exp(-1), 1 + 0.5 * 0.3]
    expected = [one * other for one, other in zip(shared, raised, strict=True)]
    assert WeightedScorer(WEIGHTS, 4.0, neutral_closeness=0.3).score(SOME) == pytest.approx(expected)


def test_a_score_equals_the_sum_of_its_parts():
    for name in UNTRAINED:
        scorer = make_scorer(name, WEIGHTS, 4.0, 0.3)
        parts = scorer.parts(SOME)
        assert scorer.score(SOME) == pytest.approx(sum(parts.values())), name
        assert all(part.shape == (len(SOME),) and part.dtype == np.float64 for part in parts.values()), name


def test_the_weighted_parts_are_named_after_the_settings():
    assert list(WeightedScorer(WEIGHTS, 4.0).parts(SOME)) == [
        "cosine",
        "text",
        "title",
        "topics",
        "authors",
        "hubs",
        "closeness",
    ]


def test_a_hub_loses_its_weighted_hubness_and_what_lies_apart_gains_a_share_of_it():
    hubs = WeightedScorer(WEIGHTS, 4.0).parts(SOME)["hubs"]
    assert hubs == pytest.approx([-0.5 * 0.25, 0.5 * LONER_SHARE * 0.125, 0])


def test_what_lies_apart_gains_less_than_a_hub_loses():
    hub, apart = WeightedScorer(WEIGHTS, 4.0).parts(pairs({"hubness": 0.2}, {"hubness": -0.2}))["hubs"]
    assert 0 < apart < -hub


def test_of_two_that_are_equally_near_the_hub_comes_after_the_other():
    near = {"cosine": 0.8, "text": 0.2, "title": 0.1, "days_apart": 3}
    hub, other = WeightedScorer(RankingSettings()).score(pairs({**near, "hubness": 0.2}, {**near, "hubness": 0}))
    assert hub < other


def test_without_hub_control_hubness_changes_nothing():
    weights = WEIGHTS.model_copy(update={"hubs": 0.0})
    other = SOME.copy()
    other[:, FEATURES.index("hubness")] = 7
    assert WeightedScorer(weights).score(other).tolist() == WeightedScorer(weights).score(SOME).tolist()


def test_a_pair_without_a_date_gets_the_neutral_closeness():
    for neutral in [0.0, 0.25, 1.0]:
        parts = WeightedScorer(WEIGHTS, 4.0, neutral_closeness=neutral).parts(SOME)
        shared = 0.25
        assert parts["closeness"][2] == pytest.approx(WEIGHTS.closeness * neutral * shared), neutral


def test_closeness_in_time_alone_makes_nothing_related():
    nothing = {"cosine": 0, "text": 0, "title": 0, "hubness": 0}
    far, near = ({**nothing, "days_apart": days} for days in (1000, 0))
    assert WeightedScorer(WEIGHTS, 4.0).score(pairs(far, near)).tolist() == [0, 0]


def test_features_that_the_weighted_sum_does_not_use_change_nothing():
    other = SOME.copy()
    for name in ("rare_title_words", "same_topics", "same_provider", "same_language", "quality"):
        other[:, FEATURES.index(name)] = 7
    assert WeightedScorer(WEIGHTS, 4.0).score(other).tolist() == WeightedScorer(WEIGHTS, 4.0).score(SOME).tolist()


@pytest.mark.parametrize(("name", "feature"), [("dense", "cosine"), ("lexical", "text")])
def test_a_feature_scorer_gives_one_feature_alone(name: str, feature: str):
    scorer = make_scorer(name, WEIGHTS, 4.0, 0.3)
    assert scorer.name == name
    assert scorer.score(SOME).tolist() == SOME[:, FEATURES.index(feature)].tolist()


def test_the_default_scorer_takes_weights_and_neutral_closeness():
    assert make_scorer("default", WEIGHTS, 4.0, 0.3) == WeightedScorer(WEIGHTS, 4.0, 0.3)


def test_no_pairs_have_no_scores():
    for name in UNTRAINED:
        assert make_scorer(name, WEIGHTS, 4.0, 0.3).score(SOME[:0]).shape == (0,), name


def test_an_unknown_scorer_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="there is no scorer 'fancy'; expected default or dense or lexical"):
        make_scorer("fancy", WEIGHTS, 4.0, 0.3)
