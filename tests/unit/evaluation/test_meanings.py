"""Figures in plain words."""

from __future__ import annotations

from recommender.evaluation import Metric
from recommender.evaluation.meanings import metric_terms


def test_every_metric_has_a_meaning_with_its_cutoff():
    names = ["nDCG@10", "R@7", "P@5", "MRR", "MAP", "MRR@3", "MAP@4", "hit@1", "Judged@20"]
    terms = metric_terms([Metric.parse(name) for name in names])
    assert [term.name for term in terms] == names
    assert len({term.anchor for term in terms}) == len(names)
    for term in terms:
        assert "{" not in term.meaning
        _, _, cutoff = term.name.partition("@")
        assert (f"top {cutoff}" in term.meaning) == bool(cutoff)
