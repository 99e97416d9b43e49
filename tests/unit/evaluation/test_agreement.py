"""Krippendorff's alpha, and the agreement of judges."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from recommender.evaluation import krippendorff_alpha, measure_agreement
from recommender.evaluation.agreement import MIN_QUERIES


def units_of(*observers: str) -> list[list[int]]:
    """Units of observers whose values are written one after another; a dot is a missing one."""
    return [[ord(value) for value in unit if value != "."] for unit in zip(*observers, strict=True)]


# The worked examples of "Computing Krippendorff's alpha-reliability" (2011), with the values published there.
FOUR_OBSERVERS = units_of("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


@pytest.mark.parametrize(("scale", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_four_observers_with_missing_values(scale, published: float):
    assert krippendorff_alpha(FOUR_OBSERVERS, scale) == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize(
    ("observers", "published"),
    [(("0100000010", "1110010000"), 0.095), (("aabbdcccedda", "babbbccceddd"), 0.692)],
)
def test_two_observers(observers: tuple[str, str], published: float):
    assert krippendorff_alpha(units_of(*observers), "nominal") == pytest.approx(published, abs=0.0005)


UNITS = st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=12)


def by_definition(units: list[list[int]]) -> float | None:
    """1 - the mean squared difference within units / that between all values, pair by pair."""
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    pairs = list(permutations(values, 2))
    expected = sum((a - b) ** 2 for a, b in pairs) / max(1, len(pairs))
    within = sum(sum((a - b) ** 2 for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    return None if expected == 0 else 1 - within / len(values) / expected


@examples(100)
@given(UNITS)
def test_alpha_is_what_its_definition_says(units: list[list[int]]):
    expected = by_definition(units)
    found = krippendorff_alpha(units, "interval")
    assert found is None if expected is None else found == pytest.approx(expected)


@examples(60)
@given(UNITS, st.randoms())
def test_the_order_of_units_and_observers_does_not_matter(units: list[list[int]], chance):
    found = krippendorff_alpha(units)
    for unit in units:
        chance.shuffle(unit)
    chance.shuffle(units)
    assert krippendorff_alpha(units) == (None if found is None else pytest.approx(found))


def test_alpha_is_one_where_all_agree_and_not_defined_without_variation():
    assert krippendorff_alpha([[0, 0], [2, 2, 2], [1]]) == 1
    for units in ([], [[1]], [[1], [2]], [[1, 1], [1, 1]]):
        assert krippendorff_alpha(units) is None


def test_only_pairs_that_two_judges_graded_count():
    found = measure_agreement(
        {
            "ben": {"q": {"a": 0, "b": 2, "c": "unsure"}, "r": {"a": 1}},
            "anna": {"q": {"a": 0, "b": 1, "c": 2, "d": "unsure"}},
            "": {"q": {"d": "unsure"}},
        }
    )
    assert (found.judges, found.pairs, found.shared, found.unsure) == (2, 4, 2, 3)
    assert found.alpha == krippendorff_alpha([[0, 0], [2, 1]])
    assert found.interval is None
    assert found.differing == [("q", "b", {"anna": 1, "ben": 2})]


def test_the_pairs_that_differ_most_come_first():
    grades = {"near": (1, 2, 1), "far": (0, 2, 2), "split": (0, 2), "same": (1, 1, 1)}
    by_judge = {
        f"j{number}": {"q": {name: given[number] for name, given in grades.items() if number < len(given)}}
        for number in range(3)
    }
    assert [pair.article for pair in measure_agreement(by_judge).differing] == ["split", "far", "near"]


def test_the_interval_lies_around_alpha_and_is_the_same_each_time():
    by_judge = {
        judge: {
            f"q{query}": {f"a{place}": (place + (query * place + shift) % 4 // 3) % 3 for place in range(6)}
            for query in range(MIN_QUERIES * 2)
        }
        for shift, judge in enumerate(("anna", "ben", "cem"))
    }
    found = measure_agreement(by_judge)
    assert found.alpha is not None
    assert found.interval is not None
    low, high = found.interval
    assert low < found.alpha < high < 1
    assert measure_agreement(by_judge) == found


def test_without_judgements_nothing_is_defined():
    found = measure_agreement({})
    assert (found.alpha, found.interval, found.judges, found.shared, found.differing) == (None, None, 0, 0, [])
    same = {judge: {f"q{query}": {"a": 1} for query in range(MIN_QUERIES)} for judge in "ab"}
    assert (measure_agreement(same).alpha, measure_agreement(same).interval) == (None, None)
