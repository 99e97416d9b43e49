"""Which defaults hold on every kind of site: weights, closeness in time, topics, hubs, text recipe, candidate depth.

    python tests/benchmarks/defaults.py [--data DIR] [--more DIR] [--keep DIR] [--only PART_OF_A_NAME]

Each variant changes one thing of the present defaults. The sets: nine blogs and manuals judged by what their authors
link to (`links`), a news site, headlines by story with and without dates, the sample site, and manuals without dates
where `--more` has them (see `manuals.py`). A default is chosen by its mean over the linked sites and by its worst set
against a plain fusion, never by one set. So that choosing does not flatter, `chosen on the other half` gives for each
half of the queries the variant that is best on the other half. The figures rank as `related run` does, which holds no
hubs back, but for the rows `hubs`. Rows go to `data/benchmarks/defaults.jsonl`, the table to `defaults.md` beside it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from fusion import fuse
from measure import RESULTS, ROOT, context, ndcg_of_each, read_qrels

from recommender.article import Article
from recommender.config import RankingSettings
from recommender.related.recommender import Recommender
from recommender.text import stable_hash

NOTHING = ROOT / "tests" / "support" / "nothing_related.jsonl"
LINKED = ["goblog", "18f", "aakinshin", "mtlynch", "artsy", "pypy", "influxdocs", "efcl-ja", "putaindecode-fr"]
RESAMPLES = 2000
DEFAULTS = "defaults"


class Kind(NamedTuple):
    """One kind of data: articles, judgements, and the longest list of judged ones that counts."""

    name: str
    articles: Path
    qrels: Path
    max_relevant: int | None = None


TRIED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (DEFAULTS, {}, {}),
    ("cosine alone", {"text": 0.0, "title": 0.0, "topics": 0.0, "authors": 0.0, "closeness": 0.0}, {}),
    ("no vectors", {"cosine": 0.0}, {}),
    *[(f"cosine {value}", {"cosine": value}, {}) for value in (0.5, 0.75, 1.5)],
    *[(f"text {value}", {"text": value}, {}) for value in (0.0, 0.4, 0.6, 1.0, 1.5)],
    *[(f"title {value}", {"title": value}, {}) for value in (0.0, 0.3, 0.7, 1.0)],
    *[(f"topics {value}", {"topics": value}, {}) for value in (0.0, 0.1, 0.3, 0.5)],
    *[(f"authors {value}", {"authors": value}, {}) for value in (0.0, 0.1, 0.3)],
    *[(f"closeness {value}", {"closeness": value}, {}) for value in (0.0, 0.4, 0.8, 1.2, 1.6)],
    *[(f"time scale {value} days", {"time_scale_days": value}, {}) for value in (10.0, 40.0, 100.0, 200.0)],
    *[(f"candidates {value}", {"candidates": value}, {}) for value in (50, 100, 400)],
    ("searched: the lead", {}, {"searched_chars": 0}),
    *[(f"searched: {value} characters", {}, {"searched_chars": value}) for value in (5000, 80_000)],
    ("English in every language", {}, {"language": "english"}),
    *[(f"hubs {value}", {"hubs": value}, {}) for value in (0.5, 1.0, 1.5)],
]


def kinds(data: Path, more: Path | None, folder: Path) -> Iterator[Kind]:
    for name in LINKED:
        yield Kind(name, data / "links" / name / "articles.jsonl", data / "links" / name / "qrels.txt")
    azure, stories = data / "azure-site", data / "uci-stories"
    yield Kind("news, lists to 10", azure / "articles.jsonl", azure / "qrels.txt", 10)
    yield Kind("news, all", azure / "articles.jsonl", azure / "qrels.txt")
    yield Kind("headlines", stories / "articles.jsonl", stories / "qrels.txt")
    undated = folder / "undated.jsonl"
    with (stories / "articles.jsonl").open(encoding="utf-8") as lines, undated.open("w", encoding="utf-8") as out:
        for line in lines:
            article = json.loads(line)
            article.pop("publishedDateTime", None)
            out.write(json.dumps(article) + "\n")
    yield Kind("headlines, undated", undated, stories / "qrels.txt")
    if more and (more / "manuals").is_dir():
        yield Kind("manuals", more / "manuals" / "articles.jsonl", more / "manuals" / "qrels.txt")
    yield Kind("sample site", ROOT / "data" / "site", ROOT / "data" / "qrels" / "site.qrels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--more", type=Path, help="A folder with manuals/.")
    parser.add_argument("--keep", type=Path, help="A folder for the collections, to go on from.")
    parser.add_argument("--only", default="", help="Try only variants with this in their name; nothing is recorded.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sets = list(kinds(options.data, options.more, folder))
        fusion = {
            kind.name: ndcg_of_each(_fused(kind, folder), read_qrels(kind.qrels), kind.max_relevant) for kind in sets
        }
        tried = {}
        for name, weights, text in TRIED:
            if options.only in name:
                tried[name] = {kind.name: _ranked(kind, weights, text, folder) for kind in sets}
                print(_row(name, tried[name], fusion), flush=True)
        lists = {kind.name: _lists(kind, folder) for kind in sets if kind.name in LINKED}
    if not options.only:
        write(tried, fusion, lists)


Values = dict[str, dict[str, float]]
"""nDCG@10 of each query, by set."""


def _ranked(kind: Kind, weights: dict[str, Any], text: dict[str, Any], folder: Path) -> dict[str, float]:
    recommender = Recommender.open(_built(kind, text, folder), weights=RankingSettings(**weights))
    qrels = read_qrels(kind.qrels)
    run = recommender.rank(list(qrels), top_k=20) if "hubs" not in weights else _with_hubs(recommender, list(qrels))
    recommender.close()
    return ndcg_of_each(run, qrels, kind.max_relevant)


def _fused(kind: Kind, folder: Path) -> dict[str, dict[str, float]]:
    recommender = Recommender.open(_built(kind, {}, folder))
    run = fuse(recommender, list(read_qrels(kind.qrels)), top_k=20)
    recommender.close()
    return run


def _built(kind: Kind, text: dict[str, Any], folder: Path) -> Path:
    name = "-".join(
        [kind.name.partition(",")[0] + kind.articles.stem, *(f"{key}-{value}" for key, value in text.items())]
    )
    collection = folder / name.replace(" ", "-")
    if not collection.exists():
        if text:
            shutil.copytree(_built(kind, {}, folder), collection)  # with its vectors
        settings = folder / "related.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in text.items()]
        settings.write_text("\n".join(["[text]", *lines]), encoding="utf-8")
        related = Path(sys.executable).parent / "related"
        command = [related, "build", kind.articles, "--collection", collection, "--config", settings]
        subprocess.run([str(part) for part in command], capture_output=True, check=False)
    return collection


def _with_hubs(recommender: Recommender, ids: list[str]) -> dict[str, dict[str, float]]:
    with recommender.collection.reading() as view:
        chooser = recommender._chooser(view, recommender.ranking_of(view))
        run = {}
        for article_id in ids:
            scored = chooser.score(view.profile(article_id), "default", 20, as_shown=True)
            best = np.argsort(-scored.raw, kind="stable")[:20].tolist()
            run[article_id] = {scored.pool.ids[place]: float(scored.raw[place]) for place in best}
        return run


def _lists(kind: Kind, folder: Path) -> dict[str, float]:
    """What readers see: how many articles with judged relatives get a list, how long, and how many others get none."""
    recommender = Recommender.open(_built(kind, {}, folder))
    qrels = read_qrels(kind.qrels)
    judged = [query for query, related in qrels.items() if any(grade > 0 for grade in related.values())]
    lengths = [len(recommender.related(query, top_k=5, reasons=False)) for query in judged]
    others = [json.loads(line) for line in NOTHING.read_text(encoding="utf-8").splitlines()]
    empty = [len(recommender.related(Article.read({**each, "id": None}), reasons=False)) == 0 for each in others]
    recommender.close()
    return {"with a list": float(np.mean(np.array(lengths) > 0)), "items": float(np.mean(lengths)), "empty": sum(empty)}


def _mean(values: dict[str, float]) -> float:
    return float(np.mean(list(values.values())))


def _half(values: Values, half: int) -> Values:
    return {
        kind: {query: v for query, v in each.items() if stable_hash(query) % 2 == half} for kind, each in values.items()
    }


def _linked(values: Values) -> float:
    return float(np.mean([_mean(values[kind]) for kind in LINKED]))


def _worst(values: Values, fusion: Values) -> float:
    return min(_mean(values[kind]) - _mean(fusion[kind]) for kind in LINKED)


def _interval(values: dict[str, float], fusion: dict[str, float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean difference."""
    gains = np.array([values[query] - fusion[query] for query in fusion])
    draws = np.random.default_rng(0).integers(0, len(gains), (RESAMPLES, len(gains)))
    low, high = np.quantile(gains[draws].mean(axis=1), (0.025, 0.975)).tolist()
    return low, high


