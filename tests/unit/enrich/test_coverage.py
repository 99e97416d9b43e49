"""Coverage statistics of a run."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.enrich.coverage import Coverage
from recommender.enrich.listing import Listing, Outcome, PlannedPage
from recommender.errors import WriteError
from recommender.ranking.gini import gini


def slow_gini(counts: list[int]) -> float:
    """Half the relative mean absolute difference."""
    if not sum(counts):
        return 0.0
    return sum(abs(one - other) for one in counts for other in counts) / (2 * len(counts) * sum(counts))


def page(path: str, outcome: Outcome, *items: str, before: tuple[str, ...] = (), **fields: object) -> PlannedPage:
    listing = Listing("key", items, tuple(0.99 for _ in items), tuple(None for _ in items))
    return PlannedPage(path, outcome, path, listing, before, **fields)


def covered(*pages: PlannedPage, articles: int = 10) -> Coverage:
    coverage = Coverage(articles=articles)
    assert list(coverage.watch(pages)) == list(pages)
    return coverage


# How equally articles are recommended.


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_is_what_its_definition_says(counts: list[int]):
    shown = np.array([count for count in counts if count], dtype=np.int64)
    assert gini(shown, len(counts)) == pytest.approx(slow_gini(counts), abs=1e-12)


def test_gini_is_nought_where_all_are_shown_equally_often():
    assert gini(np.array([3, 3, 3]), 3) == pytest.approx(0)


def test_gini_is_nearly_one_where_one_is_everywhere():
    assert gini(np.array([100]), 100) == pytest.approx(0.99)


def test_gini_of_nothing_is_nought():
    assert gini(np.array([], dtype=np.int64), 0) == 0
    assert gini(np.array([], dtype=np.int64), 5) == 0


# What is counted.


def test_every_page_counts_by_its_outcome():
    coverage = covered(*(page(str(outcome), outcome) for outcome in Outcome))
    assert coverage.outcomes == Counter(Outcome)
    assert coverage.files == len(Outcome)
    assert coverage.changed == 4
    assert coverage.filled == 4


def test_items_and_those_that_were_there_before_are_counted():
    coverage = covered(
        page("a", Outcome.CHANGED, "x", "y", before=("y", "z")),
        page("b", Outcome.SAME, "x", before=("x",)),
        page("c", Outcome.FILLED, "x", "z"),
        page("d", Outcome.EMPTIED, before=("x",)),
    )
    assert coverage.recommended == {"x": 3, "y": 1, "z": 1}
    assert (coverage.items, coverage.items_before, coverage.gained, coverage.lost) == (5, 4, 1, 2)
    assert coverage.churn == 0.5
    assert coverage.shown_share == 0.3


def test_why_lists_are_empty_is_counted():
    empty = Listing("key", (), (), (), empty_because="nothing is related enough")
    coverage = covered(*(PlannedPage(path, Outcome.EMPTY, path, empty) for path in "ab"))
    assert coverage.empty_because == {"nothing is related enough": 2}


def test_scores_and_ages_are_counted_in_bins():
    listing = Listing(
        "key", tuple("abcde"), (0.9, 0.9499, 0.9999, 1.0, 0.98), (None, -400.0, 0.0, 0.5, 400.0), collapsed=2
    )
    coverage = covered(PlannedPage("p", Outcome.FILLED, "p", listing))
    assert [count for _, count in coverage.score_bins()] == [2, 0, 1, *[0] * 6, 1, 0, 0, 1]
    assert [label for label, count in coverage.age_bins() if count] == [
        "newer by over a year",
        "within a day",
        "older by over a year",
    ]
    assert coverage.collapsed == 2


def test_a_kept_block_is_listed_and_a_link_is_not():
    coverage = covered(
        PlannedPage("a", Outcome.KEPT, block_hash="h"), PlannedPage("b", Outcome.KEPT, why=("a link to a",))
    )
    assert coverage.kept == ["a"]


def test_a_page_that_failed_counts_as_a_problem_and_not_as_a_list():
    problem = WriteError("no")
    coverage = covered(page("a", Outcome.FAILED, "x", before=("y",), problem=problem))
    assert (coverage.problems, coverage.items, coverage.lost) == ([problem], 0, 0)


def test_stale_files_are_counted():
    assert covered(page("a", Outcome.SAME, "x", is_stale=True), page("b", Outcome.SAME, "x")).stale == 1


# What is said.


def test_what_is_passed_over_and_what_no_list_shows_is_said():
    coverage = covered(page("a", Outcome.NO_FIELD), articles=4)
    coverage.skipped.update({"draft": 2, "in the future": 1})
    coverage.without_address = 3
    said = dict(coverage.summary())
    assert said["files"] == "1: 1 without front matter"
    assert said["skipped"] == "2 draft, 1 in the future"
    assert said["no address"] == "3 articles, never recommended"
    found = coverage.to_json()
    assert (found["passedOver"], found["withoutAddress"]) == ({"draft": 2, "in the future": 1}, 3)


def test_the_summary_says_how_much_of_everything_there_is():
    empty = Listing("key", (), (), (), empty_because="nothing is related enough")
    coverage = covered(
        page("a", Outcome.CHANGED, "x", "y", before=("y", "z")),
        page("b", Outcome.SAME, "x", before=("x",)),
        PlannedPage("c", Outcome.EMPTY, "c", empty),
        articles=4,
    )
    assert coverage.summary() == [
        ("files", "3: 1 changed, 1 same, 1 empty"),
        ("filled", "2 (66.7%) of the requested files, 3 items"),
        ("empty", "1: 1 because nothing is related enough"),
        ("recommended", "2 (50.0%) of 4 articles at least once"),
        ("Gini", "0.583 (0: all equally often)"),
        ("most often", "x (2), y (1)"),
        ("duplicates", "0 collapsed into the best one"),
        ("churn", "1 items gained, 1 lost of 3 (33.3%)"),
    ]


def test_a_run_over_nothing_has_a_summary():
    coverage = covered(articles=0)
    assert dict(coverage.summary())["churn"] == "0 items gained, 0 lost of 0 (0.0%)"
    assert (coverage.churn, coverage.shown_share, coverage.gini) == (0, 0, 0)


def test_everything_that_was_counted_is_json():
    coverage = covered(page("a", Outcome.CHANGED, "x", before=("y",)), articles=4)
    found = json.loads(json.dumps(coverage.to_json()))
    assert found["outcomes"] == {"changed": 1}
    assert found["churn"] == {"before": 1, "gained": 1, "lost": 1}
    assert found["mostRecommended"] == [["x", 1]]
    assert found["recommendedShare"] == 0.25
