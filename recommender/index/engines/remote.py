"""An engine in the place of a snapshot's own indexes: it proposes ids, which are rows of the snapshot here."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from recommender.embedding import Vectors
from recommender.errors import EngineError
from recommender.index.engines.base import Engine, query_terms
from recommender.index.local.columns import Rows
from recommender.index.local.lexical import QueryTerms
from recommender.index.local.snapshot import Snapshot
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
        snapshot: The snapshot.
    """

    def __init__(self, engine: Engine, snapshot: Snapshot) -> None:
        self._engine = engine
        self._segment = snapshot.segment
        self._columns = snapshot.segment.columns
        self._manifest = snapshot.manifest
        self._is_filled = False
        self._not_before = 0.0
        self._failure: EngineError | None = None

    def propose(self, query: Vectors, top_k: int, passing: Mask | None) -> Rows:
        """Return rows near a vector, among them the nearest that pass; see `ApproximateIndex.propose`.

        Raises:
            EngineError: If the engine cannot answer; the caller compares everything then.
        """
        found = self._passing(lambda engine, wanted: engine.nearest(query, wanted), top_k, passing)
        if found is not None:
            return found
        return np.arange(len(self._columns)) if passing is None else passing.nonzero()[0]

    def search(self, query: QueryTerms, top_k: int, passing: Mask | None) -> Rows:
        """Return the rows that match terms best, ascending; see `LexicalIndex.search`.

        Raises:
            EngineError: If the engine cannot answer.
        """
        terms = query_terms(query)
        found = self._passing(lambda engine, wanted: engine.matching(terms, wanted), top_k, passing)
        return self._segment.lexical.search(query, top_k, passing) if found is None else np.sort(found[:top_k])

    def _passing(self, work: Callable[[Engine, int], list[str]], top_k: int, passing: Mask | None) -> Rows | None:
        """Return the best rows that pass, best first; None if so few pass that the engine need not be asked."""
        most, wanted = min(len(self._columns), MOST), top_k
        if passing is not None:
            wanted = int(_SPARE * top_k * len(self._columns) / max(1, int(np.count_nonzero(passing))))
            if wanted >= most:
                return None
        while True:
            asked = min(wanted, most)
            ids = self._ask(lambda engine: work(engine, asked))  # noqa: B023 - called at once
            # What was written since the snapshot is not of it.
            rows = np.array([row for row in map(self._columns.row_of, ids) if row is not None], dtype=np.int64)
            rows = rows if passing is None else rows[passing[rows]]
            if len(rows) >= top_k or len(ids) < asked:
                return rows
            if asked == most:
                return None
            wanted *= 4

    def _ask(self, work: Callable[[Engine], list[str]]) -> list[str]:
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
        return ids

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
