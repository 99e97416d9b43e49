"""Encodes by way of the queue: other processes, on any machine, make the vectors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.embedding import Encoder, Vectors, encode_texts
from recommender.embedding.pipeline import Role
from recommender.errors import CollectionError
from recommender.progress import Progress
from recommender.text import text_hash

if TYPE_CHECKING:
    from recommender.store.base import Store
    from recommender.store.text_queue import TextQueue

LOOK_EVERY_S = 0.2
WAIT_S = 5.0
"""How long a process that has nothing to do waits before it looks again, if nobody wakes it."""


class QueuedEncoder:
    """An encoder that puts texts into a collection's queue and waits for their vectors.

    Args:
        encoder: The encoder that others run; this process needs its fingerprint only.
        store: The store; it must have a queue.
    """

    def __init__(self, encoder: Encoder, store: Store) -> None:
        self._store = store
        self._queue: TextQueue = queue_of(store)
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension

    def encode(self, texts: Sequence[str], role: Role = "passage", progress: Progress | None = None) -> Vectors:
        """Return unit vectors; see `embedding.Encoder`."""
        wanted = {text_hash(text): text for text in texts}
        found: dict[bytes, Vectors] = {}
        while missing := wanted.keys() - found.keys():
            self._queue.put(self.fingerprint, {key: wanted[key] for key in missing})
            while left := self._queue.left(self.fingerprint, list(missing)):
                if progress:
                    progress("waiting for vectors", len(wanted) - left, len(wanted))
                time.sleep(LOOK_EVERY_S)
            found |= self._store.load_vectors(self.fingerprint, list(missing))
        rows = [found[text_hash(text)] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimension), dtype=np.float32)


def encode_queued(
    store: Store,
    encoder: Encoder,
    *,
    batch: int,
    until_empty: bool = False,
    on_done: Progress = lambda stage, done, total: None,
) -> int:
    """Encode texts of a collection's queue, until it is empty or for ever.

    Several processes may do so at once, on any machine; each may be ended at any moment. The texts that it was at are
    then taken by another.

    Args:
        store: The store; it must have a queue.
        encoder: The encoder of the collection.
        batch: How many texts to take at a time.
        until_empty: Return when no text waits that nobody is at.
        on_done: Called after each batch with the texts encoded here and those that wait.

    Returns:
        How many texts were encoded here.
    """
    queue, done = queue_of(store), 0
    while True:
        with queue.claim(encoder.fingerprint, batch) as claim:
            if claim.texts:
                claim.keep(encode_texts(claim.texts, encoder))
        done += len(claim.texts)
        if claim.texts:
            on_done("encoding", done, done + queue.left(encoder.fingerprint))
        elif until_empty:
            return done
        else:
            queue.wait(WAIT_S)


def queue_of(store: Store) -> TextQueue:
    """Return the queue of a store.

    Raises:
        CollectionError: If it has none.
    """
    if store.queue is None:
        raise CollectionError(
            "a collection in a folder has no queue of texts: its build encodes them",
            where=store.where,
            expected="a collection in PostgreSQL",
            hint="related copy FOLDER postgresql://... moves it there",
        )
    return store.queue
