"""Every measure against trec_eval's own code, over generated runs."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import pytrec_eval

from recommender.evaluation.metrics import Metric, evaluate, judged_queries, ranked_articles

THEIRS = {
    **{f"nDCG@{cutoff}": f"ndcg_cut_{cutoff}" for cutoff in (1, 3, 10, 100)},
    **{f"R@{cutoff}": f"recall_{cutoff}" for cutoff in (1, 3, 10, 100)},
    **{f"P@{cutoff}": f"P_{cutoff}" for cutoff in (1, 3, 10, 100)},
    **{f"hit@{cutoff}": f"success_{cutoff}" for cutoff in (1, 3, 10)},
    **{f"MAP@{cutoff}": f"map_cut_{cutoff}" for cutoff in (1, 3, 10)},
    "MAP": "map",
    "MRR": "recip_rank",
}
ARTICLES = [*(f"a{number}" for number in range(30)), "é", "Z", "a", "ab", "\U0001f600", "\uffee"]

Judged = dict[str, dict[str, int]]
Runs = dict[str, dict[str, float]]


def scores(random: Random, count: int) -> list[float]:
    """Scores of one kind: apart, often equal, equal as 32-bit floats alone, or beyond what those can hold."""
    kind = random.choice(("apart", "equal", "close", "large"))
    if kind == "apart":
        return [random.uniform(-5, 5) for _ in range(count)]
    if kind == "equal":
        return [float(random.randint(-1, 2)) for _ in range(count)]
    if kind == "close":
        return [1 + random.choice((0, 1e-9, 2e-9, 1e-7, 2e-7)) for _ in range(count)]
    return [random.choice((-1, 1)) * 10 ** random.uniform(-50, 300) for _ in range(count)]


def made(seed: int) -> tuple[Judged, Runs]:
    """Judgements of three queries, some without a relevant article, and a run that may lack some of them."""
    random = Random(seed)
    grades = random.choice(((1,), (0, 1), (-2, -1, 0), (-1, 0, 1, 2, 5)))
    qrels, run = {}, {}
    for query in ("q1", "q2", "q3"):
        judged = random.sample(ARTICLES, random.randint(1, 20))
        # trec_eval writes past its own memory where every grade is below 0.
        qrels[query] = {"never": 0} | {article: random.choice(grades) for article in judged}
        ranked = random.sample(ARTICLES, random.choice((0, 1, 2, 12, len(ARTICLES))))
        if ranked:
            run[query] = dict(zip(ranked, scores(random, len(ranked)), strict=True))
    return qrels, run


def test_every_measure_is_trec_evals():
    metrics = [Metric.parse(name) for name in THEIRS]
    for seed in range(500):
        qrels, run = made(seed)
        found = evaluate(run, qrels, metrics, sorted(qrels))
        evaluator = pytrec_eval.RelevanceEvaluator(
            qrels, {"ndcg_cut.1,3,10,100", "recall.1,3,10,100", "P.1,3,10,100", "success.1,3,10", "map_cut.1,3,10"}
        )
        theirs = evaluator.evaluate(run)
        whole = pytrec_eval.RelevanceEvaluator(qrels, {"map", "recip_rank"}).evaluate(run)
        # A query that a run lacks is not there at all, which counts 0.
        values = {query: theirs[query] | whole[query] for query in theirs}
        expected = [[values.get(query, {}).get(name, 0.0) for query in sorted(qrels)] for name in THEIRS.values()]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=f"seed {seed}")


def test_a_value_lies_between_0_and_1_and_a_perfect_list_has_1():
    for seed in range(100):
        qrels, _ = made(seed)
        queries = judged_queries(qrels)
        ideal = {query: {article: float(grade) for article, grade in qrels[query].items()} for query in queries}
        metrics = [Metric.parse(name) for name in ("nDCG@10", "R@100", "MAP", "MRR", "hit@1")]
        assert evaluate(ideal, qrels, metrics, queries) == pytest.approx(1)


def test_what_stands_below_the_cutoff_does_not_count():
    for seed in range(100):
        qrels, run = made(seed)
        cut = {
            query: {article: -float(rank) for rank, article in enumerate(ranked_articles(run, query)[:3])}
            for query in run
        }
        metrics = [Metric.parse(f"{name}@3") for name in ("nDCG", "R", "P", "MAP", "MRR", "hit", "Judged")]
        whole = evaluate(run, qrels, metrics, sorted(qrels))
        assert (evaluate(cut, qrels, metrics, sorted(qrels)) == whole).all()
        assert ((whole >= 0) & (whole <= 1)).all()
