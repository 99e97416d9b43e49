"""What runs the model fastest, and what that costs: every backend, and a static model if one is named.

    python tests/benchmarks/embedding.py --data DIR [--static DIR] [--repeat 3]

One process encodes the texts with each in turn, `repeat` times; the ratio to PyTorch is the median of the rounds'. The
processor's time, summed over its cores, is less moved by what else a shared machine does than the time that passes.
Each is loaded in a process of its own for the time to its first text. Quality is beside speed: cosines with the vectors
of PyTorch, the share of ten exact nearest neighbours that stay, nDCG@10 of exact cosines (what `--scorer dense` ranks
by), and by how much a vector differs when its text is encoded alone.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from measure import ROOT, Qrels, ndcg, read_qrels, record

from recommender.config import EncoderSettings, Settings
from recommender.embedding import SentenceTransformerEncoder
from recommender.sources import ReadArticle, open_source
from recommender.text import article_texts

ALONE = 100
"""How many texts are encoded one by one."""
FIRST_TEXT = """
import sys, time
start = time.perf_counter()
from recommender.config import EncoderSettings
from recommender.embedding import SentenceTransformerEncoder
SentenceTransformerEncoder(EncoderSettings.model_validate_json(sys.argv[1])).encode(["A fire in a block of flats"])
print(time.perf_counter() - start)
"""


class Data(NamedTuple):
    """Articles of one kind: ids, each one's row among the distinct texts, those texts, judgements."""

    ids: list[str]
    rows: np.ndarray
    texts: list[str]
    qrels: Qrels
    max_relevant: int | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--static", type=Path, help="A folder that `related distil` made of the default model.")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    settings = {name: EncoderSettings(backend=name) for name in ("torch", "onnx", "onnx-int8")}
    if options.static:
        settings["static"] = EncoderSettings(model=str(options.static))
    for name, max_relevant in (("azure-site", 10), ("uci-stories", None)):
        data = read(options.data / name, max_relevant)
        rows = measure(data, settings, options.repeat)
        versions = {package: version(package) for package in ("onnx", "onnxruntime", "model2vec")}
        texts = {"data": name, "texts": len(data.texts), "rounds": options.repeat}
        record("embedding", {**texts, "rival": "torch", "backends": rows, "backend_versions": versions})


def read(folder: Path, max_relevant: int | None) -> Data:
    found = [item.article for item in open_source(folder / "articles.jsonl").scan({}) if isinstance(item, ReadArticle)]
    wholes = [article_texts(article, Settings().text).whole for article in found]
    place = {text: row for row, text in enumerate(dict.fromkeys(wholes))}
    rows = np.array([place[text] for text in wholes])
    ids = [str(article.id) for article in found]
    return Data(ids, rows, list(place), read_qrels(folder / "qrels.txt"), max_relevant)


def measure(data: Data, settings: dict[str, EncoderSettings], repeat: int) -> dict[str, dict[str, Any]]:
    """A row for each backend."""
    encoders = {name: SentenceTransformerEncoder(chosen) for name, chosen in settings.items()}
    vectors: dict[str, np.ndarray] = {}
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    work: dict[str, list[float]] = {name: [] for name in encoders}
    for encoder in encoders.values():
        encoder.encode(data.texts[:64])
    for _ in range(repeat):
        for name, encoder in encoders.items():
            start, worked = time.perf_counter(), time.process_time()
            vectors[name] = encoder.encode(data.texts)
            work[name].append(time.process_time() - worked)
            seconds[name].append(time.perf_counter() - start)
    alone, latency = one_by_one(encoders, data.texts[:ALONE])
    neighbours = nearest(vectors["torch"])
    rows = {}
    for name, chosen in settings.items():
        same = vectors[name].shape == vectors["torch"].shape
        cosines = (vectors[name] * vectors["torch"]).sum(axis=1) if same else None
        kept = [len(set(a) & set(b)) / len(a) for a, b in zip(neighbours, nearest(vectors[name]), strict=True)]
        rows[name] = {
            "texts_per_s": round(len(data.texts) / statistics.median(seconds[name]), 1),
            "times_as_fast_as_torch": round(
                statistics.median(a / b for a, b in zip(seconds["torch"], seconds[name], strict=True)), 2
            ),
            "processor_ms_per_text": round(1e3 * statistics.median(work[name]) / len(data.texts), 2),
            "times_less_work_than_torch": round(
                statistics.median(a / b for a, b in zip(work["torch"], work[name], strict=True)), 2
            ),
            "one_text_ms": round(1e3 * statistics.median(latency[name]), 2),
            "first_text_of_a_process_s": first_text(chosen, repeat),
            "mean_cosine": None if cosines is None else round(float(cosines.mean()), 5),
            "least_cosine": None if cosines is None else round(float(cosines.min()), 5),
            "greatest_difference_to_torch": float(f"{np.abs(vectors[name] - vectors['torch']).max():.1e}")
            if same
            else None,
            "greatest_difference_by_batch": float(f"{np.abs(alone[name] - vectors[name][:ALONE]).max():.1e}"),
            "overlap@10": round(float(np.mean(kept)), 4),
            "nDCG@10": round(judged(data, vectors[name]), 4),
        }
    return rows


def one_by_one(
    encoders: dict[str, SentenceTransformerEncoder], texts: list[str]
) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """Vectors of texts that were encoded alone, and the seconds each took; the backends take turns."""
    vectors: dict[str, list[np.ndarray]] = {name: [] for name in encoders}
    seconds: dict[str, list[float]] = {name: [] for name in encoders}
    for text in texts:
        for name, encoder in encoders.items():
            start = time.perf_counter()
            vectors[name].append(encoder.encode([text]))
            seconds[name].append(time.perf_counter() - start)
    return {name: np.concatenate(rows) for name, rows in vectors.items()}, seconds


def first_text(settings: EncoderSettings, repeat: int) -> float:
    command = [sys.executable, "-c", FIRST_TEXT, settings.model_dump_json()]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(repeat)]
    return round(statistics.median(float(run.stdout) for run in runs), 2)


def nearest(vectors: np.ndarray, top_k: int = 10) -> np.ndarray:
    """Rows of the exact nearest neighbours of every row, without itself, in no order."""
    found = []
    for start in range(0, len(vectors), 512):
        near = vectors[start : start + 512] @ vectors.T
        near[np.arange(len(near)), np.arange(start, start + len(near))] = -np.inf
        found.append(np.argpartition(-near, top_k, axis=1)[:, :top_k])
    return np.concatenate(found)


def judged(data: Data, vectors: np.ndarray) -> float:
    """nDCG@10 of exact cosines."""
    every = vectors[data.rows]
    place = {article_id: row for row, article_id in enumerate(data.ids)}
    run = {}
    for query in data.qrels.keys() & place.keys():
        near = every @ every[place[query]]
        near[place[query]] = -np.inf
        best = np.argsort(-near, kind="stable")[:10]
        run[query] = {data.ids[row]: float(near[row]) for row in best}
    return ndcg(run, data.qrels, max_relevant=data.max_relevant)


if __name__ == "__main__":
    main()
