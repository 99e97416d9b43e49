"""The engine: a collection behind four lanes, each one thread with its own connection.

An answer holds Python's lock most of the time, so more threads gain little; workers are what scales. The first lane
answers stored articles, the second what may take longer (drafts, searches, the map), the third writes, and the fourth
runs the model. Answers never wait for a write or for the model. A write of new texts waits until the model is loaded
and then encodes them in its own lane: drafts share the processor with it, but not its queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import RelatedError
from recommender.related.editing import edit_rules
from recommender.related.recommender import Recommender
from recommender.related.stamp import Stamp
from recommender.store import KeptRules, QuickEncoder, Store, is_server, vector_of
from recommender.store.writing import Written
from recommender.text import article_texts
from service import metrics
from service.background import Background
from service.problems import ServiceError
from service.settings import ServiceSettings

if TYPE_CHECKING:
    from recommender.embedding import Encoder, Vectors

_T = TypeVar("_T")

COMPACT_SHARE, LEAST_CHANGES = 0.05, 200
"""A new snapshot is written in the background if more than this share of the articles changed, and this number."""
TIDY_EVERY_S = 20.0
"""How often the write-ahead log is emptied, and looked whether a snapshot is due."""
FOLLOW_S, LONGEST_SEEING_S = 1.0, 5.0
"""How often a server is asked that does not tell of writes, and how long a writer waits until its write is seen."""
RETRY_ENCODE_S = 2.0
RETRY_OPEN_S = 1.0
RETRY_LOAD_S = 1.0

log = logging.getLogger("service")


class Lane:
    """One thread with a resource that only it uses.

    Args:
        name: Name of the thread.
        make: Makes the resource, in the thread.

    Attributes:
        waiting: How many calls wait or run.
    """

    def __init__(self, name: str, make: Callable[[], _T]) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._make = make
        self._made: object = None
        self.waiting = 0

    async def run(self, work: Callable[..., _T], *arguments: object) -> _T:
        """Call `work` with the lane's resource, in its thread."""
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, work, *arguments)
        finally:
            self.waiting -= 1

    def _work(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self._made is None:
            self._made = self._make()
        return work(self._made, *arguments)

    def close(self) -> None:
        """Finish pending work and end the thread."""
        self._pool.shutdown(wait=True)


class Engine:
    """Reads from a collection and writes to it.

    Args:
        settings: The service's settings: which collection, and its limits.
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
        self._follows = is_server(path)
        self._watch = Lane("watch", lambda: Collection.open(path, compacts=False).store)
        self._moved = asyncio.Condition()
        self._store: Store | None = None
        self._state: tuple[int, int] | None = None
        self._stamp: Stamp | None = None
        self._encodes = 0
        self._compacting = Background("service.compact", path)
        self._has_tried = asyncio.Event()

    async def first_opening(self, seconds: float) -> None:
        """Wait until the collection has been opened, or could not be, but not longer than `seconds`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._has_tried.wait(), seconds)

    @staticmethod
    def _recommender(place: Path | str) -> Recommender:
        collection = Collection.open(place, compacts=False)
        return Recommender(collection, on_stage=metrics.observe_stage)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Engine]:
        """Run the engine; the collection is opened in the background, while the service is not ready yet."""
        works = [self._open(), self._tidy_now_and_then(), *([self._follow()] if self._follows else [])]
        tasks = [asyncio.create_task(work) for work in works]
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
                await self._see(0)
                self.failure, self.is_ready = None, True
            except Exception as error:  # any failure may be repaired while the service runs
                if str(error) != str(self.failure):
                    foreseen = isinstance(error, RelatedError)
                    log.error("the collection cannot be opened: %s", error, exc_info=None if foreseen else error)
                self.failure = error
                self._has_tried.set()
                await asyncio.sleep(RETRY_OPEN_S)
        self._has_tried.set()
        if self.settings.warm_model:
            try:
                await self._encode.run(lambda encoding: encoding.encoder().encode(["The model is loaded."]))
            except Exception as error:  # the service can answer for stored articles without it
                log.warning("the model cannot be loaded: %s", error)

    def _close(self) -> None:
        self._compacting.end()
        for lane in (self._stored, self._aside, self._write, self._encode, self._watch):
            lane.close()
        if self._store is not None:
            self._store.close()

    # Reading.

    def stamp(self) -> Stamp:
        """Return the stamp of current answers; takes microseconds if nothing was written.

        Raises:
            ServiceError: If the service is not ready.
        """
        if not self.is_ready:
            raise ServiceError("not-ready", "the collection is being opened", retry_after=1)
        if self._follows:
            # Asking a server would hold up every request meanwhile; `_follow` hears of writes within milliseconds.
            if self._stamp is None:
                raise ServiceError("not-ready", "the collection is being opened", retry_after=1)
            return self._stamp
        if self._store is None:
            self._store = Collection.open(self.settings.collection, compacts=False).store
        state = self._store.state()
        if self._stamp is None or state != self._state:
            self._stamp, self._state = _stamped(self._store), state
        return self._stamp

    async def _follow(self) -> None:
        """Keep the stamp up to date with a server."""
        failure = ""
        while True:
            try:
                seen = self._state or (0, 0)
                state = await self._watch.run(lambda store, seen=seen: store.wait(seen, FOLLOW_S))
                if state != self._state:
                    stamp = await self._watch.run(_stamped)
                    async with self._moved:
                        self._stamp, self._state = stamp, state
                        self._moved.notify_all()
                failure = ""
            except Exception as error:  # the server may come back while the service runs
                if str(error) != failure:
                    foreseen = isinstance(error, RelatedError)
                    log.error("the server cannot be followed: %s", error, exc_info=None if foreseen else error)
                failure = str(error)
                await asyncio.sleep(RETRY_OPEN_S)

    async def _see(self, revision: int, rules: int = 0) -> None:
        """Wait until the stamp has what was just written, so that its writer reads it."""

        def is_seen() -> bool:
            return self._stamp is not None and self._stamp.revision >= revision and self._stamp.rules >= rules

        if self._follows:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_SEEING_S), self._moved:
                    await self._moved.wait_for(is_seen)

    async def read(self, work: Callable[[Recommender], _T]) -> _T:
        """Run something quick with the recommender.

        Raises:
            ServiceError: If the service is not ready, or too many requests wait already.
        """
        self.stamp()
        return await self._room_in(self._stored).run(work)

    async def read_aside(self, work: Callable[[Recommender], _T]) -> _T:
        """Run something that may take longer with a second recommender."""
        self.stamp()
        return await self._room_in(self._aside).run(work)

    def _room_in(self, lane: Lane) -> Lane:
        """Refuse what would only wait: an answer that comes late is of no use, and a queue without end helps nobody."""
        if lane.waiting >= self.settings.max_waiting:
            raise ServiceError("overloaded", "too many requests are waiting", retry_after=RETRY_LOAD_S)
        return lane

    async def vector(self, article: Article) -> Vectors:
        """Return the vector of an article's text.

        Raises:
            ServiceError: If too many requests wait for the model already.
        """
        self.stamp()
        with self._encoding_place():
            return await self._encode.run(lambda encoding: encoding.vector(article))

    @contextlib.contextmanager
    def _encoding_place(self) -> Iterator[None]:
        if self._encodes >= self.settings.max_encodes:
            raise ServiceError(
                "encoder-busy", "too many requests are waiting for the model", retry_after=RETRY_ENCODE_S
            )
        self._encodes += 1
        metrics.ENCODING.set(self._encodes)
        try:
            yield
        finally:
            self._encodes -= 1
            metrics.ENCODING.set(self._encodes)

    # Writing.

    async def write(self, articles: Sequence[Article] = (), deletes: Sequence[str] = ()) -> Written:
        """Write and delete articles; when this returns, they are durable and every worker's next read sees them."""
        self.stamp()
        if articles:
            with self._encoding_place():
                encoder = await self._encode.run(lambda encoding: encoding.encoder())
                written = await self._room_in(self._write).run(
                    lambda collection: _write(collection, articles, deletes, encoder)
                )
        else:
            written = await self._room_in(self._write).run(lambda collection: _write(collection, (), deletes, None))
        await self._see(written.revision)
        return written

    async def edit(self, article_id: str, patch: Mapping[str, Any], editor: str, expected: int | None) -> KeptRules:
        """Change editors' rules; when this returns, they are durable and every worker's next answer obeys them."""
        self.stamp()
        kept = await self._room_in(self._write).run(
            lambda collection: edit_rules(collection, article_id, patch, editor, expected=expected)
        )
        await self._see(0, kept.number)
        return kept

    # Snapshots.

    async def _tidy_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            if self.is_ready:
                try:
                    await self._tidy()
                except Exception as error:  # what is not tidied now is tried again
                    log.error("the collection cannot be tidied: %s", error)

    async def _tidy(self) -> None:
        # What was deleted or replaced stays in the log until it is emptied.
        if not await self._write.run(lambda collection: collection.store.checkpoint()):
            metrics.CHECKPOINTS_FAILED.inc()
        # Both lanes look, so that neither holds an old snapshot for want of requests.
        await self._stored.run(_wants_snapshot)
        is_due = await self._aside.run(_wants_snapshot)
        await self._aside.run(lambda recommender: recommender.collection.reader.sweep())
        if is_due:
            # The first worker gets the lock.
            self._compacting.begin()


