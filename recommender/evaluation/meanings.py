"""Figures of evaluation and tuning explained in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.evaluation.metrics import Metric
from recommender.pages import Term

_METRICS = {
    "nDCG": "How good the top {k} of a list is as a whole. Relevant articles count, and count more the higher they "
    "stand. 1 is the best possible list, 0 a list without a relevant article.",
    "R": "Recall: how many of all relevant articles are in the top {k}.",
    "P": "Precision: how much of the top {k} is relevant.",
    "MRR": "How soon the first relevant article{first} comes: 1 if it leads the list, 1/2 if it is second, 1/3 if "
    "third, 0 if there is none. Mean reciprocal rank.",
    "MAP": "How well relevant articles{first} stand ahead of others: the precision down to each relevant article, "
    "averaged. 1 if all of them lead the list. Mean average precision.",
    "hit": "How many lists have a relevant article in their top {k}.",
    "Judged": "How much of the top {k} has been judged. An item that nobody judged counts as not relevant, so "
    "the other figures of a run may be too low if few of its items were judged.",
}

INTERVAL = Term(
    "95% interval",
    "The figure is a mean over the judged articles. Had other articles like them been judged, it would most likely lie "
    "in this range (bootstrap over articles). The more articles are judged, the narrower it is.",
)

_P = (
    "How often chance alone would produce a difference at least this large if both were equally good (randomisation "
    "test). Below 0.05 a difference counts as shown. A small p does not mean a large difference."
)

COMPARISON = (
    Term("Difference", "The mean of this run less that of the first run: above 0 this run is better."),
    Term(
        "Interval of the difference",
        "Had other articles like these been judged, the difference would most likely lie in this range. Each interval "
        "is for one comparison alone, so it may leave out 0 where p, which is corrected, is above 0.05.",
    ),
    Term(
        "p-value",
        f"{_P} It is corrected for the number of comparisons on this page (Holm's method), for among many "
        "comparisons some differ by chance.",
    ),
)

BEYOND = {
    "coverage": (
        "{:.1%}",
        Term("Coverage", "How many of the collection's articles are in at least one of these lists."),
    ),
    "gini": (
        "{:.3f}",
        Term("Gini", "How unequally articles are recommended: 0 if all are equally often, near 1 if few are always."),
    ),
    "diversity": (
        "{:.3f}",
        Term("Diversity", "How unlike the items of one list are in meaning: 0 if they all say the same."),
    ),
    "novelty": (
        "{:.2f}",
        Term("Novelty (bits)", "How rarely an item is in other lists: 1 more means half as many lists."),
    ),
    "age_days": (
        "{:.1f}",
        Term("Age (days)", "By how many days items are older than their article, the median; below 0 if newer."),
    ),
    "duplicates": (
        "{:.1%}",
        Term("Duplicates", "How many of the lists hold two copies of one story."),
    ),
}
"""By name in `Known.beyond`: how the figure is written, and what it means."""

TUNING = {
    "ndcg": Term("nDCG@10", _METRICS["nDCG"].format(k=10)),
    "interval": INTERVAL,
    "p": Term("p-value", _P),
    "scorers": Term(
        "Scorer",
        "It decides how related two articles are. The learned one comes from the judgements; the default one ranks "
        "without any; dense goes by meaning alone, lexical by words alone.",
    ),
}

SHARE = Term(
    "Share",
    "How much of what the trees gained while learning came from this. What one feature tells another may tell too: a "
    "small share does not mean that a feature is of no use.",
)

CALIBRATION = {
    "promised": Term("Promised", "The mean of the probabilities that the learned scorer gave to these items."),
    "related": Term("Related", "How many of these items were judged related: what the promise should be."),
    "base_rate": Term(
        "Base rate",
        "How many of the ten best items of a list are related on average. Who answers with it every time promises the "
        "right number overall, and cannot tell one item from another.",
    ),
    "ece": Term(
        "ECE",
        "Expected calibration error: by how much promises miss what came true, on average over ten parts of equal "
        "size. 0 is best. It says whether probabilities can be taken at their word, not whether they are of use: "
        "the base rate alone may have an ECE near 0.",
    ),
    "brier": Term(
        "Brier score",
        "The mean squared distance between a promise and what came true, 1 for related and 0 for not. 0 is best. "
        "It is small only if promises are right and also tell related items from others.",
    ),
}


def metric_terms(metrics: Sequence[Metric]) -> list[Term]:
    """Explain metrics, in their order."""
    return [Term(metric.name, _meaning(metric.name)) for metric in metrics]


def _meaning(metric_name: str) -> str:
    name, _, cutoff = metric_name.partition("@")
    return _METRICS[name].format(k=cutoff, first=f" in the top {cutoff}" if cutoff else "")
