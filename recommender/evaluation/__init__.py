"""Evaluation of related lists: judgements, runs, metrics and significance tests."""

from __future__ import annotations

from recommender.evaluation.evaluation import Evaluation, evaluate_runs
from recommender.evaluation.judging import Judgements, qrels_lines, read_judgements
from recommender.evaluation.metrics import Metric
from recommender.evaluation.trec import Qrels, Run, read_qrels, read_run

__all__ = [
    "Evaluation",
    "Judgements",
    "Metric",
    "Qrels",
    "Run",
    "evaluate_runs",
    "qrels_lines",
    "read_judgements",
    "read_qrels",
    "read_run",
]