def _row(name: str, values: Values, fusion: Values) -> str:
    cells = [f"{_mean(each):.3f}" for each in values.values()]
    return f"| {name} | {_linked(values):.4f} | {_worst(values, fusion):+.3f} | {' | '.join(cells)} |"


def write(tried: dict[str, Values], fusion: Values, lists: dict[str, dict[str, float]]) -> None:
    """Add the figures to the results, and make the table anew."""
    chosen = {}
    for half in (0, 1):
        best = max(tried, key=lambda name: _linked(_half(tried[name], 1 - half)))
        chosen[half] = (best, _linked(_half(tried[best], half)), _linked(_half(tried[DEFAULTS], half)))
    intervals = {kind: _interval(tried[DEFAULTS][kind], fusion[kind]) for kind in fusion}
    figures = {name: {kind: round(_mean(each), 4) for kind, each in values.items()} for name, values in tried.items()}
    row = {
        "benchmark": "defaults",
        **context(),
        "nDCG@10": {"fusion": {kind: round(_mean(each), 4) for kind, each in fusion.items()}, **figures},
        "gain over fusion, 95 %": {kind: [round(end, 4) for end in ends] for kind, ends in intervals.items()},
        "chosen on the other half": {str(half): list(each) for half, each in chosen.items()},
        "lists": lists,
    }
    with (RESULTS / "defaults.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    heading = f"| changed | linked sites | worst | {' | '.join(fusion)} |"
    rule = f"| --- | --- | --- |{' --- |' * len(fusion)}"
    lines = [
        "# What was tried for the defaults",
        "",
        "nDCG@10; each row changes one thing of the defaults (`recommender/config.py`). `linked sites` is the mean "
        "over the nine sites judged by their authors' links, `worst` the smallest gain among them over the fusion: "
        "cosine + 0.5 BM25 over the best candidate's + 0.3 exp(-days / 10). Made by `tests/benchmarks/defaults.py`.",
        "",
        heading,
        rule,
        _row("fusion", fusion, fusion),
        *(_row(name, values, fusion) for name, values in tried.items()),
        "",
        "Gain of the defaults over the fusion, with its 95 % interval (2,000 bootstrap samples of the queries):",
        "",
        "| set | queries | gain | from | to |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {kind} | {len(fusion[kind])} | {_mean(tried[DEFAULTS][kind]) - _mean(fusion[kind]):+.3f} | "
            f"{low:+.3f} | {high:+.3f} |"
            for kind, (low, high) in intervals.items()
        ),
        "",
        *(
            f"Half {half} of the queries: the variant that is best on the other half is `{name}`, here {found:.4f}; "
            f"the defaults {own:.4f}."
            for half, (name, found, own) in chosen.items()
        ),
        "",
        "Lists as readers see them, at most 5 items; `empty` of 40 articles about nothing there:",
        "",
        "| set | with a list | items | empty |",
        "| --- | --- | --- | --- |",
        *(
            f"| {kind} | {each['with a list']:.1%} | {each['items']:.2f} | {each['empty']:.0f} |"
            for kind, each in lists.items()
        ),
        "",
    ]
    (RESULTS / "defaults.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
