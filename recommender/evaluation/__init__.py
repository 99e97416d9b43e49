"""How good answers are: judgements, runs, measures, how sure their differences are."""

from __future__ import annotations

from recommender.evaluation.evaluation import Evaluation, evaluate_runs
from recommender.evaluation.metrics import DEFAULT, Metric
from recommender.evaluation.trec import Qrels, Run, read_qrels, read_run

__all__ = ["DEFAULT", "Evaluation", "Metric", "Qrels", "Run", "evaluate_runs", "read_qrels", "read_run"]
