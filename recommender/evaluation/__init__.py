"""Evaluation of related lists: judgements, runs, metrics and significance tests."""

from __future__ import annotations

from recommender.evaluation.agreement import Agreement, krippendorff_alpha, measure_agreement
from recommender.evaluation.evaluation import Evaluation, evaluate_runs
from recommender.evaluation.judging import Judgement, Judgements, qrels_lines, read_judgements
from recommender.evaluation.metrics import Metric
from recommender.evaluation.trec import Qrels, Run, read_qrels, read_run

__all__ = [
    "Agreement",
    "Evaluation",
    "Judgement",
    "Judgements",
    "Metric",
    "Qrels",
    "Run",
    "evaluate_runs",
    "krippendorff_alpha",
    "measure_agreement",
    "qrels_lines",
    "read_judgements",
    "read_qrels",
    "read_run",
]
