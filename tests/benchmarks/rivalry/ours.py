"""This project: a collection built from the articles, and `Recommender` over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from job import SHOWN, WINDOW_DAYS, Article, Found, Job, Rival, run

from recommender.build import build
from recommender.config import Settings
from recommender.related.recommender import Recommender

DIVERSITY = 0.3


def window(days: float) -> dict[str, timedelta]:
    # An age counts back from the article asked about; what is before a moment does not include it.
    return {"after": timedelta(days=days), "before": -timedelta(days=days, milliseconds=1)}


class ReadyVectors:
    """Gives vectors that are known beforehand, by text, so that a build's time is without encoding."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        self.fingerprint: str = about["fingerprint"]
        self._vectors = np.load(folder / "encoded.npy")
        self.dimension = self._vectors.shape[1]
        self._rows = {text: row for row, text in enumerate(about["texts"])}

    def encode(self, texts: Sequence[str], role: str = "passage", progress: object = None) -> Any:
        return self._vectors[[self._rows[text] for text in texts]]


class Ours(Rival):
    name = "ours"
    does = ("candidates", "filter", "fuse", "copies", "hubs", "diversity", "calibrated scores")
    settings = f"defaults; diversity {DIVERSITY} where it is timed"

    def build(self, job: Job, disk: Path) -> None:
        source = job.folder / "articles.jsonl"
        report = build([source], disk / "collection", settings=Settings(), encoder=ReadyVectors(job.folder))
        assert report.articles == len(job.articles), report
        self.recommender = Recommender.open(disk / "collection")

    def best(self, article: Article, top_k: int, days: tuple[float, float] | None) -> Found:
        if days is None:
            return list(self.recommender.rank([article.id], top_k=top_k)[article.id].items())
        least = None if top_k == SHOWN else 0.0  # lists that are judged are full, as the rivals' are
        answer = self.recommender.related(
            article.id,
            top_k=top_k,
            diversity=DIVERSITY,
            min_score=least,
            reasons=False,
            **window((days[1] - days[0]) / 2),
        )
        return [(item.article_id, float(-place)) for place, item in enumerate(answer.items)]

    def others(self) -> dict[str, Callable[[Article], Any]]:
        related, wide = self.recommender.related, window(WINDOW_DAYS)
        return {
            "with_reasons": lambda article: related(article.id, diversity=DIVERSITY, **wide),
            "plain": lambda article: related(article.id, reasons=False),
        }

    def version(self) -> str:
        return f"{version('related-articles')} (faiss-cpu {version('faiss-cpu')}, tantivy {version('tantivy')})"

    def close(self) -> None:
        self.recommender.close()


if __name__ == "__main__":
    run(Ours())
