"""What every benchmark row needs: the machine, the commit, the versions, quality of a run."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections import defaultdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "data" / "benchmarks"
_VERSIONS = ("faiss-cpu", "numpy", "sentence-transformers", "tantivy", "torch", "transformers")

Qrels = dict[str, dict[str, int]]
Run = dict[str, dict[str, float]]


def record(name: str, figures: dict[str, object]) -> None:
    """Print a row and add it to the results."""
    row = {"benchmark": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), **context(), **figures}
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / f"{name}.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    print(json.dumps({"benchmark": name, **figures}, indent=1), flush=True)


def context() -> dict[str, object]:
    """Machine, commit and versions."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "recommender", "constraints.txt", "pyproject.toml")
    return {
        "commit": git("rev-parse", "--short=12", "HEAD") + ("+changes" if changed else ""),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _VERSIONS},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def read_qrels(path: Path) -> Qrels:
    """TREC judgements."""
    qrels: Qrels = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        query, _, article, grade = line.split()
        qrels[query][article] = int(grade)
    return qrels


def ndcg(run: Run, qrels: Qrels, top_k: int = 10, max_relevant: int | None = None) -> float:
    """Mean of `ndcg_of_each`."""
    found = ndcg_of_each(run, qrels, max_relevant, top_k)
    return sum(found.values()) / max(1, len(found))


def ndcg_of_each(run: Run, qrels: Qrels, max_relevant: int | None = None, top_k: int = 10) -> dict[str, float]:
    """nDCG@k of each judged query with linear gain; one that the run lacks has 0.

    Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002), in trec_eval's form.
    """
    found = {}
    for query, judged in qrels.items():
        relevant = sorted((grade for grade in judged.values() if grade > 0), reverse=True)
        if not relevant or (max_relevant and len(relevant) > max_relevant):
            continue
        shown = sorted(run.get(query, {}).items(), key=lambda item: -item[1])[:top_k]
        gains = [judged.get(article, 0) for article, _ in shown if article != query]
        found[query] = _dcg(gains) / _dcg(relevant[:top_k])
    return found


def _dcg(gains: list[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))
