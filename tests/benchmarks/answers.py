"""Answers as readers see them: copies, hubs, empty lists; adds a row `answers` for the real site.

python tests/benchmarks/answers.py --data DIR
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from measure import ROOT, ndcg, read_qrels, record

from recommender.config import RankingSettings
from recommender.ranking.calibration import default_min_score
from recommender.related.recommender import Recommender

NOTHING = ROOT / "tests" / "support" / "nothing_related.jsonl"
LABELS = ROOT / "data" / "qrels" / "azure-site.copies.tsv"
_FIGURES = re.compile(
    r"\d+|january|february|march|april|may|june|july|august|september|october|november|december", re.IGNORECASE
)


def built(folder: Path, *sources: Path) -> Path:
    related = Path(sys.executable).parent / "related"
    command = [related, "build", *sources, "--collection", folder]
    subprocess.run([str(part) for part in command], capture_output=True, check=False)
    return folder


def copies(recommender: Recommender) -> dict[str, Any]:
    """Precision and recall of copies on the labelled pairs of each sample, and of both."""
    with recommender.collection.reading() as view:
        pool = view.gather(None, view.ids())
        group = dict(zip(pool.ids, pool.copy_groups.tolist(), strict=True))
    found: dict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        sample, label, first, second = line.split("\t")
        if label in {"0", "1"}:
            for name in (sample, "both"):
                found[name][group[first] == group[second], label == "1"] += 1
    return {
        name: {
            "copies": counts[True, True] + counts[False, True],
            "others": counts[True, False] + counts[False, False],
            "precision": round(counts[True, True] / (counts[True, True] + counts[True, False]), 4),
            "recall": round(counts[True, True] / (counts[True, True] + counts[False, True]), 4),
        }
        for name, counts in found.items()
    }


def templates(recommender: Recommender) -> dict[str, Any]:
    """Pairs of one outlet's titles that differ in numbers and months alone, and how many of them were collapsed."""
    series: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for stored in recommender.collection.store.articles():
        article = stored.article
        shape = " ".join(re.findall(r"\w+", _FIGURES.sub(" ", article.title).casefold()))
        if article.provider and _FIGURES.search(article.title):
            series[str(article.provider.domain), shape].append((stored.article_id, article.title))
    pairs = [
        (first, second)
        for members in series.values()
        for place, (first, title) in enumerate(members)
        for second, other in members[place + 1 :]
        if sorted(_FIGURES.findall(title.casefold())) != sorted(_FIGURES.findall(other.casefold()))
    ]
    with recommender.collection.reading() as view:
        pool = view.gather(None, view.ids())
        group = dict(zip(pool.ids, pool.copy_groups.tolist(), strict=True))
        collapsed = sum(group[first] == group[second] for first, second in pairs)
    return {"pairs": len(pairs), "collapsed": collapsed}


def shown(collection: Path, qrels: Path, **weights: float) -> dict[str, Any]:
    """Who is shown how often, and nDCG@10, of the lists that readers see."""
    recommender = Recommender.open(collection, weights=RankingSettings(**weights))
    run = recommender.rank(top_k=10, as_shown=True)
    recommender.close()
    counts = Counter(article_id for scores in run.values() for article_id in list(scores)[:5])
    appearances = np.zeros(len(run))
    appearances[: len(counts)] = sorted(counts.values())
    judged = read_qrels(qrels)
    return {
        "gini": round(gini(appearances), 4),
        "top_item_share": round(max(counts.values()) / sum(counts.values()), 5),
        "coverage": round(len(counts) / len(run), 4),
        "empty": round(float(np.mean([not scores for scores in run.values()])), 4),
        "nDCG@10, lists to 10": round(ndcg(run, judged, max_relevant=10), 4),
        "nDCG@10": round(ndcg(run, judged), 4),
        "lists": run,
    }


def gini(counts: np.ndarray[Any, Any]) -> float:
    """The Gini coefficient of how often each is shown: 0 if all are shown alike, 1 if one takes all."""
    ordered = np.sort(counts)
    places = 2 * np.arange(1, len(ordered) + 1) - len(ordered) - 1
    return float(places @ ordered / (len(ordered) * ordered.sum()))


def labelled_copies_in(lists: dict[str, dict[str, float]]) -> int:
    """How many of the lists of five hold two articles that are labelled copies."""
    copied = {
        frozenset(line.split("\t")[2:])
        for line in LABELS.read_text(encoding="utf-8").splitlines()
        if line.split("\t")[1] == "1"
    }
    found = 0
    for scores in lists.values():
        members = list(scores)[:5]
        pairs = {frozenset((one, other)) for place, one in enumerate(members) for other in members[place + 1 :]}
        found += not pairs.isdisjoint(copied)
    return found


def empty_lists(collection: Path, qrels: Path) -> dict[str, Any]:
    """Shares of the forty articles about nothing else with an empty list, and of 200 judged ones without.

    By the default minimum, and by others: what was tried when it was chosen.
    """
    recommender = Recommender.open(collection)
    nothing = [json.loads(line)["id"] for line in NOTHING.read_text(encoding="utf-8").splitlines()]
    judged = [query for query, grades in read_qrels(qrels).items() if any(grade > 0 for grade in grades.values())]
    with recommender.collection.reading() as view:
        judged = [query for query in judged if query in view]
        chosen = default_min_score(len(view))
    judged = random.Random(0).sample(judged, 200)

    def best(article_id: str) -> float:
        items = recommender.related(article_id, top_k=1, min_score=0).items
        return items[0].score if items else 0.0

    unrelated, related = (np.array([best(article_id) for article_id in ids]) for ids in (nothing, judged))
    recommender.close()
    return {
        "default_minimum": chosen,
        **{
            f"minimum {least}": {
                "nothing_empty": round(float(np.mean(unrelated < least)), 4),
                "judged_not_empty": round(float(np.mean(related >= least)), 4),
            }
            for least in (0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999)
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("azure-site", "uci-stories"):
            articles, qrels = data / name / "articles.jsonl", data / name / "qrels.txt"
            collection = built(folder / name, articles)
            controlled, free = shown(collection, qrels), shown(collection, qrels, hubs=0.0)
            figures: dict[str, object] = {"data": name}
            if name == "azure-site":
                recommender = Recommender.open(collection)
                figures |= {"labelled_pairs": copies(recommender), "templates": templates(recommender)}
                recommender.close()
                figures["lists_with_labelled_copies"] = labelled_copies_in(controlled["lists"])
            diverse = {str(share): shown(collection, qrels, diversity=share) for share in (0.1, 0.2, 0.3)}
            for each in (controlled, free, *diverse.values()):
                del each["lists"]
            figures |= {"shown": controlled, "shown_without_hub_control": free, "shown_by_diversity": diverse}
            figures["gini_ratio"] = round(controlled["gini"] / free["gini"], 4)
            figures["empty_lists"] = empty_lists(built(folder / f"{name}-forty", articles, NOTHING), qrels)
            record("answers", figures)


if __name__ == "__main__":
    main()
