"""The stories of the collection: read for answers, and computed anew in a process of its own when it has changed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

from recommender.collection_folder import MAP_NAME, STORIES_LOCK_NAME, STORIES_NAME, folder_of
from recommender.overview.stories import State, StoryFile, tell_story
from recommender.related.recommender import Recommender
from recommender.store.locks import exclusive
from service.answers import encode_json
from service.background import Background, file_version
from service.engine import Engine

LOOK_EVERY_S = 20.0
"""How often it is looked whether the stories are of the collection as it is."""
REST_TIMES, LEAST_REST_S = 10, 30.0
"""After a computation so many times its duration passes before the next, and at least so long."""
RETRY_S = 300.0
"""How long to wait after one that failed."""

log = logging.getLogger("service")


class Stories:
    """Reads stories for answers, and has them computed in the background.

    Args:
        engine: The engine of the collection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._place = engine.settings.collection
        self._computing = Background("service.compute_stories", self._place)
        self._failed_at: float | None = None
        # Only the lane of slow answers uses it.
        self._open: tuple[str, StoryFile | None] = ("", None)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look now and then whether stories are to be computed; end what is being computed at the end."""
        task = asyncio.create_task(self._look_now_and_then())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(self._computing.end)

    # Reading.

    def etag(self, about: str) -> str:
        """Return the ETag of an answer now, from the collection, its stories and the request.

        It does not begin with the engine's, because stories come later than the revision that they are of.
        """
        stamp = self._engine.stamp()
        known = f"{stamp.etag}\n{file_version(folder_of(self._place, stamp.uuid) / STORIES_NAME)}\n{about}"
        return f'W/"story-{hashlib.blake2b(known.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()}"'

    async def tell(self, article_id: str, most: int) -> bytes:
        """Return the story of an article as JSON.

        Raises:
            NotFoundError: If there is no such article.
            ServiceError: If the service is not ready, or too many requests wait already.
        """

        def work(recommender: Recommender) -> bytes:
            collection = recommender.collection
            return encode_json(tell_story(collection, self._newest(collection.path), article_id, most).to_json())

        return await self._engine.read_aside(work)

    def _newest(self, folder: Path) -> StoryFile | None:
        version = file_version(folder / STORIES_NAME)
        if version != self._open[0]:
            if self._open[1] is not None:
                self._open[1].close()
            self._open = version, StoryFile.open(folder)
        return self._open[1]

    # Computing.

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._engine.is_ready:
                try:
                    await self._look()
                except Exception as error:  # what is not computed now is tried again
                    log.error("the stories cannot be computed: %s", error)

    async def _look(self) -> None:
        if self._computing.is_running:
            return
        if self._computing.has_failed:
            now = time.monotonic()
            self._failed_at = now if self._failed_at is None else self._failed_at
            if now < self._failed_at + RETRY_S:
                return
        if await self._engine.read_aside(self._is_due):
            self._failed_at = None
            self._computing.begin()

    def _is_due(self, recommender: Recommender) -> bool:
        """Return whether the stories are of an earlier state or there is no map, unless they rest or are computed."""
        folder = recommender.collection.path
        known = self._newest(folder)
        if known is not None:
            if known.state == State.of(recommender.collection.store):
                # Computed with the stories; an older version knew no map.
                return not (folder / MAP_NAME).exists()
            with contextlib.suppress(OSError):
                age_s = time.time() - (folder / STORIES_NAME).stat().st_mtime
                if 0 <= age_s < max(LEAST_REST_S, REST_TIMES * known.seconds):
                    return False
        try:
            with exclusive(folder / STORIES_LOCK_NAME, wait=False) as held:
                return held
        except OSError:
            return False  # a folder that cannot be written
