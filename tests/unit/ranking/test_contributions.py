"""What each feature contributes to a learned score."""

from __future__ import annotations

import numpy as np
import pytest
from support.tuning import hand_made

from recommender.ranking.features import FEATURES
from recommender.ranking.learned import Tree


@pytest.fixture
def features() -> np.ndarray:
    made = np.random.default_rng(3).random((50, len(FEATURES))).astype(np.float32)
    made[::7, FEATURES.index("quality")] = np.nan
    return made


@pytest.mark.parametrize("count", [(), (60, 30, 10)])
def test_contributions_sum_to_the_odds_of_the_score(features: np.ndarray, count: tuple[int, ...]):
    # By meaning first, then by quality, which is unknown of some.
    tree = Tree(
        feature=(0, 1),
        threshold=(0.4, 0.7),
        unknown_left=(True, False),
        left=(-1, -2),
        right=(1, -3),
        value=(-0.9, 0.2, 1.5),
        count=count,
    )
    scorer = hand_made(features=("cosine", "quality"), trees=(tree, tree))
    found = scorer.contributions(features)
    odds = np.log(scorer.score(features) / (1 - scorer.score(features)))
    np.testing.assert_allclose(sum(found.values()), odds, rtol=1e-6)
    assert list(found) == ["start", "cosine", "quality"]
