"""Benchmarks of reading, building, answering and quality: see README.md beside this file."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from filling import enrich
from measure import ROOT, ndcg, read_qrels, record

RIVAL_ENCODE = """
import sys, time
from pathlib import Path
start = time.perf_counter()
from sentence_transformers import SentenceTransformer
from recommender.embedding.models import locate_model
texts = Path(sys.argv[1]).read_text(encoding="utf-8").split(chr(0))
model = SentenceTransformer(str(locate_model("default")), device="cpu")
loaded = time.perf_counter()
model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
print(time.perf_counter() - loaded, time.perf_counter() - start)
"""


def median_of(repeat: int, measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(repeat))


def reading(data: Path, repeat: int) -> None:
    from recommender.sources import ReadArticle, SiteFolder

    folder = data / "azure-site" / "_news"
    files = sorted(folder.glob("*.md"))

    def ours() -> float:
        start = time.perf_counter()
        read = sum(isinstance(found, ReadArticle) for found in SiteFolder(folder).scan({}))
        assert read == len(files)
        return (time.perf_counter() - start) / len(files)

    def rival() -> float:
        start = time.perf_counter()
        for file in files:
            yaml.load(file.read_text(encoding="utf-8").split("\n---")[0], Loader=yaml.CSafeLoader)
        return (time.perf_counter() - start) / len(files)

    ours()  # both find the files in the page cache
    pairs = [(ours(), rival()) for _ in range(repeat)]
    record(
        "reading",
        {
            "files": len(files),
            "ours_ms_per_file": round(1e3 * statistics.median(p[0] for p in pairs), 3),
            "rival": "PyYAML CSafeLoader over the whole front matter of each file",
            "rival_ms_per_file": round(1e3 * statistics.median(p[1] for p in pairs), 3),
            "times_faster": round(statistics.median(p[1] / p[0] for p in pairs), 1),
            "quality": {"articles_read": len(files), "problems": 0},
        },
    )


def build(data: Path, repeat: int) -> None:
    from recommender.config import Settings
    from recommender.sources import ReadArticle, open_source
    from recommender.text import article_texts

    with tempfile.TemporaryDirectory() as temporary:
        site, collection, texts = Path(temporary) / "site", Path(temporary) / "c", Path(temporary) / "texts"
        shutil.copytree(data / "azure-site" / "_news", site)
        found = [item for item in open_source(site).scan({}) if isinstance(item, ReadArticle)]
        wholes = [article_texts(item.article, Settings().text).whole for item in found]
        texts.write_text("\0".join(wholes), encoding="utf-8")
        related = Path(sys.executable).parent / "related"
        command = [str(related), "build", str(site), "--collection", str(collection)]

        def timed(arguments: list[str]) -> tuple[float, subprocess.CompletedProcess[str]]:
            start = time.perf_counter()
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            return time.perf_counter() - start, done

        def rival() -> tuple[float, float]:
            _, done = timed([sys.executable, "-c", RIVAL_ENCODE, str(texts)])
            encode, whole = done.stdout.split()[-2:]
            return float(encode), float(whole)

        def cold() -> float:
            shutil.rmtree(collection, ignore_errors=True)
            return timed(command)[0]

        rounds = [(cold(), *rival()) for _ in range(repeat)]
        again = median_of(repeat, lambda: timed(command)[0])
        changed = next(site.glob("*.md"))
        changed.write_text(changed.read_text(encoding="utf-8").replace('title: "', 'title: "Changed: ', 1))
        one_s, one = timed(command)
        shutil.rmtree(collection)
        peak = _peak_megabytes(command)
    encode_s = statistics.median(r[1] for r in rounds)
    record(
        "build",
        {
            "articles": len(found),
            "distinct_texts": len(set(wholes)),
            "cold_s": round(statistics.median(r[0] for r in rounds), 2),
            "rival": "SentenceTransformer.encode over the same texts, batches of 32",
            "rival_encode_s": round(encode_s, 2),
            "rival_process_s": round(statistics.median(r[2] for r in rounds), 2),
            "cold_over_rival_encode": round(statistics.median(r[0] / r[1] for r in rounds), 3),
            "cold_over_rival_process": round(statistics.median(r[0] / r[2] for r in rounds), 3),
            "unchanged_s": round(again, 3),
            "unchanged_over_rival_encode": round(again / encode_s, 4),
            "one_changed_file_s": round(one_s, 2),
            "one_changed_file": one.stderr.strip().splitlines()[-1],
            "peak_memory_mb": peak,
        },
    )


def _peak_megabytes(command: list[str]) -> int:
    process = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)],
    )
    _, _, usage = os.wait4(process, 0)
    return usage.ru_maxrss // 1024


def related(data: Path, repeat: int) -> None:
    from recommender.related.recommender import Recommender

    with tempfile.TemporaryDirectory() as temporary:
        collection = _collection(data / "azure-site" / "articles.jsonl", Path(temporary) / "c")
        start = time.perf_counter()
        recommender = Recommender.open(collection)
        with recommender.collection.reading() as view:
            everything = list(view.ids())
            ids, vectors = everything[::4], view.gather(None, everything).vectors
        opening_s = time.perf_counter() - start
        recommender.related(ids[0])
        ours, rival, features = [], [], "torch" in sys.modules
        for number, article_id in enumerate(ids):
            start = time.perf_counter()
            recommender.related(article_id)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            scores = vectors @ vectors[4 * number]
            top = np.argpartition(-scores, 6)[:6]
            top[np.argsort(-scores[top])]
            rival.append(time.perf_counter() - start)
        qrels = read_qrels(data / "azure-site" / "qrels.txt")
        run = recommender.rank(top_k=20)
        record(
            "related",
            {
                "articles": len(vectors),
                "queries": len(ids),
                "opening_ms": round(1e3 * opening_s, 1),
                "median_ms": round(1e3 * statistics.median(ours), 2),
                "p99_ms": round(1e3 * float(np.quantile(ours, 0.99)), 2),
                "rival": "exact cosine with numpy, ids only: no filter, no score, no reasons",
                "rival_median_ms": round(1e3 * statistics.median(rival), 2),
                "torch_loaded": features or "torch" in sys.modules,
                "quality": {"nDCG@10, lists to 10": round(ndcg(run, qrels, max_relevant=10), 4)},
            },
        )
        recommender.close()


def quality(data: Path, repeat: int) -> None:
    from recommender.related.recommender import Recommender

    for name in ("azure-site", "uci-stories"):
        with tempfile.TemporaryDirectory() as temporary:
            recommender = Recommender.open(_collection(data / name / "articles.jsonl", Path(temporary) / "c"))
            qrels = read_qrels(data / name / "qrels.txt")
            figures: dict[str, object] = {"data": name, "queries": len(qrels)}
            for scorer in ("default", "dense", "lexical"):
                start = time.perf_counter()
                run = recommender.rank(list(qrels), top_k=20, scorer=scorer)
                figures[scorer] = {
                    "nDCG@10": round(ndcg(run, qrels), 4),
                    "nDCG@10, lists to 10": round(ndcg(run, qrels, max_relevant=10), 4),
                    "ms_per_query": round(1e3 * (time.perf_counter() - start) / len(qrels), 2),
                }
            recommender.close()
        record("quality", figures)


def _collection(source: Path, folder: Path) -> Path:
    # In a process of its own, so that this one stays without torch.
    related = Path(sys.executable).parent / "related"
    subprocess.run([str(related), "build", str(source), "--collection", str(folder)], capture_output=True, check=False)
    return folder


BENCHMARKS = {"reading": reading, "build": build, "related": related, "quality": quality, "enrich": enrich}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default=",".join(BENCHMARKS))
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"there is no data in {options.data}: see tests/benchmarks/README.md")
    for name in options.only.split(","):
        BENCHMARKS[name](options.data, options.repeat)


if __name__ == "__main__":
    main()
