"""Learning to rank: cross-validation folds, trees and probabilities."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.tuning import scorer_file

from recommender.errors import ConfigError
from recommender.evaluation import learning
from recommender.evaluation.learning import USED, Query, cross_validate, fit, platt
from recommender.evaluation.splitting import FOLDS
from recommender.ranking.features import DIRECTIONS, FEATURES
from recommender.ranking.learned import LearnedScorer

QUALITY, COSINE = (FEATURES.index(name) for name in ("quality", "cosine"))


def queries(count: int = 60, seed: int = 0) -> list[Query]:
    """Queries whose related articles have a high cosine; `quality` is the candidate's row."""
    chance = np.random.default_rng(seed)
    folds = (np.arange(count) % FOLDS).astype(np.int8)
    made = []
    for row in range(count):
        rows = np.array([other for other in range(count) if other != row])
        features = chance.random((len(rows), len(FEATURES))).astype(np.float32)
        features[:, QUALITY] = rows
        grades = (features[:, COSINE] > 0.9).astype(np.int64)
        made.append(Query(row, rows, features, grades, np.ones(len(rows), bool), int(folds[row]), folds[rows]))
    return made


class Recorded:
    """A stand-in for lightgbm that records its training data."""

    def __init__(self) -> None:
        self.trained: list[tuple[set[int], set[int]]] = []

    def Dataset(self, matrix: np.ndarray, labels: np.ndarray, group: list[int], feature_name: list[str]) -> Any:  # noqa: N802
        return SimpleNamespace(rows=set(matrix[:, USED.index("quality")].astype(int).tolist()), group=group)

    def record_evaluation(self, history: dict[str, Any]) -> Any:
        history["valid_0"] = {"ndcg@10": [0.1, 0.3, 0.2]}

    def train(self, parameters: object, data: Any, rounds: int, valid_sets: list[Any], callbacks: object) -> Any:
        self.trained.append((data.rows, valid_sets[0].rows))
        seen = data.rows
        return SimpleNamespace(
            predict=lambda matrix, num_iteration: np.array([len(seen & {int(matrix[0, 0])})] * len(matrix))
        )


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    library = Recorded()
    monkeypatch.setattr(learning, "lightgbm", lambda: library)
    yield library


def test_a_fold_is_learned_without_any_pair_of_its_articles(recorded: Recorded):
    some = queries()
    rounds, margins = cross_validate(some, lambda: None)
    assert rounds == 2
    assert [len(each) for each in margins] == [len(query.rows) for query in some]
    assert len(recorded.trained) == FOLDS
    missing = sorted(min(set(range(60)) - learned) for learned, _ in recorded.trained)
    assert missing == list(range(FOLDS))
    for learned, _ in recorded.trained:
        assert len({row % FOLDS for row in learned}) == FOLDS - 1


def test_every_fold_is_reported(recorded: Recorded):
    told: list[int] = []
    cross_validate(queries(), lambda: told.append(1))
    assert len(told) == FOLDS


def test_folds_without_answers_have_no_margins(recorded: Recorded):
    some = [query for query in queries() if query.fold == 0]
    rounds, margins = cross_validate(some, lambda: None)
    assert (rounds, recorded.trained) == (1, [])
    assert all(np.isnan(each).all() for each in margins)


@pytest.mark.usefixtures("lightgbm")
def test_trees_learn_from_grades_and_are_monotone():
    fitted = fit(queries(), 20)
    assert fitted.features == USED
    assert len(fitted.trees) == 20
    assert max(fitted.importances, key=fitted.importances.__getitem__) == "cosine"
    assert sum(fitted.importances.values()) == pytest.approx(1)
    scorer = LearnedScorer(scorer_file(features=fitted.features, trees=fitted.trees), "the test")
    features = np.full((50, len(FEATURES)), 0.5, dtype=np.float32)
    for name, direction in DIRECTIONS.items():
        if name in USED:
            line = features.copy()
            line[:, FEATURES.index(name)] = np.linspace(0, 1, 50)
            assert (direction * np.diff(scorer.margin(line)) >= -1e-12).all(), name


def test_probabilities_are_calibrated():
    chance = np.random.default_rng(0)
    margins = chance.normal(size=20_000)
    relevant = chance.random(20_000) < 1 / (1 + np.exp(-(1.5 * margins - 2)))
    assert platt(margins, relevant) == pytest.approx((1.5, -2), abs=0.1)


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (ImportError("no"), "needs lightgbm, which is not installed", "pip install 'related-articles[tune]'"),
        (OSError("libgomp.so.1: no such file"), "cannot be loaded: libgomp.so.1", "install libgomp1"),
    ],
)
def test_a_missing_library_is_an_error(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str, hint: str):
    class Missing:
        def find_spec(self, name: str, *others: object) -> None:
            if name == "lightgbm":
                raise error

    monkeypatch.delitem(sys.modules, "lightgbm", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(ConfigError, match=said) as caught:
        learning.lightgbm()
    assert (caught.value.hint or "").startswith(hint)
