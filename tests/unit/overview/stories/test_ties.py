from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from recommender.overview.stories import ties
from recommender.overview.stories.ties import Material, find_ties


def material(days: list[float], vectors: np.ndarray | None = None, **more: float) -> Material:
    count = len(days)
    if vectors is None:
        vectors = np.random.default_rng(1).normal(size=(count, 8))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return Material([f"a{number:03}" for number in range(count)], np.array(days), unit, np.arange(count), **more)


def strengths(found: ties.Ties) -> dict[tuple[int, int], float]:
    return dict(zip(zip(*(column.tolist() for column in found[:2]), strict=True), found.strength.tolist(), strict=True))


def test_ties_are_those_of_every_pair_compared_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ties, "_ROWS", 7)
    monkeypatch.setattr(ties, "_COLUMNS", 5)
    made = material(sorted(np.random.default_rng(2).uniform(0, 40, 60).tolist()))
    centred = made.vectors - 60 / 80 * made.vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    expected = {}
    for one, other in itertools.combinations(range(60), 2):
        fading = math.exp(-max(made.days[other] - made.days[one] - 1, 0) / 14)
        if (strength := float(centred[one] @ centred[other]) * fading) >= 0.3:
            expected[one, other] = strength
    found = strengths(find_ties(made, least=0.3, fades_in_days=14))
    assert found == pytest.approx(expected, abs=1e-5)
    assert len(found) > 20


def test_an_article_keeps_its_strongest_ties(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ties, "MOST_TIES", 2)
    made = material([0.0] * 30)
    every = strengths(find_ties(made, least=0.01, centred=False))
    monkeypatch.setattr(ties, "MOST_TIES", 1000)
    for one in range(30):
        mine = sorted((tie for (first, _), tie in every.items() if first == one), reverse=True)
        whole = strengths(find_ties(made, least=0.01, centred=False))
        assert mine == sorted((tie for (first, _), tie in whole.items() if first == one), reverse=True)[:2]


def test_articles_without_a_date_have_no_ties():
    alike = np.ones((4, 8))
    found = find_ties(material([1.0, 2.0, math.nan, math.nan], alike), centred=False)
    assert list(strengths(found)) == [(0, 1)]


@pytest.mark.parametrize("days", [[], [1.0], [math.nan]])
def test_so_few_articles_have_no_ties(days: list[float]):
    assert strengths(find_ties(material(days))) == {}


def test_a_slow_site_forgets_more_slowly_but_not_what_comes_every_month():
    fades = [material([0.0], days_per_article=days).fades_in_days for days in (math.nan, 0.01, 4.0, 9.0, 400.0)]
    assert fades == [14.0, 14.0, 20.0, 30.0, 34.0]
    monthly = find_ties(material([0.0, 28.0], np.ones((2, 8)), days_per_article=400.0), centred=False)
    weekly = find_ties(material([0.0, 8.0], np.ones((2, 8)), days_per_article=400.0), centred=False)
    assert len(monthly.first) == 0
    assert len(weekly.first) == 1
