"""txtai: hybrid search of vectors and BM25, with its SQL filter."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
from job import Article, Found, Job, Rival, run
from txtai import Embeddings

CANDIDATES = 200
WEIGHT = 0.6
"""Of the vectors; that of BM25 is the rest."""
ANSWER = f"""
SELECT id, score FROM txtai WHERE similar(:asked, {CANDIDATES}, :weight)
AND day >= :first AND day <= :last AND id <> :id LIMIT """


class Hybrid(Rival):
    name = "txtai"
    does = ("candidates", "filter", "fuse")

    def __init__(self, weight: float = WEIGHT) -> None:
        self.weight = weight
        self.settings = (
            f"hybrid, exact FAISS and BM25 with normalized scores, weight of the vectors {weight}, "
            f"{CANDIDATES} candidates each, window in its SQL"
        )

    def build(self, job: Job, disk: Path) -> None:
        vectors = np.load(job.folder / "vectors.npy")
        rows = {article.text: row for row, article in enumerate(job.articles)}
        self.embeddings = Embeddings(
            {
                "method": "external",
                "transform": lambda texts: np.stack([vectors[rows[text]] for text in texts]),
                "backend": "faiss",
                "faiss": {"components": "IDMap,Flat"},
                "content": True,
                "columns": {"text": "text"},
                "scoring": {"method": "bm25", "terms": True, "normalize": True},
            }
        )
        self.embeddings.index(
            (article.id, {"text": article.text, "day": article.day}, None) for article in job.articles
        )
        self.embeddings.save(str(disk / "index"))

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        first, last = days or (-1e9, 1e9)
        asked = {"asked": article.text, "weight": self.weight, "first": first, "last": last, "id": article.id}
        found = self.embeddings.search(f"{ANSWER} {top_k}", parameters=asked)
        return [(row["id"], row["score"]) for row in found]

    def version(self) -> str:
        return version("txtai")

    def close(self) -> None:
        self.embeddings.close()


if __name__ == "__main__":
    run(Hybrid())
