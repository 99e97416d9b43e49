"""Which defaults hold on every kind of data: weights, closeness in time, hubs, text recipe, candidate depth.

    python tests/benchmarks/defaults.py --data DIR [--more DIR]

Each row changes one thing of the present defaults. Rows go to `data/benchmarks/defaults.jsonl`, the table to
`defaults.md` beside it. Data of four kinds: a news site bound to its time, headlines by story (also with every date
left out), manuals without dates (see `manuals.py`), the sample site. The figures are of `related run`, which holds no
hubs back; the rows `run with hubs` rank as readers' lists are ranked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measure import RESULTS, ROOT, context, ndcg, read_qrels

from recommender.config import RankingSettings
from recommender.related.recommender import Recommender


class Kind(NamedTuple):
    """One kind of data: articles, judgements, and the longest list of judged ones that counts."""

    name: str
    articles: Path
    qrels: Path
    max_relevant: int | None = None


TRIED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("defaults", {}, {}),
    ("cosine alone", {"text": 0.0, "title": 0.0, "closeness": 0.0}, {}),
    *[(f"text {value}", {"text": value}, {}) for value in (0.0, 0.15, 0.5, 1.0)],
    *[(f"title {value}", {"title": value}, {}) for value in (0.0, 0.3, 0.7, 1.0)],
    *[(f"closeness {value}", {"closeness": value}, {}) for value in (0.0, 0.4, 1.2, 1.6)],
    *[(f"time scale {value} days", {"time_scale_days": value}, {}) for value in (2.0, 5.0, 20.0, 40.0)],
    *[(f"candidates {value}", {"candidates": value}, {}) for value in (50, 100, 400)],
    *[(f"excerpt {value}", {}, {"excerpt_chars": value}) for value in (0, 200, 500)],
    *[(f"body {value}", {}, {"body_chars": value}) for value in (0, 400, 2000)],
    *[(f"run with hubs {value}", {"hubs": value}, {}) for value in (0.5, 1.0, 1.5)],
]


def kinds(data: Path, more: Path | None, folder: Path) -> Iterator[Kind]:
    azure, stories = data / "azure-site", data / "uci-stories"
    yield Kind("news site, lists to 10", azure / "articles.jsonl", azure / "qrels.txt", 10)
    yield Kind("headlines by story", stories / "articles.jsonl", stories / "qrels.txt")
    undated = folder / "undated.jsonl"
    with (stories / "articles.jsonl").open(encoding="utf-8") as lines, undated.open("w", encoding="utf-8") as out:
        for line in lines:
            article = json.loads(line)
            article.pop("publishedDateTime", None)
            out.write(json.dumps(article) + "\n")
    yield Kind("headlines without dates", undated, stories / "qrels.txt")
    if more and (more / "manuals").is_dir():
        yield Kind("manuals", more / "manuals" / "articles.jsonl", more / "manuals" / "qrels.txt")
    yield Kind("sample site", ROOT / "data" / "site", ROOT / "data" / "qrels" / "site.qrels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--more", type=Path, help="A folder with manuals/.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        chosen = list(kinds(options.data, options.more, folder))
        rows = [
            (name, {kind.name: figure(kind, weights, text, folder) for kind in chosen}) for name, weights, text in TRIED
        ]
    write(rows)


def figure(kind: Kind, weights: dict[str, Any], text: dict[str, Any], folder: Path) -> float:
    """nDCG@10 of one kind of data under changed settings."""
    collection = _built(kind, text, folder)
    recommender = Recommender.open(collection, weights=RankingSettings(**weights))
    qrels = read_qrels(kind.qrels)
    run = recommender.rank(list(qrels), top_k=20) if "hubs" not in weights else _with_hubs(recommender, list(qrels))
    recommender.close()
    return round(ndcg(run, qrels, max_relevant=kind.max_relevant), 4)


def _built(kind: Kind, text: dict[str, Any], folder: Path) -> Path:
    collection = folder / f"{kind.name}{sorted(text.items())}"
    if not collection.exists():
        settings = folder / "related.toml"
        lines = [f"{name} = {value}" for name, value in text.items()]
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


def write(rows: list[tuple[str, dict[str, float]]]) -> None:
    """Add the rows to the results, and make the table anew."""
    with (RESULTS / "defaults.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"benchmark": "defaults", **context(), "nDCG@10": dict(rows)}) + "\n")
    names = list(rows[0][1])
    lines = [
        "# What was tried for the defaults",
        "",
        "nDCG@10; each row changes one thing of the defaults (`recommender/config.py`). Made by "
        "`tests/benchmarks/defaults.py`.",
        "",
        f"| changed | {' | '.join(names)} |",
        f"| --- |{' --- |' * len(names)}",
        *(f"| {name} | {' | '.join(f'{row[kind]:.4f}' for kind in names)} |" for name, row in rows),
        "",
    ]
    (RESULTS / "defaults.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
