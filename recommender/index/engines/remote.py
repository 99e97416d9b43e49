"""An engine in the place of a snapshot's own indexes: it proposes ids, which are rows of the snapshot here."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recommender.embedding import Vectors
from recommender.errors import EngineError
from recommender.index.engines.base import Engine, query_terms
from recommender.index.local.columns import Columns, Rows
from recommender.index.local.snapshot import Manifest
from recommender.ranking.pool import Mask

RETRY_AFTER_S = 5.0
"""How long an engine that failed, or that is not filled yet, is left alone."""
MOST = 16_384
"""The most that Milvus returns at once."""
_SPARE = 1.5
"""Factor of safety for hits under a filter, over what is needed if passing rows are evenly spread."""


class RemoteEngine:
    """Asks an engine for the rows of a snapshot, if the engine holds at least its revision.

    It has the methods of `dense.ApproximateIndex` and of `lexical.LexicalIndex`. Articles that changed since the
    snapshot are in later parts of the index, whatever the engine says of them.

    Args:
        engine: The engine.
        columns: The snapshot's columns.
        manifest: Its manifest.
    """

    def __init__(self, engine: Engine, columns: Columns, manifest: Manifest) -> None:
        self._engine = engine
        self._columns = columns
        self._manifest = manifest
        self._is_filled = False
        self._not_before = 0.0
        self._failure: EngineError | None = None

    def propose(self, query: Vectors, top_k: int, passing: Mask | None) -> Rows:
        """Return rows near a vector, among them the nearest that pass; see `ApproximateIndex.propose`.

        Raises:
            EngineError: If the engine cannot answer; the caller compares everything then.
        """
        count = len(self._columns) if passing is None else int(np.count_nonzero(passing))
        wanted = top_k if passing is None else int(_SPARE * top_k * len(self._columns) / max(1, count))
        while count and wanted < min(len(self._columns), MOST):
            found = self._ask(lambda engine: engine.nearest(query, wanted))  # noqa: B023 - called at once
            rows = found if passing is None else found[passing[found]]
            if len(rows) >= top_k:
                return rows
            wanted *= 4
        # So few pass that comparing them costs less than asking.
        return np.arange(len(self._columns)) if passing is None else passing.nonzero()[0]

    def search(self, title: Rows, text: Rows, weights: NDArray[np.float32], top_k: int) -> Rows:
        """Return the rows that match terms best, best first; see `LexicalIndex.search`.

        Raises:
            EngineError: If the engine cannot answer.
        """
        columns = self._columns
        title_idf, text_idf = (
            _idf(terms.document_frequency[places], len(columns))
            for terms, places in ((columns.title, title), (columns.text, text))
        )
        query = query_terms(columns.vocabulary[title], title_idf, columns.vocabulary[text], text_idf * weights)
        return self._ask(lambda engine: engine.matching(query, min(top_k, MOST)))

    def _ask(self, work: Callable[[Engine], list[str]]) -> Rows:
        if self._failure is not None and time.monotonic() < self._not_before:
            raise self._failure
        try:
            if not self._is_filled:
                self._check()
            ids = work(self._engine)
        except EngineError as error:
            self._failure, self._not_before = error, time.monotonic() + RETRY_AFTER_S
            raise
        self._failure = None
        # What was written since the snapshot is not of it.
        return np.array([row for row in map(self._columns.row_of, ids) if row is not None], dtype=np.int64)

    def _check(self) -> None:
        applied, manifest = self._engine.applied(), self._manifest
        if applied is None or not applied.is_of(manifest.source):
            raise EngineError("the engine does not hold this collection yet", where=self._engine.where, hint=_FEED)
        if applied.up_to is not None or applied.revision < manifest.revision:
            raise EngineError(
                f"the engine is not filled up to revision {manifest.revision} yet", where=self._engine.where, hint=_FEED
            )
        self._is_filled = True


_FEED = "related feed fills it"


def _idf(frequency: NDArray[np.int32], articles: int) -> NDArray[np.float32]:
    """BM25's idf, as Lucene has it."""
    return np.log1p((articles - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
