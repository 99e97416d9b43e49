"""The engine: a collection behind lanes, each one thread with a index of its own.

Most of an answer's time Python's lock is held, so a second thread in a process wins little; workers are what scales.
A lane is one thread: stored articles are answered in the first, whatever may take longer (drafts, searches, the map) in
the second, writes go through the third, the model runs in the fourth. Answers never wait for a write or for the model.
A write of new texts waits for the model to be loaded, and then encodes them in its own lane, so that drafts share the
model's processor time with it, but not its queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from recommender.article import Article
from recommender.collection import DATABASE_NAME, Collection
from recommender.errors import RelatedError
from recommender.related.recommender import Recommender
from recommender.store import SQLiteStore, Store, open_encoder, vector_of
from recommender.store.writing import Written
from recommender.text import article_texts
from service import metrics
from service.problems import ServiceError
from service.settings import VERSION, ServiceSettings

if TYPE_CHECKING:
    from recommender.embedding import Encoder, Vectors

_T = TypeVar("_T")

COMPACT_SHARE, LEAST_CHANGES = 0.05, 200
"""A new snapshot is made aside when so many articles changed since the last, and at least so many."""
COMPACT_EVERY_S = 20.0
RETRY_ENCODE_S = 2.0
RETRY_OPEN_S = 1.0

log = logging.getLogger("service")


class Stamp(NamedTuple):
    """What answers depend on: the collection, its revision, and a hash of its settings and of this version."""

    uuid: str
    revision: int
    settings: str

    @property
    def etag(self) -> str:
        """How the ETags of all answers of now begin."""
        return f'W/"{self.uuid}.{self.revision}.{self.settings}-'


class Lane:
    """One thread with what only it uses.

    Args:
        name: Of the thread.
        make: Makes what the lane uses, in its thread.
    """

    def __init__(self, name: str, make: Callable[[], _T]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._make = make
        self._made: object = None

    async def run(self, work: Callable[..., _T], *arguments: object) -> _T:
        """Do `work` with what the lane uses, in its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, work, *arguments)

    def _work(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self._made is None:
            self._made = self._make()
        return work(self._made, *arguments)

    def close(self) -> None:
        """Finish what was taken, and end the thread."""
        self._pool.shutdown(wait=True)


class Engine:
    """Answers from a collection, and writes into it.

    Args:
        settings: Which collection, and what it may take.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.is_ready = False
        self.failure: Exception | None = None
        path = settings.collection
        self._stored = Lane("stored", lambda: self._recommender(path))
        self._aside = Lane("aside", lambda: self._recommender(path))
        self._write = Lane("write", lambda: Collection.open(path, compacts=False))
        self._encode = Lane("encode", lambda: _Encoding(Collection.open(path, compacts=False)))
        self._store: Store | None = None
        self._state: tuple[int, int] | None = None
        self._stamp: Stamp | None = None
        self._encodes = 0
        self._compacting: subprocess.Popen[bytes] | None = None

    @staticmethod
    def _recommender(path: Path) -> Recommender:
        collection = Collection.open(path, compacts=False)
        return Recommender(collection, on_stage=metrics.observe_stage)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Engine]:
        """Open the collection in the background, so that the service lives while it is not ready yet."""
        tasks = [asyncio.create_task(self._open()), asyncio.create_task(self._compact_now_and_then())]
        try:
            yield self
        finally:
            self.is_ready = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(self._close)

    async def _open(self) -> None:
        while not self.is_ready:
            try:
                await self._stored.run(_open_index)
                await self._aside.run(_open_index)
                self.failure, self.is_ready = None, True
            except Exception as error:  # whatever went wrong may be mended while the service runs
                if str(error) != str(self.failure):
                    foreseen = isinstance(error, RelatedError)
                    log.error("the collection cannot be opened: %s", error, exc_info=None if foreseen else error)
                self.failure = error
                await asyncio.sleep(RETRY_OPEN_S)

    def _close(self) -> None:
        for lane in (self._stored, self._aside, self._write, self._encode):
            lane.close()
        if self._store is not None:
            self._store.close()

    # Reading.

    def stamp(self) -> Stamp:
        """What an answer of now depends on; costs some microseconds where nothing was written.

        Raises:
            ServiceError: If the service is not ready.
        """
        if not self.is_ready:
            raise ServiceError("not-ready", "the collection is being opened", retry_after=1)
        if self._store is None:
            self._store = SQLiteStore(self.settings.collection / DATABASE_NAME)
        state = self._store.state()
        if self._stamp is None or state != self._state:
            with self._store.reading():
                uuid = self._store.meta("uuid") or ""
                settings = "\n".join(self._store.meta(key) or "" for key in ("settings", "scorer"))
                revision = self._store.revision().number
            settings = hashlib.blake2b(f"{VERSION}\n{settings}".encode(), digest_size=6).hexdigest()
            self._stamp, self._state = Stamp(uuid, revision, settings), state
            metrics.REVISION.set(revision)
        return self._stamp

    async def read(self, work: Callable[[Recommender], _T]) -> _T:
        """Do something quick with the recommender."""
        self.stamp()
        return await self._stored.run(work)

    async def read_aside(self, work: Callable[[Recommender], _T]) -> _T:
        """Do something that may take a while with a recommender."""
        self.stamp()
        return await self._aside.run(work)

    async def vector(self, article: Article) -> Vectors:
        """The vector of an article's text.

        Raises:
            ServiceError: If too many wait for the model already.
        """
        self.stamp()
        with self._encoding_place():
            return await self._encode.run(lambda encoding: encoding.vector(article))

    @contextlib.contextmanager
    def _encoding_place(self) -> Iterator[None]:
        if self._encodes >= self.settings.max_encodes:
            raise ServiceError("encoder-busy", "too many texts are waiting for the model", retry_after=RETRY_ENCODE_S)
        self._encodes += 1
        metrics.ENCODING.set(self._encodes)
        try:
            yield
        finally:
            self._encodes -= 1
            metrics.ENCODING.set(self._encodes)

    # Writing.

    async def write(self, articles: Sequence[Article] = (), deletes: Sequence[str] = ()) -> Written:
        """Write and delete articles; durable, and seen by every worker's next read, when this returns."""
        self.stamp()
        if not articles:
            return await self._write.run(lambda collection: _write(collection, (), deletes, None))
        with self._encoding_place():
            encoder = await self._encode.run(lambda encoding: encoding.encoder())
            return await self._write.run(lambda collection: _write(collection, articles, deletes, encoder))

    # Snapshots.

    async def _compact_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(COMPACT_EVERY_S)
            if self.is_ready and (self._compacting is None or self._compacting.poll() is not None):
                with contextlib.suppress(RelatedError):
                    changes, count = await self._aside.run(_changes)
                    if changes > max(LEAST_CHANGES, COMPACT_SHARE * count):
                        # In a process of its own, which answers do not wait for; whoever is first holds the lock.
                        command = [sys.executable, "-m", "service.compact", str(self.settings.collection)]
                        self._compacting = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own


class _Encoding:
    """The model, loaded when it is first needed."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._encoder: Encoder | None = None

    def encoder(self) -> Encoder:
        encoding = self._collection.store.recorded_encoding()
        if self._encoder is None or self._encoder.fingerprint != encoding.fingerprint:
            self._encoder = open_encoder(encoding, self._collection.store.settings.encoder.device)
        return self._encoder

    def vector(self, article: Article) -> Vectors:
        start = time.perf_counter()
        # From what is recorded: a index, which the lanes that search have, would be one more in memory.
        encoding, text = self._collection.store.recorded_encoding(), self._collection.store.settings.text
        vector = vector_of(self._collection.store, encoding, article_texts(article, text).whole, self.encoder())
        metrics.observe_stage("encode", time.perf_counter() - start)
        return vector


def _open_index(recommender: Recommender) -> None:
    with recommender.collection.reading() as index:
        first = next(index.ids(), None)
    if first is not None:
        recommender.related(first)


def _changes(recommender: Recommender) -> tuple[int, int]:
    with recommender.collection.reading() as index:
        return index.changes, len(index)


def _write(
    collection: Collection, articles: Sequence[Article], deletes: Sequence[str], encoder: Encoder | None
) -> Written:
    start = time.perf_counter()
    written = collection.write(articles, deletes, encoder=encoder)
    if written.encoded:
        metrics.observe_stage("encode", time.perf_counter() - start)
    return written
