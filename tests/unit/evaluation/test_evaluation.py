"""Comparison of runs."""

from __future__ import annotations

import json

import pytest

from recommender.errors import ConfigError
from recommender.evaluation import Evaluation, Metric, evaluate_runs
from recommender.evaluation.evaluation import LENGTHS, MAX_MOVED
from recommender.evaluation.trec import Qrels, Run

QUERIES = [f"q{number:02}" for number in range(40)]
QRELS: Qrels = {query: {"a": 1, "b": 0} for query in QUERIES}


def answering(*queries: str) -> Run:
    """A run that ranks the relevant article first for these queries only."""
    return {query: {"a": 1.0, "b": 0.5 if query in queries else 2.0} for query in QUERIES}


def measured(*names: str, qrels: Qrels = QRELS, runs: dict[str, Run] | None = None, **options: object) -> Evaluation:
    metrics = [Metric.parse(name) for name in names or ("hit@1", "MRR")]
    runs = runs or {"first": answering(*QUERIES[:20]), "second": answering(*QUERIES[10:])}
    return evaluate_runs(runs, qrels, metrics, **options)  # type: ignore[arg-type]


def by_slice(found: Evaluation, kind: str = "relevant articles") -> dict[str, int]:
    """The number of queries in each slice of a kind."""
    return {part.name: part.queries for part in found.slices if part.kind == kind}


def test_each_run_has_its_mean_and_an_interval_around_it():
    first, second = measured().systems
    assert first.means == (0.5, 0.75)
    assert second.means == (0.75, 0.875)
    for system in (first, second):
        assert all(low < mean < high for mean, (low, high) in zip(system.means, system.intervals, strict=True))


def test_unanswered_queries_score_0():
    found = measured("hit@1", runs={"half": {query: {"a": 1.0} for query in QUERIES[:20]} | {QUERIES[20]: {}}})
    assert (found.systems[0].means, found.systems[0].answered) == ((0.5,), 20)


def test_queries_without_judgements_are_not_measured():
    assert measured(qrels={"q00": {"a": 1}, "q01": {"a": 0}}).queries == ("q00",)


def test_a_metric_named_twice_is_computed_once():
    assert [metric.name for metric in measured("MRR", "hit@1", "mrr").metrics] == ["MRR", "hit@1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "no query has a relevant article; expected judgements with a grade above 0"),
        ({"max_relevant": 2}, "judgements with a grade above 0 and at most 2 such articles"),
    ],
)
def test_nothing_to_measure_is_an_error(options: dict[str, int], said: str):
    qrels = {"q": {"a": 1, "b": 1, "c": 1}} if options else {"q": {"a": 0}}
    with pytest.raises(ConfigError, match=said):
        measured(qrels=qrels, **options)


def test_every_other_run_is_compared_with_the_first():
    runs = {"first": answering(*QUERIES[:20]), "same": answering(*QUERIES[:20]), "best": answering(*QUERIES)}
    same, best = measured(runs=runs).against
    assert (same.name, best.name) == ("same", "best")
    assert [(found.difference, found.p_value) for found in same.comparisons] == [(0, 1), (0, 1)]
    assert [found.difference for found in best.comparisons] == [0.5, 0.25]


def test_p_values_are_corrected_for_all_comparisons():
    runs = {"first": answering(*QUERIES[:20]), "same": answering(*QUERIES[:20]), "best": answering(*QUERIES)}
    found = measured(runs=runs)
    least = 1 / 10_001
    assert [found.against[1].comparisons[row].p_value for row in (0, 1)] == [least, least]
    assert found.against[1].corrected == pytest.approx((4 * least, 4 * least))
    assert found.against[0].corrected == (1, 1)


def test_one_run_is_compared_with_nothing():
    assert measured(runs={"only": answering()}).against == ()


def test_largest_gains_come_before_largest_losses():
    moved = measured().moved("second")
    gained, lost = [each for each in moved if each[1] > 0], [each for each in moved if each[1] < 0]
    assert moved == [*gained, *lost]
    assert [query for query, _ in gained] == QUERIES[20 : 20 + MAX_MOVED]
    assert [query for query, _ in lost] == QUERIES[:10]


def test_a_small_gain_is_not_among_the_losses():
    moved = measured(runs={"first": answering(), "best": answering(*QUERIES)}).moved("best")
    assert len(moved) == MAX_MOVED
    assert {change for _, change in moved} == {1.0}


def test_unchanged_queries_did_not_move():
    found = measured(runs={"first": answering(), "better": answering(QUERIES[3])})
    assert found.moved("better") == [(QUERIES[3], 1.0)]
    assert found.moved("first") == []


def with_relevant(counts: list[int]) -> Qrels:
    """Judgements with these numbers of relevant articles."""
    return {f"q{place:03}": {f"a{number}": 1 for number in range(count)} for place, count in enumerate(counts)}


def test_slices_by_length_have_inclusive_bounds():
    borders = [border for low, high in LENGTHS for border in (low, high or 1000)]
    found = measured(qrels=with_relevant(borders * 3))
    names = ["1 to 2", "3 to 5", "6 to 10", "11 to 20", "21 to 50", "51 and more"]
    assert by_slice(found) == dict.fromkeys(names, 6)


def test_slices_hold_no_queries_that_max_relevant_leaves_out():
    found = measured(qrels=with_relevant([1, 2, 3, 4, 5, 6] * 5), max_relevant=4)
    assert by_slice(found) == {"1 to 2": 10, "3 to 5": 10}


def test_the_query_itself_does_not_count_as_relevant():
    qrels = {query: {"a": 1, "b": 1, query: 1} for query in QUERIES}
    assert by_slice(measured(qrels=qrels)) == {"1 to 2": 40}


def test_a_slice_with_few_queries_is_left_out():
    traits = {"month": {query: ["2021-01" if query < "q04" else "2021-02"] for query in QUERIES[:9]}}
    assert by_slice(measured(traits=traits), "month") == {"2021-02": 5}


def test_a_slice_has_the_mean_of_the_first_measure_by_run():
    traits = {"topic": {query: ["Law", "AI"] if query < "q20" else ["AI"] for query in QUERIES}}
    slices = {part.name: (part.queries, part.means) for part in measured(traits=traits).slices if part.kind == "topic"}
    assert slices == {"AI": (40, (0.5, 0.75)), "Law": (20, (1.0, 0.5))}


def test_slices_are_sorted_by_number_then_by_name():
    names = ["10 to 20", "2 to 3", "b", "2021-02", "2021-01", "a", "", " "]
    traits = {"kind": dict.fromkeys(QUERIES, names)}
    assert list(by_slice(measured(traits=traits), "kind")) == ["", " ", "2021-01", "2021-02", "a", "b", *names[1::-1]]


def test_an_evaluation_is_json():
    traits = {"month": {query: ["2021-01"] for query in QUERIES}}
    written = json.loads(json.dumps(measured(traits=traits).to_json(), allow_nan=False))
    assert written["queries"] == 40
    first, _ = written["systems"]
    assert (first["name"], first["answered"]) == ("first", 40)
    assert (first["hit@1"]["mean"], first["MRR"]["mean"]) == (0.5, 0.75)
    (other,) = written["against"]
    assert (other["name"], other["baseline"]) == ("second", "first")
    assert other["hit@1"]["difference"] == 0.25
    assert set(other["MRR"]) == {"difference", "low", "high", "p"}
    assert other["moved"][0] == ["q20", 1.0]
    assert written["slices"][-1] == {"kind": "month", "name": "2021-01", "queries": 40, "means": [0.5, 0.75]}
