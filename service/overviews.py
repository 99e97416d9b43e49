"""The overview of the collection: read in a lane of its own, and computed anew in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from recommender.article import parse_date
from recommender.collection import Collection
from recommender.collection_folder import OVERVIEW_NAME, folder_of
from recommender.overview import Overview, Progress, forget_deleted, progress_of
from recommender.related.stamp import Stamp
from recommender.store import Store
from service.background import Background, file_version
from service.engine import RETRY_LOAD_S, Engine, Lane
from service.problems import ServiceError

_T = TypeVar("_T")

REST_TIMES = 10
"""After a computation so many times its duration must pass before another begins by itself."""
LEAST_REST_S = 30.0
"""How long at least a worker waits after it began one, which may have failed before it could say so."""
FORGET_EVERY_S = 3600.0
"""How often articles that were deleted are removed from the file."""
RETRY_S = 5.0

log = logging.getLogger("service")


class Read(NamedTuple):
    """What is read at one moment.

    Attributes:
        overview: The overview that there is; None before the first.
        version: What its ETags depend on.
        stamp: The stamp of the collection.
        progress: How far a computation is.
        store: The collection's store.
    """

    overview: Overview | None
    version: str
    stamp: Stamp
    progress: Progress
    store: Store

    @property
    def is_current(self) -> bool:
        """Whether the overview is of the collection as it is."""
        return self.overview is not None and self.overview.stamp == self.stamp


def whole(overview: Overview | None) -> Overview:
    """Return an overview.

    Raises:
        ServiceError: If there is none yet.
    """
    if overview is None:
        what, hint = "the overview has not been computed yet", "GET /v1/overview says how far it is"
        raise ServiceError("no-overview", what, retry_after=RETRY_S, hint=hint)
    return overview


class Overviews:
    """Reads overviews, and has them computed when somebody asks for one that is older than the collection.

    Args:
        engine: The engine of the collection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._place = engine.settings.collection
        self._lane = Lane("overview", self._reader)
        self._computing = Background("service.compute_overview", self._place)
        self._rests_until = 0.0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Forget deleted articles now and then, and end what is being computed at the end."""
        task = asyncio.create_task(self._forget_now_and_then())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._lane.close()
        self._computing.end()

    # Reading.

    async def read(self, work: Callable[[Read], _T], *, begins: bool = True) -> _T:
        """Run something with the newest overview.

        Args:
            work: What to run.
            begins: Whether one that is older than the collection is computed anew, if that is due.

        Raises:
            ServiceError: If the service is not ready, or too many requests wait already.
        """
        stamp = self._engine.stamp()
        if self._lane.waiting >= self._engine.settings.max_waiting:
            raise ServiceError("overloaded", "too many requests are waiting", retry_after=RETRY_LOAD_S)
        return await self._lane.run(lambda reader: work(self._read(reader, stamp, begins=begins)))

    def _reader(self) -> _Reader:
        return _Reader(Collection.open(self._place, compacts=False).store)

    def _folder(self, stamp: Stamp) -> Path:
        return folder_of(self._place, stamp.uuid)

    def _read(self, reader: _Reader, stamp: Stamp, *, begins: bool) -> Read:
        overview, version = reader.newest(self._folder(stamp), stamp.uuid)
        found = Read(overview, version, stamp, self.progress(stamp), reader.store)
        if begins and not found.is_current and not found.progress.is_running and self._is_due(found):
            self.begin()
            found = found._replace(progress=self.progress(stamp))
        return found

    async def open_apart(self) -> Overview:
        """Open the overview for an answer that is sent piece by piece; the caller closes it.

        Raises:
            ServiceError: If there is none yet.
        """
        stamp = self._engine.stamp()
        return whole(await asyncio.to_thread(Overview.open, self._folder(stamp), stamp.uuid))

    # Computing.

    def progress(self, stamp: Stamp) -> Progress:
        """Return how far a computation is."""
        found = progress_of(self._folder(stamp))
        if found.is_running:
            return found
        if self._computing.is_running:
            return Progress(is_running=True, stage="starting")
        return found._replace(stage="failed") if self._computing.has_failed else found

    def _is_due(self, found: Read) -> bool:
        """Return whether enough time has passed since the last computation, or since this worker began one."""
        return time.time() >= due_at(found) and time.monotonic() >= self._rests_until

    def begin(self) -> None:
        """Begin a computation, unless this worker's last one still runs; another worker's holds the lock."""
        if not self._computing.is_running:
            self._rests_until = time.monotonic() + LEAST_REST_S
            self._computing.begin()

    async def _forget_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            if self._engine.is_ready:
                try:
                    folder = self._folder(self._engine.stamp())
                    await self._lane.run(lambda reader, folder=folder: forget_deleted(reader.store, folder))
                except Exception as error:  # what is not forgotten now is tried again
                    log.error("deleted articles cannot be removed from the overview: %s", error)


def due_at(found: Read) -> float:
    """Return when the next computation may begin by itself, in seconds since 1970."""
    due, progress = 0.0, found.progress
    if found.overview is not None:
        newest = found.overview.newest()
        ended = parse_date(newest.computed_at) or datetime.now(UTC)
        due = ended.timestamp() + REST_TIMES * newest.seconds
    if progress.has_failed:
        due = max(due, progress.started_at + max(LEAST_REST_S, REST_TIMES * progress.seconds))
    return due


class _Reader:
    """Reads the newest overview in one thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._open: tuple[str, Overview | None] | None = None

    def newest(self, folder: Path, uuid: str) -> tuple[Overview | None, str]:
        """Return the newest overview, and a text that differs when another takes its place."""
        version = f"{uuid}.{file_version(folder / OVERVIEW_NAME)}"
        if self._open is None or self._open[0] != version:
            if self._open is not None and self._open[1] is not None:
                self._open[1].close()
            self._open = version, Overview.open(folder, uuid)
        return self._open[1], version
