"""A collection: a store of articles and the index to search it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.article import Article
from recommender.embedding import Encoder
from recommender.errors import (
    ArticleError,
    CollectionError,
    DamagedError,
    FormatError,
    NotFoundError,
    SharedUrlError,
)
from recommender.sources.base import FOLDER_KINDS
from recommender.store import SQLiteStore, Store
from recommender.store.encoding import open_encoder
from recommender.store.writing import Incoming, Written, write_articles
from recommender.text import has_surrogate

if TYPE_CHECKING:
    from recommender.index.local.local_index import LocalIndex
    from recommender.index.local.reader import IndexReader
    from recommender.index.local.segment import OnProgress

DATABASE_NAME = "articles.db"
SNAPSHOTS_NAME = "snapshots"
JUDGEMENTS_NAME = "judgements.jsonl"
"""The file of an editor's grades, which outlives the database."""
COMPACTING_NAME = ".compacting"
"""The lock of the background process that writes the next snapshot."""
API_SOURCE = "api"

_BESIDE = frozenset({SNAPSHOTS_NAME, JUDGEMENTS_NAME, COMPACTING_NAME})
"""Files that may be in a folder whose database was removed."""


class Collection:
    """A folder with articles and the index to search them. One instance serves one thread at a time."""

    def __init__(self, path: Path, store: Store, *, compacts: bool = True) -> None:
        self.path = path
        self.store = store
        self._compacts = compacts
        self._reader: IndexReader | None = None

    @classmethod
    def open(cls, path: Path | str, *, compacts: bool = True) -> Collection:
        """Open an existing collection for reading and writing.

        Args:
            path: Its folder.
            compacts: Whether to write a snapshot if too much changed; otherwise another process must call `publish`.

        Raises:
            CollectionError: If there is none, or it cannot be used.
        """
        folder = Path(path)
        return cls(folder, SQLiteStore(folder / DATABASE_NAME), compacts=compacts)

    @classmethod
    def create(cls, path: Path | str) -> Collection:
        """Open a collection, or create an empty one if there is none.

        Raises:
            CollectionError: If the folder has other contents, or cannot be written.
        """
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            foreign = [entry.name for entry in folder.iterdir() if entry.name not in _BESIDE]
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
                        where=str(self.path),
                        hint="related doctor --repair",
                    )
        if not found:
            raise NotFoundError(
                f"there is no article {reference}",
                where=str(self.path),
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

            self._reader = IndexReader(self.store, self.snapshots, compacts=self._compacts)
        return self._reader

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
