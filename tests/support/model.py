"""A collection as a dictionary, and exact answers worked out from it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from recommender.article import Article
from recommender.config import TextSettings
from recommender.text import article_texts, url_key
from support.encoders import CountingEncoder

CLOSE = 1e-5
"""Two ways to sum eight float32 products differ by less."""

Record = dict[str, Any]


@lru_cache(maxsize=20_000)
def _vector(text: str) -> np.ndarray:
    return CountingEncoder().encode([text])[0].astype(np.float64)


def vector_of_record(record: Mapping[str, Any]) -> np.ndarray:
    """The vector of an article's text, float64, shape (8,)."""
    return _vector(article_texts(Article.read(record), TextSettings()).whole)


class Model:
    """What a collection must hold after the batches that were applied."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.sealed: dict[str, Any] = {}
        self._vectors: dict[str, np.ndarray] = {}

    def apply(self, upserts: Iterable[Record], deletes: Iterable[str] = ()) -> bool:
        """Write one batch; whether it changed anything."""
        before = (self.records.copy(), self.sealed.copy())
        wanted = {record["id"]: record for record in upserts}
        for article_id in deletes:
            if article_id not in wanted:
                for kept in (self.records, self.sealed, self._vectors):
                    kept.pop(article_id, None)
        for article_id, record in wanted.items():
            self.records[article_id] = Article.read(record).to_record()
            self._vectors[article_id] = vector_of_record(record)
            if record.get("secured") is not None:
                self.sealed[article_id] = record["secured"]
        return before != (self.records, self.sealed)

    def copy(self) -> Model:
        return copy.copy(self)._detached()

    def _detached(self) -> Model:
        self.records, self.sealed, self._vectors = self.records.copy(), self.sealed.copy(), self._vectors.copy()
        return self

    def articles(self) -> list[Article]:
        """Every article as it would be written, with what is sealed."""
        return [
            Article.read(record | ({"secured": self.sealed[key]} if key in self.sealed else {}))
            for key, record in self.records.items()
        ]

    def cosines(self, asked: str) -> dict[str, float]:
        """The exact cosine of every other article with one."""
        others = [article_id for article_id in self.records if article_id != asked]
        if not others:
            return {}
        near = np.array([self._vectors[article_id] for article_id in others]) @ self._vectors[asked]
        return dict(zip(others, near.tolist(), strict=True))

    def related(self, asked: str) -> dict[str, float]:
        """`cosines` without other ids of the same page."""
        page = url_key(self.records[asked].get("webUrl"))
        return {
            article_id: near
            for article_id, near in self.cosines(asked).items()
            if page is None or url_key(self.records[article_id].get("webUrl")) != page
        }


def check_ranking(expected: Mapping[str, float], answer: Sequence[tuple[str, float]], top_k: int) -> None:
    """Whether `answer` is the exact ranking of `expected`, best first, ties by id; nearly equal ones may swap."""
    ids = [article_id for article_id, _ in answer]
    assert len(ids) == min(top_k, len(expected)), (len(ids), top_k, len(expected))
    assert len(set(ids)) == len(ids)
    assert set(ids) <= expected.keys(), set(ids) - expected.keys()
    for article_id, score in answer:
        assert abs(score - expected[article_id]) < CLOSE, (article_id, score, expected[article_id])
    assert list(answer) == sorted(answer, key=lambda item: (-item[1], item[0].encode()))
    left_out = [near for article_id, near in expected.items() if article_id not in set(ids)]
    if ids and left_out:
        assert answer[-1][1] > max(left_out) - CLOSE


def replay(lines: Iterable[str], revision: int) -> Model:
    """The model at a revision, from batches logged one a line; of those of one revision the last counts."""
    batches = {}
    for line in lines:
        batch = json.loads(line)
        batches[batch["revision"]] = batch
    model = Model()
    for number in range(1, revision + 1):
        model.apply(batches[number]["upserts"], batches[number]["deletes"])
    return model
