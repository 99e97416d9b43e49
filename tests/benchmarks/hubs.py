"""Ways to keep an article from filling everybody's list, side by side; adds a row `hubs` and makes `hubs.md` anew.

    python tests/benchmarks/hubs.py --data DIR [--more DIR]

Each way changes the content of a pair by something of the candidate before closeness in time multiplies it:

| way | what it takes off |
| --- | --- |
| `csls` | a share of the mean cosine with the ten nearest (Conneau et al. 2018, eq. 3) |
| `csls, loners less` | the same, where what is near to nothing gains only 0.7 of what a hub loses: ours |
| `mutual proximity` | instead of the cosine, how unlikely it is for both (Schnitzer et al. 2012, normal) |
| `appearances` | a share of the logarithm of how many lists of five it stands in without control |

Lists are the first five of all articles, without minimum and without collapsing; nDCG@10 is of the judged ones.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from answers import built, gini
from measure import RESULTS, ROOT, context, ndcg, read_qrels

from recommender.ranking.features import FEATURES, pair_features
from recommender.related.recommender import Recommender

Array = np.ndarray[Any, Any]
Way = Callable[["Data", int, Array, Array], Array]
"""What takes the place of the weighted cosine: data, row of the query, rows and features of the candidates."""

_COSINE, _TEXT, _TITLE, _DAYS = (FEATURES.index(name) for name in ("cosine", "text", "title", "days_apart"))
LONER_SHARE = 0.7


class Data(NamedTuple):
    """A collection with the candidates of all of its articles."""

    ids: list[str]
    asked: list[tuple[Array, Array]]
    nearest: Array
    mean: Array
    spread: Array
    appearances: Array
    weights: Any


def load(collection: Path) -> Data:
    recommender = Recommender.open(collection)
    with recommender.collection.reading() as view:
        ids = list(view.ids())
        row_of = {article_id: row for row, article_id in enumerate(ids)}
        asked = []
        for article_id in ids:
            profile = view.profile(article_id)
            pool = view.gather(profile, view.propose(profile, 200))
            asked.append((np.array([row_of[name] for name in pool.ids]), pair_features(profile, pool)))
        vectors = view.gather(None, ids).vectors
        weights = view.settings.ranking
    recommender.close()
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, np.nan)
    mean, spread = np.nanmean(cosines, axis=1), np.nanstd(cosines, axis=1)
    nearest = np.sort(np.nan_to_num(cosines, nan=-1), axis=1)[:, -10:].mean(axis=1)
    data = Data(ids, asked, nearest - nearest.mean(), mean, spread, np.zeros(len(ids)), weights)
    return data._replace(appearances=appearances_in(lists(data, none, 5), len(ids)))


def none(data: Data, query: int, rows: Array, features: Array) -> Array:
    return features[:, _COSINE]


def csls(weight: float, loners: float = 1.0) -> Way:
    def way(data: Data, query: int, rows: Array, features: Array) -> Array:
        hubness = data.nearest[rows]
        return features[:, _COSINE] - weight * np.where(hubness > 0, hubness, loners * hubness)

    return way


def mutual_proximity(weight: float) -> Way:
    # log(1 - Phi(z)) by Mills' ratio, exact enough in the tail that candidates lie in.
    def log_tail(z: Array) -> Array:
        return np.array([math.log(max(math.erfc(value / math.sqrt(2)) / 2, 1e-300)) for value in z])

    def way(data: Data, query: int, rows: Array, features: Array) -> Array:
        cosine = features[:, _COSINE]
        ours = log_tail((cosine - data.mean[query]) / data.spread[query])
        theirs = log_tail((cosine - data.mean[rows]) / data.spread[rows])
        return -weight * (ours + theirs) / 2

    return way


def appearance_penalty(weight: float) -> Way:
    def way(data: Data, query: int, rows: Array, features: Array) -> Array:
        often = np.log((1 + data.appearances[rows]) / (1 + data.appearances.mean()))
        return features[:, _COSINE] - weight * often

    return way


WAYS: dict[str, Way] = {
    "none": none,
    **{f"csls {weight}": csls(weight) for weight in (0.5, 0.85)},
    **{f"csls {weight}, loners less": csls(weight, LONER_SHARE) for weight in (0.8, 1.0, 1.2)},
    **{f"mutual proximity {weight}": mutual_proximity(weight) for weight in (0.05, 0.1)},
    **{f"appearances {weight}": appearance_penalty(weight) for weight in (0.03, 0.06)},
}


def scored(data: Data, way: Way, query: int, top_k: int) -> tuple[Array, Array]:
    rows, features = data.asked[query]
    weights = data.weights
    content = way(data, query, rows, features) + weights.text * features[:, _TEXT] + weights.title * features[:, _TITLE]
    closeness = np.nan_to_num(np.exp(-np.sqrt(features[:, _DAYS] / weights.time_scale_days)))
    scores = content * (1 + weights.closeness * closeness)
    best = np.lexsort((rows, -scores))[:top_k]
    return rows[best], scores[best]


def lists(data: Data, way: Way, top_k: int) -> list[Array]:
    return [scored(data, way, query, top_k)[0] for query in range(len(data.ids))]


def appearances_in(shown: list[Array], count: int) -> Array:
    return np.bincount(np.concatenate(shown), minlength=count)


def figures(data: Data, way: Way, qrels: Path) -> dict[str, float]:
    counts = appearances_in(lists(data, way, 5), len(data.ids))
    judged = read_qrels(qrels)
    place = {article_id: row for row, article_id in enumerate(data.ids)}
    run = {}
    for query in judged:
        if query in place:
            rows, scores = scored(data, way, place[query], 20)
            run[query] = dict(zip([data.ids[row] for row in rows.tolist()], scores.tolist(), strict=True))
    return {
        "nDCG@10": round(ndcg(run, judged), 4),
        "Gini": round(gini(counts), 4),
        "top item": int(counts.max()),
        "coverage": round(float(np.mean(counts > 0)), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--more", type=Path, help="A folder with manuals/.")
    options = parser.parse_args()
    places = [options.data / "azure-site", options.data / "uci-stories"]
    places += [options.more / "manuals"] if options.more else []
    found: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for place in places:
            data = load(built(Path(temporary) / place.name, place / "articles.jsonl"))
            found[place.name] = {name: figures(data, way, place / "qrels.txt") for name, way in WAYS.items()}
    with (RESULTS / "hubs.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"benchmark": "hubs", **context(), "data": found}) + "\n")
    lines = ["# Ways to hold hubs back", "", "Made by `tests/benchmarks/hubs.py`, which says what each way is.", ""]
    for name, ways in found.items():
        columns = list(next(iter(ways.values())))
        lines += [f"## {name}", "", f"| way | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}"]
        lines += [f"| {way} | {' | '.join(str(row[column]) for column in columns)} |" for way, row in ways.items()]
        lines.append("")
    (RESULTS / "hubs.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
