"""The learned scorer: what it gains on articles that it never saw, whether it travels, and what it costs.

python tests/benchmarks/tuning.py --data DIR

Adds rows `tuning`. On azure-site it learns from pairs published before 2020-06-01 and is tested on pairs wholly after,
against the default scorer, plain cosine and a frozen sum, cosine + 0.5 BM25 / the largest + 0.3 exp(-days / 10).
uci-stories is split by story; its times are those of a crawl, within 71 seconds for all of a story, so it is measured
with whole days in their place too. The scorer of each set then ranks the other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import Qrels, read_qrels, record

from recommender.errors import JudgementsError
from recommender.evaluation import Metric, Run, evaluate_runs
from recommender.evaluation.splitting import By
from recommender.evaluation.tuning import Tuning, tune
from recommender.ranking.features import FEATURES, pair_features
from recommender.ranking.learned import LearnedScorer
from recommender.related.recommender import Recommender

CUT = "2020-06-01"
NDCG = [Metric.parse("nDCG@10")]
COSINE, TEXT, DAYS = (FEATURES.index(name) for name in ("cosine", "text", "days_apart"))


def built(folder: Path, source: Path) -> Recommender:
    command = [str(Path(sys.executable).parent / "related"), "build", str(source), "--collection", str(folder)]
    subprocess.run(command, capture_output=True, check=False)
    return Recommender.open(folder)


def frozen(recommender: Recommender, queries: list[str]) -> Run:
    """The hand-set sum that stays what it was, over what both engines propose."""
    run: Run = {}
    with recommender.collection.reading() as view:
        for query in queries:
            profile = view.profile(query)
            pool = view.gather(profile, view.propose(profile, 200))
            features = pair_features(profile, pool).astype(np.float64)
            text = features[:, TEXT] / max(1e-9, features[:, TEXT].max())
            closeness = np.nan_to_num(np.exp(-features[:, DAYS] / 10))
            scores = features[:, COSINE] + 0.5 * text + 0.3 * closeness
            best = np.argsort(-scores, kind="stable")[:100].tolist()
            run[query] = {pool.ids[place]: float(scores[place]) for place in best}
    return run


def compared(runs: dict[str, Run], qrels: Qrels, base: str) -> dict[str, Any]:
    """Means with intervals, and the ratio of the learned scorer to each other with the interval of its difference."""
    found = evaluate_runs({base: runs[base], **runs}, qrels, NDCG)
    figures: dict[str, Any] = {"queries": len(found.queries)}
    for system in found.systems:
        figures[system.name] = [round(value, 4) for value in (system.means[0], *system.intervals[0])]
    learned = found.systems[0].means[0]
    for system, against in zip(found.systems[1:], found.against, strict=True):
        difference = against.comparisons[0]
        figures[f"{base} over {system.name}"] = {
            "times": round(learned / system.means[0], 3),
            "gain": [round(-value, 4) for value in (difference.difference, difference.high, difference.low)],
        }
    return figures


def calibration(run: Run, qrels: Qrels) -> dict[str, float]:
    """Expected calibration error of ten parts of equal size, over the first ten of each list."""
    promised, kept = [], []
    for query in qrels:
        for article, score in sorted(run.get(query, {}).items(), key=lambda item: -item[1])[:10]:
            promised.append(score)
            kept.append(qrels[query].get(article, 0) > 0)
    scores, relevant = np.array(promised), np.array(kept)
    parts = np.array_split(np.argsort(scores, kind="stable"), 10)
    error = sum(len(part) * abs(scores[part].mean() - relevant[part].mean()) for part in parts) / len(scores)
    return {"expected_calibration_error": round(float(error), 4), "base_rate": round(float(relevant.mean()), 4)}


def cost(recommender: Recommender, scorer: LearnedScorer) -> dict[str, float]:
    """Milliseconds that scoring 200 candidates takes, and a whole answer; medians, in turn."""
    with recommender.collection.reading() as view:
        ids = list(view.ids())[::20][:60]
        ranking = recommender.ranking_of(view)
        default = ranking.scorer("default")
        pools = []
        for article_id in ids:
            profile = view.profile(article_id)
            pools.append(pair_features(profile, view.gather(profile, view.propose(profile, 200)))[:200])

    def median(work: list[Callable[[], Any]]) -> float:
        taken = []
        for each in work:
            start = time.perf_counter()
            each()
            taken.append(1e3 * (time.perf_counter() - start))
        return round(statistics.median(taken), 3)

    figures: dict[str, float] = {}
    for _ in range(2):  # the first round warms up
        for name, each in (("default", default), ("learned", scorer)):
            figures[f"score_200_{name}_ms"] = median([lambda f=pool, s=each: s.parts(f) for pool in pools])
        for name, choice in (("default", "default"), ("learned", scorer)):
            figures[f"related_{name}_ms"] = median(
                [lambda i=article_id, c=choice: recommender.related(i, scorer=c) for article_id in ids]
            )
    return figures


def refusals(recommender: Recommender, qrels: Qrels) -> dict[str, str]:
    """What tuning says to judgements that teach nothing, and to too few."""
    random = np.random.default_rng(0)
    articles = sorted({article for grades in qrels.values() for article in grades})
    shuffled = {
        query: {articles[place]: 1 for place in random.choice(len(articles), len(grades), replace=False).tolist()}
        for query, grades in qrels.items()
    }
    refused = tune(recommender, shuffled)
    assert refused.file is None
    try:
        tune(recommender, dict(list(qrels.items())[:10]))
    except JudgementsError as error:
        return {"shuffled": refused.verdict, "ten_queries": error.what}
    raise AssertionError("ten queries were enough")


def learned_of(found: Tuning) -> LearnedScorer:
    assert found.file is not None
    return LearnedScorer(found.file, "benchmark")


def of_test_side(recommender: Recommender, found: Tuning, qrels: Qrels) -> Qrels:
    with recommender.collection.reading() as view:
        places = {article_id: place for place, article_id in enumerate(view.ids())}
    return {
        query: grades for query, grades in qrels.items() if query in places and found.split.sides[places[query]] == 1
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as temporary:
        azure = built(Path(temporary) / "azure", data / "azure-site" / "articles.jsonl")
        uci = built(Path(temporary) / "uci", data / "uci-stories" / "articles.jsonl")
        records = [json.loads(line) for line in (data / "uci-stories" / "articles.jsonl").open(encoding="utf-8")]
        whole_days = Path(temporary) / "days.jsonl"
        whole_days.write_text(
            "".join(
                json.dumps({**each, "publishedDateTime": each["publishedDateTime"][:10] + "T12:00:00Z"}) + "\n"
                for each in records
            )
        )
        days = built(Path(temporary) / "days", whole_days)
        azure_qrels = read_qrels(data / "azure-site" / "qrels.txt")
        uci_qrels = read_qrels(data / "uci-stories" / "qrels.txt")
        on_azure(azure, azure_qrels)
        scorers = {"azure-site": learned_of(tune(azure, azure_qrels))}
        for name, recommender in (("uci-stories", uci), ("uci-stories, whole days", days)):
            found = tune(recommender, uci_qrels, by=By.story)
            record("tuning", {"data": name, "split": "by story", **found.figures()})
            if found.file:
                scorers[name] = learned_of(found)
        travel(scorers, {"azure-site": (azure, azure_qrels), "uci-stories, whole days": (days, uci_qrels)})


def on_azure(recommender: Recommender, qrels: Qrels) -> None:
    with recommender.collection.reading() as view:
        day = {
            article_id: str(found.article.published_date_time)[:10]
            for article_id in view.ids()
            if (found := recommender.collection.store.get(article_id))
        }
    sides: list[Qrels] = [{}, {}]
    for query, grades in qrels.items():
        for article, grade in grades.items():
            if query in day and article in day and (day[query] >= CUT) == (day[article] >= CUT) and query != article:
                sides[day[query] >= CUT].setdefault(query, {})[article] = grade
    before, after = sides
    found = tune(recommender, before)
    scorer, queries = learned_of(found), sorted(after)
    runs: dict[str, Run] = {"learned": recommender.rank(queries, scorer=scorer)}
    runs |= {name: recommender.rank(queries, scorer=name) for name in ("default", "dense")}
    runs["frozen"] = frozen(recommender, queries)
    record(
        "tuning",
        {
            "data": "azure-site",
            "split": f"learned before {CUT}, tested on pairs wholly after, over all queries",
            "quality": compared(runs, after, "learned"),
            "calibration": calibration(runs["learned"], after),
            "trees": found.rounds,
            "importances": found.figures()["importances"],
            "refused": refusals(recommender, qrels),
            **cost(recommender, scorer),
        },
    )


def travel(scorers: dict[str, LearnedScorer], places: dict[str, tuple[Recommender, Qrels]]) -> None:
    for learned_on, scorer in scorers.items():
        for name, (recommender, qrels) in places.items():
            if learned_on.split(",")[0] == name.split(",")[0]:
                continue
            queries = sorted(qrels)
            runs = {"learned": recommender.rank(queries, scorer=scorer)}
            runs |= {each: recommender.rank(queries, scorer=each) for each in ("default", "dense")}
            record("tuning", {"data": name, "learned_on": learned_on, "quality": compared(runs, qrels, "learned")})


if __name__ == "__main__":
    main()
