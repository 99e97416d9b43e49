"""sentence-transformers and FAISS: the exact nearest by cosine, as most tutorials do it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from importlib.metadata import version
from pathlib import Path

import faiss
import numpy as np
from job import Article, Found, Job, Rival, run


class Flat(Rival):
    name = "sentence-transformers + FAISS"
    does = ("candidates", "filter")
    settings = "IndexFlatIP, rows in order of their day so that the window is an IDSelectorRange"

    def build(self, job: Job, disk: Path) -> None:
        vectors = np.load(job.folder / "vectors.npy")
        order = sorted(range(len(job.articles)), key=lambda row: job.articles[row].day)
        self.vectors = np.ascontiguousarray(vectors[order])
        self.ids = [job.articles[row].id for row in order]
        self.days = [job.articles[row].day for row in order]
        self.rows = {article_id: row for row, article_id in enumerate(self.ids)}
        self.index = faiss.IndexFlatIP(self.vectors.shape[1])
        self.index.add(self.vectors)
        faiss.write_index(self.index, str(disk / "index.faiss"))

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        row = self.rows[article.id]
        options = None
        if days is not None:
            first, last = bisect_left(self.days, days[0]), bisect_right(self.days, days[1])
            options = faiss.SearchParameters(sel=faiss.IDSelectorRange(first, last))
        scores, rows = self.index.search(self.vectors[row : row + 1], top_k + 1, params=options)
        found = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return [(self.ids[each], score) for each, score in found if each not in {row, -1}][:top_k]

    def version(self) -> str:
        return f"{version('sentence-transformers')} + {version('faiss-cpu')}"


if __name__ == "__main__":
    run(Flat())
