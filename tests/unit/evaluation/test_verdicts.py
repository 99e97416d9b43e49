"""Verdicts of evaluation and tuning."""

from __future__ import annotations

import pytest
from support.reports import tuned

from recommender.evaluation import Metric, Run, evaluate_runs
from recommender.evaluation.significance import Comparison
from recommender.evaluation.verdicts import queries_needed, verdict_of_runs, verdict_of_tuning
from recommender.pages import Verdict

QUERIES = [f"q{number:02}" for number in range(40)]


def ranked(good: int, count: int = 40) -> Run:
    """A run that has the relevant article first in `good` of its lists, and second in the others."""
    places = {query: 3.0 if place < good else 1.0 for place, query in enumerate(QUERIES[:count])}
    return {query: {"good": score, "bad": 2.0} for query, score in places.items()}


def verdict(runs: dict[str, Run], queries: int = 40, metrics: str = "hit@1") -> Verdict:
    qrels = {query: {"good": 1, "bad": 0} for query in QUERIES[:queries]}
    return verdict_of_runs(evaluate_runs(runs, qrels, [Metric.parse(name) for name in metrics.split(",")]))


def test_one_run_has_a_figure_and_its_interval():
    found = verdict({"a": ranked(20)})
    assert found.sentence.startswith("a has a mean hit@1 of 0.500 on 40 judged articles; for other articles like these")
    assert "only a comparison can tell" in found.notes[0]


def test_a_better_and_a_worse_run_are_called_so():
    assert verdict({"a": ranked(10), "b": ranked(30)}).sentence == (
        "b is better than a by hit@1: 0.750 against 0.250, a difference that chance alone would produce in fewer than "
        "one of 1,000 experiments."
    )
    assert verdict({"a": ranked(30), "b": ranked(10)}).sentence.startswith("b is worse than a by hit@1: 0.250 against")


def test_a_difference_that_chance_explains_is_none():
    found = verdict({"a": ranked(20), "b": ranked(22)})
    assert found.sentence.startswith(
        "No difference between b and a can be shown on 40 judged articles: hit@1 is 0.550 against 0.500"
    )
    assert "may lie anywhere between" in found.notes[0]
    assert found.notes[-1] == "More judged articles would tell more."


def test_what_only_the_correction_hides_is_said():
    runs = {"a": ranked(20), "b": ranked(26)}
    assert verdict(runs).sentence.startswith("b is better than a")
    found = verdict(runs, metrics="hit@1,MRR,P@1,R@1,MAP")
    assert found.sentence.startswith("No difference")
    assert any("Without the correction for 5 comparisons" in note for note in found.notes)


def test_equal_runs_are_equal():
    assert verdict({"a": ranked(20), "b": ranked(20)}) == Verdict(
        "b and a are equally good on every one of 40 judged articles: their hit@1 is 0.500."
    )


def test_too_few_articles_show_nothing():
    found = verdict({"a": ranked(0, 5), "b": ranked(5, 5)}, queries=5)
    assert found.sentence == (
        "5 judged articles cannot show which run is better: with fewer than 6, chance may explain any difference."
    )
    assert verdict({"a": ranked(0, 6), "b": ranked(6, 6)}, queries=6).sentence.startswith("b is better")


@pytest.mark.parametrize(("comparisons", "needed"), [(1, 6), (2, 7), (5, 8), (10, 9)])
def test_the_queries_needed_are_the_fewest_that_can_be_significant(comparisons: int, needed: int):
    assert queries_needed(comparisons) == needed
    assert comparisons * 2.0 ** (1 - needed) < 0.05 <= comparisons * 2.0 ** (2 - needed)


def test_several_runs_are_grouped_by_their_outcome():
    runs = {"a": ranked(20), "b": ranked(35), "c": ranked(21), "d": ranked(2), "e": ranked(20)}
    assert verdict(runs).sentence == (
        "By hit@1 on 40 judged articles, b (0.875, p < 0.001) is better than a (0.500); "
        "no difference from a can be shown for c (0.525); e (0.500) is equal to a on every article; "
        "d (0.050, p < 0.001) is worse than a."
    )


def test_many_runs_are_counted():
    runs = {"a": ranked(20)} | {f"b{number}": ranked(30 + number) for number in range(6)}
    assert "and 3 others are better than a (0.500)" in verdict(runs).sentence


def test_lists_that_are_missing_or_not_judged_are_said():
    unjudged: Run = {query: {"good": 3.0, "x": 2.0, "y": 1.0} for query in QUERIES[:30]}
    found = verdict({"a": ranked(20), "b": unjudged}, metrics="hit@1,Judged@2")
    assert "b has no list for 10 of 40 judged articles; each of these counts 0." in found.notes
    assert any(note.startswith("Of the first 2 items of b only 38% were judged") for note in found.notes)


# Tuning.


def test_a_scorer_that_wins_is_kept():
    found = verdict_of_tuning(tuned())
    assert found.sentence == (
        "The learned scorer is kept: on 30 judged articles that it did not learn from, its nDCG@10 is 0.700 against "
        "0.500 of the default scorer, a difference that chance alone would produce in fewer than one of 1,000 "
        "experiments."
    )
    assert "--drop" in found.notes[0]


@pytest.mark.parametrize(
    ("gain", "reason"),
    [
        (Comparison(0.01, -0.05, 0.07, 0.4), "it has not been shown to rank better"),
        (Comparison(-0.1, -0.2, -0.05, 0.012), "it ranks worse than the default scorer"),
    ],
)
def test_a_scorer_that_does_not_win_is_not_kept_for_a_reason(gain: Comparison, reason: str):
    found = verdict_of_tuning(tuned(gain=gain, file=None))
    assert found.sentence.startswith(f"The learned scorer is not kept, for {reason}: ")
    assert found.notes == ("Nothing was changed. More judgements may help.",)
