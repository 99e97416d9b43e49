"""Ranking metrics against values worked out by hand."""

from __future__ import annotations

from math import log2

import pytest

from recommender.errors import ConfigError
from recommender.evaluation.metrics import Metric, evaluate, judged_queries, ranked_articles

JUDGED = {"a": 3, "b": 1, "c": 1, "x": 0, "y": -1}


def value(metric: str, ranked: str, judged: dict[str, int] | None = None) -> float:
    return Metric.parse(metric).measure(list(ranked), JUDGED if judged is None else judged)


def test_a_metric_matches_its_definition():
    for metric, ranked, expected in [
        ("nDCG@3", "abc", 1),
        ("nDCG@3", "xab", (3 / log2(3) + 1 / log2(4)) / (3 + 1 / log2(3) + 1 / log2(4))),
        ("nDCG@1", "b", 1 / 3),
        ("nDCG@10", "y", 0),
        ("nDCG@2", "ya", (3 / log2(3)) / (3 + 1 / log2(3))),
        ("R@2", "axbc", 1 / 3),
        ("R@10", "axb", 2 / 3),
        ("P@2", "axbc", 1 / 2),
        ("P@10", "ab", 2 / 10),
        ("MRR", "xua", 1 / 3),
        ("MRR@2", "xua", 0),
        ("MAP", "axb", (1 + 2 / 3) / 3),
        ("MAP@2", "axb", 1 / 3),
        ("hit@1", "xa", 0),
        ("hit@2", "xa", 1),
        ("Judged@2", "xu", 1 / 2),
        ("Judged@4", "xy", 1 / 2),
        ("Judged@1", "u", 0),
    ]:
        assert value(metric, ranked) == pytest.approx(expected, abs=1e-12), (metric, ranked)


def test_an_empty_list_or_no_relevant_article_scores_0():
    for metric in ["nDCG@10", "R@10", "P@10", "MRR", "MAP", "hit@10", "Judged@10"]:
        assert value(metric, "") == 0, metric
        assert value(metric, "u", {"x": 0, "y": -1}) == 0, metric


def test_names_ignore_case_and_surrounding_white_space():
    for text, name, cutoff in [
        ("nDCG@10", "nDCG@10", 10),
        (" ndcg@5 ", "nDCG@5", 5),
        ("mrr", "MRR", 1_000_000),
        ("map@3", "MAP@3", 3),
        ("HIT@1", "hit@1", 1),
        ("judged@99999", "Judged@99999", 99_999),
    ]:
        assert Metric.parse(text) == Metric(name, cutoff), text


def test_an_unknown_metric_lists_the_known_ones():
    for text in ["", "nDCG", "R", "Judged", "nDCG@", "nDCG@0", "nDCG@-1", "nDCG@1.5", "nDCG@1٠", "F1@3", "MRR@100000"]:
        with pytest.raises(ConfigError, match=r"unknown metric .*; expected some of nDCG@k, R@k, P@k, MRR, MAP"):
            pytest.fail(f"{text!r} is read as {Metric.parse(text)}")


def test_the_best_score_comes_first_and_the_higher_id_wins_a_tie():
    assert ranked_articles({"q": {"a": 1, "c": 2, "b": 2, "d": -1}}, "q") == ["c", "b", "a", "d"]


def test_scores_that_are_equal_as_32_bit_floats_are_a_tie():
    assert ranked_articles({"q": {"a": 1 + 1e-9, "b": 1}}, "q") == ["b", "a"]
    assert ranked_articles({"q": {"a": 1 + 1e-6, "b": 1}}, "q") == ["a", "b"]


def test_a_score_beyond_32_bits_is_infinite():
    assert ranked_articles({"q": {"a": 1e300, "b": 1e200, "c": -1e300}}, "q") == ["b", "a", "c"]


def test_a_query_that_a_run_lacks_has_no_list():
    assert ranked_articles({}, "q") == []


def test_a_query_missing_from_the_run_scores_0():
    qrels = {"p": {"a": 1}, "q": {"a": 1}, "r": {"a": 1}}
    found = evaluate({"q": {"a": 1.0}, "r": {}}, qrels, [Metric.parse("MRR")], ["p", "q", "r"])
    assert found.tolist() == [[0, 1, 0]]


def test_the_query_itself_is_ignored():
    qrels = {"q": {"q": 1, "a": 1}}
    metrics = [Metric.parse(name) for name in ("MRR", "R@2", "nDCG@2", "Judged@1", "MAP")]
    assert evaluate({"q": {"q": 2.0, "a": 1.0}}, qrels, metrics, ["q"]).tolist() == [[1]] * 5


def test_queries_are_those_with_a_relevant_article_sorted():
    qrels = {"b": {"x": 1}, "a": {"x": 2, "y": -1}, "none": {"x": 0}, "itself": {"itself": 1}}
    assert judged_queries(qrels) == ["a", "b"]


def test_queries_with_more_relevant_articles_can_be_left_out():
    qrels = {
        "one": {"x": 1, "y": 0},
        "two": {"x": 1, "y": 1, "two": 1},
        "three": {"x": 1, "y": 1, "z": 5},
    }
    assert judged_queries(qrels, 1) == ["one"]
    assert judged_queries(qrels, 2) == ["one", "two"]
    assert judged_queries(qrels, 3) == ["one", "three", "two"]
