"""Train/test splits of judgements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from recommender.errors import JudgementsError
from recommender.evaluation.splitting import FOLDS, LEARN, NEITHER, TEST, By, Split, refuse_leaks, split

Graph = dict[int, dict[int, int]]

graphs = st.dictionaries(
    st.integers(0, 39), st.dictionaries(st.integers(0, 39), st.integers(0, 2), min_size=1, max_size=4), min_size=1
).map(lambda drawn: {query: {row: g for row, g in each.items() if row != query} for query, each in drawn.items()})
dates = st.lists(st.one_of(st.just(math.nan), st.floats(0, 30)), min_size=40, max_size=40)


def split_of(judged: Graph, days: list[float], by: By, test_from: float | None = None) -> Split:
    rows = {row for query, grades in judged.items() for row in (query, *grades)}
    return split(judged, {row: f"id-{row}" for row in rows}, np.array(days), by, test_from)


def stories(sizes: list[int]) -> Graph:
    """Judgements of stories with these numbers of articles, each related to the next one of its story."""
    ends = np.cumsum(sizes).tolist()
    return {
        row: {row + 1 if row + 1 < end else end - size: 1}
        for size, end in zip(sizes, ends, strict=True)
        for row in range(end - size, end)
    }


def undated(count: int) -> list[float]:
    return [math.nan] * count


@examples(150)
@given(graphs, dates, st.sampled_from([By.time, By.story, By.article]))
def test_a_pair_of_one_side_is_on_no_other(judged: Graph, days: list[float], by: By):
    try:
        parted = split_of(judged, days, by)
    except JudgementsError:
        assert by is By.time
        assert all(math.isnan(days[query]) for query in judged)
        return
    sides = parted.sides
    # A query is learned from with candidates that are not of the test side, and tested with all: as tuning does it.
    pairs = {side: [(q, row) for q in judged for row in range(40) if sides[q] == side] for side in (LEARN, TEST)}
    learned = [(query, row) for query, row in pairs[LEARN] if sides[row] != TEST]
    refuse_leaks(np.array(learned).reshape(-1, 2), np.array(pairs[TEST]).reshape(-1, 2))
    assert set(np.unique(sides).tolist()) <= {LEARN, TEST, NEITHER}


@examples(100)
@given(graphs)
def test_a_story_stays_on_one_side_and_in_one_fold(judged: Graph):
    parted = split_of(judged, undated(40), By.story)
    for query, grades in judged.items():
        for row, grade in grades.items():
            if grade > 0:
                assert parted.sides[query] == parted.sides[row]
                assert parted.folds[query] == parted.folds[row]


@examples(50)
@given(graphs, dates, st.sampled_from([By.story, By.article]))
def test_every_judged_article_has_a_side_and_a_fold_and_no_other_has(judged: Graph, days: list[float], by: By):
    parted = split_of(judged, days, by)
    known = {row for query, grades in judged.items() for row in (query, *grades)}
    for row in range(40):
        assert (parted.sides[row] in {LEARN, TEST}) == (row in known)
        assert (0 <= parted.folds[row] < FOLDS) == (row in known)


@pytest.mark.parametrize("by", [By.story, By.article])
def test_about_three_in_ten_are_tested_on(by: By):
    parted = split_of(stories([2] * 500), undated(1000), by)
    assert 0.25 < np.mean(parted.sides == TEST) < 0.35
    assert np.bincount(parted.folds).min() > 150


@pytest.mark.parametrize("by", [By.article, By.story])
def test_sides_stay_when_other_articles_are_added(by: By):
    few, many = stories([2] * 40), stories([2] * 90)
    first, second = split_of(few, undated(80), by), split_of(many, undated(180), by)
    assert first.sides.tolist() == second.sides[:80].tolist()
    assert first.folds.tolist() == second.folds[:80].tolist()


def test_sides_go_by_ids_and_not_by_rows():
    judged = stories([2] * 40)
    moved = {query + 7: {row + 7: grade for row, grade in grades.items()} for query, grades in judged.items()}
    ids = {row: f"id-{row}" for row in range(80)}
    first = split(judged, ids, np.full(80, math.nan), By.article)
    second = split(moved, {row + 7: name for row, name in ids.items()}, np.full(87, math.nan), By.article)
    assert first.sides.tolist() == second.sides[7:].tolist()


def test_time_is_cut_at_the_beginning_of_a_day_so_that_about_three_in_ten_are_after_it():
    parted = split_of(stories([2] * 50), [number / 3 for number in range(100)], By.time)
    assert parted.test_from == 23.0
    assert parted.cut == "1970-01-24"
    assert parted.sides.tolist() == [LEARN] * 69 + [TEST] * 31


def test_the_moment_of_the_cut_itself_is_tested_on():
    parted = split_of(stories([4]), [1.0, 2.0, 3.0, math.nan], By.time, test_from=2.0)
    assert parted.sides.tolist() == [LEARN, TEST, TEST, NEITHER]


def test_further_articles_are_put_on_the_side_of_their_date():
    days = [1.0, 2.0, 3.0, 1.5, 2.5, math.nan]
    parted = split_of({0: {1: 1}, 1: {2: 1}}, days, By.time, test_from=2.0)
    assert parted.sides[3:].tolist() == [NEITHER] * 3
    parted.put(np.array([3, 4, 5]), np.array(days[3:]))
    assert parted.sides[3:].tolist() == [LEARN, TEST, NEITHER]


def test_further_articles_are_on_no_side_where_time_does_not_decide():
    parted = split_of(stories([2, 2]), undated(6), By.article)
    parted.put(np.array([4, 5]), np.array([1.0, 2.0]))
    assert parted.sides[4:].tolist() == [NEITHER, NEITHER]
    assert parted.cut is None


def test_a_split_by_time_needs_dates():
    with pytest.raises(JudgementsError, match="no judged article has a date") as caught:
        split_of(stories([2, 2]), undated(4), By.time)
    assert caught.value.hint == "related tune --split story"


@pytest.mark.parametrize(
    ("sizes", "days", "by"),
    [
        pytest.param([2] * 50, [float(number) for number in range(100)], By.time, id="all have dates"),
        pytest.param([2] * 50, [float(n) if n % 20 else math.nan for n in range(100)], By.time, id="nearly all"),
        pytest.param([2] * 50, [float(n) if n % 5 else math.nan for n in range(100)], By.story, id="too few"),
        pytest.param([2] * 50, [n % 5 + n / 1000 for n in range(100)], By.story, id="of five days alone"),
        pytest.param([2] * 50, undated(100), By.story, id="no dates and small stories"),
        pytest.param([10] * 10, undated(100), By.story, id="no dates and stories of a tenth"),
        pytest.param([11, 89], undated(100), By.article, id="no dates and a large story"),
    ],
)
def test_dates_decide_then_small_stories_then_articles(sizes: list[int], days: list[float], by: By):
    assert split_of(stories(sizes), days, By.auto).by is by


def test_a_cut_that_is_given_makes_it_a_split_by_time():
    parted = split_of(stories([2] * 5), [1.0] * 5 + [2.0] * 5, By.auto, test_from=2.0)
    assert (parted.by, parted.test_from) == (By.time, 2.0)


@pytest.mark.parametrize("pair", [[3, 4], [4, 3]])
def test_a_pair_on_both_sides_is_refused_whichever_way_it_stands(pair: list[int]):
    with pytest.raises(JudgementsError, match=r"1 pairs of articles are on both sides .* rows \[3, 4\]"):
        refuse_leaks(np.array([[1, 2], [4, 3], [3, 4]]), np.array([[5, 6], pair]))


def test_other_pairs_of_the_same_articles_are_not_refused():
    refuse_leaks(np.array([[1, 2], [2, 1], [3, 4]]), np.array([[1, 3], [2, 4], [4, 2]]))


def test_no_pairs_have_none_in_common():
    refuse_leaks(np.empty((0, 2), dtype=np.int64), np.array([[1, 2]]))
