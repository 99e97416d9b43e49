"""A collection: a store of articles and the index to search it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.article import Article
from recommender.collection_folder import (
    BESIDE,
    CACHE_VARIABLE,
    DATABASE_NAME,
    JUDGEMENTS_NAME,
    SNAPSHOTS_NAME,
    folder_of,
)
from recommender.config import LOCAL
from recommender.embedding import Encoder
from recommender.errors import (
    ArticleError,
    CollectionError,
    DamagedError,
    FormatError,
    NoCollectionError,
    NotFoundError,
    SharedUrlError,
)
from recommender.files import replacing
from recommender.sources.base import FOLDER_KINDS
from recommender.store import SQLiteStore, Store, is_server, open_server
from recommender.store.encoding import open_encoder
from recommender.store.writing import Incoming, Written, write_articles
from recommender.text import has_surrogate

if TYPE_CHECKING:
    from recommender.config import IndexSettings, Settings
    from recommender.index.engines import Engine
    from recommender.index.engines.remote import RemoteEngine
    from recommender.index.local.local_index import LocalIndex
    from recommender.index.local.reader import IndexReader
    from recommender.index.local.segment import OnProgress
    from recommender.index.local.snapshot import Snapshot
    from recommender.index.shared import SharedSnapshots
    from recommender.progress import Progress

API_SOURCE = "api"


class Collection:
    """Articles and the index to search them. One instance serves one thread at a time.

    Attributes:
        path: The folder of what this machine keeps of it: everything, or the snapshots of what a server has.
        place: Where it was opened, which opens it in other processes too; an address may hold a password.
        store: The articles.
    """

    def __init__(self, path: Path, store: Store, *, place: Path | str | None = None, compacts: bool = True) -> None:
        self.path = path
        self.place = path if place is None else place
        self.store = store
        self._compacts = compacts
        self._reader: IndexReader | None = None
        self._engine: tuple[IndexSettings, Engine] | None = None

    @classmethod
    def open(cls, path: Path | str, *, compacts: bool = True) -> Collection:
        """Open an existing collection for reading and writing.

        Args:
            path: Its folder, or its address: `postgresql://user@host/database`.
            compacts: Whether to write a snapshot if too much changed; otherwise another process must call `publish`.

        Raises:
            CollectionError: If there is none, or it cannot be used.
        """
        if is_server(path):
            return cls._served(str(path), create=False, compacts=compacts)
        folder = Path(path)
        return cls(folder, SQLiteStore(folder / DATABASE_NAME), compacts=compacts)

    @classmethod
    def _served(cls, address: str, *, create: bool, compacts: bool = True) -> Collection:
        store = open_server(address, create=create)
        try:
            folder = folder_of(address, store.uuid)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            store.close()
            raise CollectionError(
                f"the folder of snapshots cannot be made: {error.strerror}",
                where=str(error.filename),
                hint=f"name another one in {CACHE_VARIABLE}",
            ) from None
        return cls(folder, store, place=address, compacts=compacts)

    @staticmethod
    def exists(place: Path | str) -> bool:
        """Return whether there is a collection, which need not be one that can be opened.

        Raises:
            CollectionError: If the server cannot be asked.
        """
        if not is_server(place):
            return (Path(place) / DATABASE_NAME).is_file()
        try:
            open_server(str(place)).close()
        except NoCollectionError:
            return False
        except FormatError:
            return True
        return True

    @classmethod
    def create(cls, path: Path | str) -> Collection:
        """Open a collection, or create an empty one if there is none.

        Raises:
            CollectionError: If the folder has other contents, or cannot be written.
        """
        if is_server(path):
            return cls._served(str(path), create=True)
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            foreign = [entry.name for entry in folder.iterdir() if entry.name not in BESIDE]
        except OSError as error:
            raise CollectionError(f"the folder cannot be used: {error.strerror}", where=str(folder)) from None
        if foreign and not (folder / DATABASE_NAME).exists():
            raise CollectionError(
                f"the folder has other contents, such as {sorted(foreign)[0]}",
                where=str(folder),
                expected="an empty or new folder, or a collection",
            )
        return cls(folder, SQLiteStore(folder / DATABASE_NAME, create=True))

    @classmethod
    def recreate(cls, path: Path | str) -> Collection:
        """Open a collection without its articles, vectors and settings, creating it if there is none.

        Raises:
            CollectionError: If the folder holds something else, or cannot be written.
        """
        try:
            collection = cls.create(path)
            try:
                collection.store.start_over()
            except BaseException:
                collection.close()
                raise
            return collection
        except (DamagedError, FormatError):
            if is_server(path):
                raise
            # Nothing can be kept.
            try:
                for suffix in ("", "-wal", "-shm"):
                    (Path(path) / f"{DATABASE_NAME}{suffix}").unlink(missing_ok=True)
            except OSError as error:
                raise CollectionError(
                    f"the damaged database cannot be removed: {error.strerror}", where=str(path)
                ) from None
            return cls.create(path)

    def close(self) -> None:
        """Close the store; indexes that were handed out stay usable."""
        self._close_engine()
        self.store.close()

    @property
    def snapshots(self) -> Path:
        """The folder of snapshots."""
        return self.path / SNAPSHOTS_NAME

    # One article.

    def resolve(self, reference: str) -> str:
        """Return the id that `reference`, an id or a webUrl, names.

        Raises:
            NotFoundError: If it names no article.
            SharedUrlError: If it is a webUrl that several articles have.
            DamagedError: If the store and the index do not agree on it.
        """
        found: Sequence[str] = []
        # A text with half of a surrogate pair cannot be stored, and SQLite cannot look it up.
        if not has_surrogate(reference):
            with self.reading() as index:
                if reference in index:
                    return reference
                found = index.resolve(reference)
                if not self.store.confirms(reference, found):
                    raise DamagedError(
                        f"the database and its index disagree on {reference}",
                        where=self.store.where,
                        hint="related doctor --repair",
                    )
        if not found:
            raise NotFoundError(
                f"there is no article {reference}",
                where=self.store.where,
                expected="the id or the webUrl of a stored article",
            )
        if len(found) > 1:
            raise SharedUrlError(
                f"the webUrl {reference} is shared by {len(found)} articles: {', '.join(found)}",
                expected="the id of one of them",
            )
        return found[0]

    def article_of_file(self, file: Path) -> str | None:
        """Return the id of the article that a file gave at the last build; None if it gave none."""
        place = file.resolve()
        for source_id, kind, location in self.store.sources():
            folder = (self.path / location).resolve()
            folder = folder if kind in FOLDER_KINDS else folder.parent
            if place.is_relative_to(folder):
                found = self.store.article_at(source_id, place.relative_to(folder).as_posix())
                if found is not None:
                    return found
        return None

    # Writing.

    def write(
        self, articles: Sequence[Article] = (), deletes: Sequence[str] = (), *, encoder: Encoder | None = None
    ) -> Written:
        """Write and delete articles as one revision, which is durable when this returns.

        The articles belong to the source `api`. A write that changes nothing makes no revision. An article without an
        id gets its webUrl as its id.

        Args:
            articles: Articles to write.
            deletes: Ids to delete; those that are not stored are skipped.
            encoder: Encodes texts without a vector; the recorded one by default.

        Raises:
            ArticleError: If an article has neither id nor webUrl, or cannot be stored.
            EncoderMismatchError: If `encoder` is not the recorded one.
            BusyError: If another process writes for too long; nothing is written then.
            CollectionError: If the collection was never built or cannot be written.
        """
        encoding = self.store.recorded_encoding()
        if encoder is not None:
            encoding.refuse_vectors_of(encoder)
        batch = [_incoming(article) for article in articles]
        with self.store.transaction():
            source_id = self.store.source_id(API_SOURCE, API_SOURCE)
        return write_articles(
            self.store,
            source_id,
            batch,
            encoder or open_encoder(encoding, self.store.settings.encoder.device),
            self.reader.packer(),
            deletes=deletes,
        )

    def judgements(self) -> str:
        """Return an editor's judgements, as the lines of their file."""
        if is_server(self.place):
            return self.store.meta(JUDGEMENTS_NAME) or ""
        file = self.path / JUDGEMENTS_NAME
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def keep_judgements(self, lines: str) -> None:
        """Keep judgements that another place of this collection had."""
        if not lines:
            return
        if is_server(self.place):
            with self.store.transaction():
                self.store.set_meta(JUDGEMENTS_NAME, lines)
        else:
            with replacing(self.path / JUDGEMENTS_NAME) as stream:
                stream.write(lines.encode())

    def location_of(self, file: Path) -> str:
        """Return how the place of a source is recorded: relative to the folder, so that both may move together."""
        if is_server(self.place):
            return str(file.resolve())
        return os.path.relpath(file.resolve(), self.path.resolve())

    # Searching.

    @contextlib.contextmanager
    def reading(self) -> Iterator[LocalIndex]:
        """Yield the index of the newest revision; articles fetched inside are of that revision too."""
        with self.store.reading():
            yield self.reader.current()

    @property
    def reader(self) -> IndexReader:
        """The reader that keeps the index up to date with the store."""
        if self._reader is None:
            from recommender.index.local.reader import IndexReader

            if is_server(self.place):
                # Snapshots lie on this machine, so that one of a replica, which takes no writes, can have its own.
                self._reader = IndexReader(
                    self.store,
                    self.snapshots,
                    compacts=self._compacts,
                    is_writable=lambda: True,
                    shared=self._shared,
                    engine=self._engine_of,
                )
            else:
                self._reader = IndexReader(self.store, self.snapshots, compacts=self._compacts)
        return self._reader

    def _engine_of(self, settings: Settings, snapshot: Snapshot) -> RemoteEngine | None:
        if settings.index.engine == LOCAL:
            return None
        from recommender.index.engines.remote import RemoteEngine

        return RemoteEngine(self.engine(settings), snapshot)

    def engine(self, settings: Settings) -> Engine:
        """Return the engine that some settings name; the connection is kept.

        Raises:
            ConfigError: If they name none, or its driver is not installed.
        """
        if self._engine is None or self._engine[0] != settings.index:
            from recommender.index.engines import open_engine

            self._close_engine()
            self._engine = settings.index, open_engine(settings.index, self.store.uuid)
        return self._engine[1]

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine[1].close()
            self._engine = None

    def feed(self, on_progress: Progress = lambda stage, done, total: None) -> int:
        """Bring the engine of a collection on a server to the newest revision, unless another machine is at it.

        Returns:
            How many articles were written and deleted there; 0 where there is no engine.

        Raises:
            EngineError: If the engine cannot be used.
        """
        settings = self.store.settings
        if settings.index.engine == LOCAL or not is_server(self.place):
            return 0
        from recommender.index.engines import feed

        with self.store.sole("engine") as held:
            if not held:
                return 0
            with self.reading() as index:
                return feed(self.engine(settings), self.store, index, on_progress)

    def _shared(self, settings: Settings) -> SharedSnapshots | None:
        place = settings.index.snapshots
        if place is None:
            return None
        from recommender.index.shared import open_shared

        return open_shared(place)

    def publish(self, *, compact: bool = False, on_progress: OnProgress | None = None) -> bool:
        """Write a snapshot if too much changed since the last; return whether one was written.

        Args:
            compact: Write a snapshot even if little changed.
            on_progress: Called with the number of articles read and the total.

        Raises:
            MissingVectorsError: If an article has no sound vector.
            CollectionError: If the snapshot cannot be written.
        """
        return self.reader.publish(compact=compact, on_progress=on_progress)


def _incoming(article: Article) -> Incoming:
    article_id = article.id or article.web_url
    if not article_id:
        raise ArticleError("the article has neither an id nor a webUrl", where=article.title, expected="one of them")
    return Incoming(article.model_copy(update={"id": article_id}), "", article_id)