class _Encoding:
    """The model, loaded on first use, and by the backend whose first vector comes soonest."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._encoder: Encoder | None = None

    def encoder(self) -> Encoder:
        with self._collection.store.reading():
            encoding = self._collection.store.recorded_encoding()
        if self._encoder is None or self._encoder.fingerprint != encoding.fingerprint:
            self._encoder = QuickEncoder(encoding, self._collection.store.settings.encoder.device)
        return self._encoder

    def vector(self, article: Article) -> Vectors:
        start = time.perf_counter()
        # From the recorded values: opening an index here would hold another one in memory.
        encoding, text = self._collection.store.recorded_encoding(), self._collection.store.settings.text
        vector = vector_of(self._collection.store, encoding, article_texts(article, text).whole, self.encoder())
        metrics.observe_stage("encode", time.perf_counter() - start)
        return vector


def _stamped(store: Store) -> Stamp:
    stamp = Stamp.of(store)
    metrics.REVISION.set(stamp.revision)
    return stamp


def _open_index(recommender: Recommender) -> None:
    with recommender.collection.reading() as index:
        first = next(index.ids(), None)
    if first is not None:
        recommender.related(first)


def _wants_snapshot(recommender: Recommender) -> bool:
    collection = recommender.collection
    with collection.reading() as index:
        most = max(LEAST_CHANGES, COMPACT_SHARE * len(index))
        return index.changes > most or collection.reader.log_is_long() or collection.store.erases_now()


def _write(
    collection: Collection, articles: Sequence[Article], deletes: Sequence[str], encoder: Encoder | None
) -> Written:
    start = time.perf_counter()
    written = collection.write(articles, deletes, encoder=encoder)
    if written.encoded:
        metrics.observe_stage("encode", time.perf_counter() - start)
    return written
