"""A collection: the truth, and one consistent view of it to search in."""

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
"""Where an editor's grades are kept; they outlive the database."""
COMPACTING_NAME = ".compacting"
"""The lock of the process that writes the next snapshot aside."""
API_SOURCE = "api"

_BESIDE = frozenset({SNAPSHOTS_NAME, JUDGEMENTS_NAME, COMPACTING_NAME})
"""What may lie in a folder whose database is gone."""


class Collection:
    """A folder that holds articles and what is needed to search them. One instance serves one thread at a time."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path = path
        self.store = store
        self._compacts = True
        self._reader: IndexReader | None = None

    @classmethod
    def open(cls, path: Path | str, *, compacts: bool = True) -> Collection:
        """Open an existing collection for reading and writing.

        Args:
            path: Its folder.
            compacts: Whether a reader writes a snapshot where too much changed since the last; else somebody else must
                call `publish`.

        Raises:
            CollectionError: If there is none, or it cannot be used.
        """
        folder = Path(path)
        collection = cls(folder, SQLiteStore(folder / DATABASE_NAME))
        collection._compacts = compacts
        return collection

    @classmethod
    def create(cls, path: Path | str) -> Collection:
        """Open a collection, making an empty one if there is none.

        Raises:
            CollectionError: If the folder holds something else, or cannot be written.
        """
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            foreign = [entry.name for entry in folder.iterdir() if entry.name not in _BESIDE]
        except OSError as error:
            raise CollectionError(f"the folder cannot be used: {error.strerror}", where=str(folder)) from None
        if foreign and not (folder / DATABASE_NAME).exists():
            raise CollectionError(
                f"the folder holds something else ({sorted(foreign)[0]})",
                where=str(folder),
                expected="an empty or new folder, or a collection",
            )
        return cls(folder, SQLiteStore(folder / DATABASE_NAME, create=True))

    def close(self) -> None:
        """Close the database; views that were handed out stay usable."""
        self.store.close()

    @property
    def snapshots(self) -> Path:
        """The folder of what is derived."""
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
        # Half a surrogate pair cannot be stored, so nothing has it.
        if not has_surrogate(reference):
            with self.reading() as index:
                if reference in index:
                    return reference
                found = index.resolve(reference)
                if not self.store.confirms(reference, found):
                    raise DamagedError(
                        f"the database and its indexes do not agree on {reference}",
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
                expected="an id of one of them",
            )
        return found[0]

    def article_of_file(self, file: Path) -> str | None:
        """The id of the article that a file gave at the last build; None if it gave none."""
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

        They belong to the source `api`. What changes nothing makes no revision; a delete of what is not stored is
        passed over. An article without an id goes by its webUrl.

        Args:
            articles: To be written.
            deletes: Ids of articles to be deleted.
            encoder: For texts that have no vector yet; the recorded one if left out.

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
            self.store.settings.text,
            deletes=deletes,
        )

    # Searching.

    @contextlib.contextmanager
    def reading(self) -> Iterator[LocalIndex]:
        """A view of the newest revision; articles fetched inside are of that revision too."""
        with self.store.reading():
            yield self.reader.current()

    @property
    def reader(self) -> IndexReader:
        """What keeps the view of this collection up to date."""
        if self._reader is None:
            from recommender.index.local.reader import IndexReader

            self._reader = IndexReader(self.store, self.snapshots, compacts=self._compacts)
        return self._reader

    def publish(self, *, compact: bool = False, on_progress: OnProgress | None = None) -> bool:
        """Make sure that the newest revision is quick to open; whether a snapshot had to be written.

        Args:
            compact: Write a snapshot of the newest revision even if little changed since the last.
            on_progress: Called often with how many articles were read, and how many there are.

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
