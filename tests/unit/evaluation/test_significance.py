"""Bootstrap intervals, randomisation tests and Holm's correction."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from recommender.evaluation import significance
from recommender.evaluation.significance import compare, holm, interval, p_text


def drawn(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).beta(2, 3, count)


def test_an_interval_covers_the_mean_95_times_in_100(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(significance, "RESAMPLES", 1000)
    covered = 0
    for seed in range(400):
        low, high = interval(drawn(80, seed), seed=seed)
        covered += low <= 2 / 5 <= high
    # Of 400 intervals with 0.95 each, fewer than 365 or more than 394 cover it once in a thousand times.
    assert 365 <= covered <= 394


def test_false_positives_occur_5_times_in_100(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(significance, "RESAMPLES", 1000)
    found = [compare(drawn(40, seed), drawn(40, seed + 1000)).p_value for seed in range(400)]
    assert 8 <= sum(p < 0.05 for p in found) <= 35


def test_the_interval_of_the_mean_is_the_normal_one_where_there_are_many():
    values = drawn(4000)
    error = values.std() / len(values) ** 0.5
    assert interval(values) == pytest.approx(
        (values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.1 * error
    )


def test_equal_values_have_an_interval_of_no_width():
    assert interval(np.full(7, 0.5)) == (0.5, 0.5)


def test_identical_systems_differ_by_0_with_a_p_of_1():
    assert compare(drawn(50), drawn(50)) == (0, 0, 0, 1)


def test_a_clear_difference_has_the_least_p_and_an_interval_around_it():
    found = compare(drawn(50) + 0.1, drawn(50))
    assert found.difference == pytest.approx(0.1)
    assert (found.low, found.high) == pytest.approx((0.1, 0.1))
    assert found.p_value == 1 / 10_001


def test_the_p_value_is_the_share_of_sign_flips_as_large():
    # Of the 16 ways to give signs to these, those of one sign alone reach it: 2; with any other sign it is less.
    found = compare(np.array([0.1, 0.2, 0.3, 0.4]), np.zeros(4))
    assert found.p_value == pytest.approx(2 / 16, abs=0.015)


def test_rounding_does_not_affect_the_p_value():
    # 0.1 + 0.2 + 0.3 is another number than 0.3 + 0.2 + 0.1.
    found = compare(np.array([0.1, 0.2, 0.3]), np.zeros(3))
    assert found.p_value == pytest.approx(2 / 8, abs=0.015)


def test_swapping_the_systems_only_flips_signs():
    first, second = drawn(60, 1), drawn(60, 2)
    forth, back = compare(first, second), compare(second, first)
    assert (back.difference, back.low, back.high) == pytest.approx((-forth.difference, -forth.high, -forth.low))
    assert back.p_value == forth.p_value


def test_the_same_values_give_the_same_figures():
    first, second = drawn(60, 1), drawn(60, 2)
    assert compare(first, second) == compare(first, second)
    assert interval(first) == interval(first) != interval(first, seed=1)


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_queries_are_no_error(count: int):
    values = drawn(count)
    assert compare(values + 0.5, values) == pytest.approx((0.5 * count, 0.5 * count, 0.5 * count, 1))
    assert interval(values) == pytest.approx((values.sum(), values.sum()))


def test_chunking_does_not_change_intervals(monkeypatch: pytest.MonkeyPatch):
    whole = interval(drawn(20))
    monkeypatch.setattr(significance, "_CHUNK", 7)
    assert interval(drawn(20)) == whole


def test_many_queries_need_little_memory():
    first, second = drawn(5000, 1), drawn(5000, 2)
    tracemalloc.start()
    compare(first, second)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 48 * 2**20


def plain_holm(p_values: list[float]) -> list[float]:
    """Holm's correction, straight from the definition."""
    order = sorted(p_values)
    return [
        max(min(1.0, (len(order) - rank) * low) for rank, low in enumerate(order) if low <= p_value)
        for p_value in p_values
    ]


def test_p_values_are_corrected_as_holm_says():
    for seed in range(50):
        random = np.random.default_rng(seed)
        p_values = [
            *random.choice([0.001, 0.01, 0.04, 0.3, 1.0], 4).tolist(),
            *random.uniform(0, 0.1, seed % 7).tolist(),
        ]
        assert holm(p_values) == pytest.approx(plain_holm(p_values))


def test_one_p_value_stays_and_none_is_none():
    assert (holm([0.03]), holm([])) == ([0.03], [])


def test_a_corrected_p_value_is_never_below_one_that_was_smaller():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_p_values_have_the_digits_that_mean_something():
    values = (1 / 10_001, 0.0009999, 0.001, 0.0344, 0.0496, 0.0999, 0.354, 1.0)
    assert [p_text(value) for value in values] == [
        "p < 0.001",
        "p < 0.001",
        "p = 0.001",
        "p = 0.034",
        "p = 0.0496",
        "p = 0.100",
        "p = 0.35",
        "p = 1.00",
    ]
