"""A collection: the truth, and one consistent view of it to search in."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.collection.database import Database
from recommender.collection.encoding import Encoding
from recommender.config import Settings
from recommender.embedding import Vectors, check_vectors
from recommender.errors import CollectionError, NotFoundError, SharedUrlError, VectorError
from recommender.text import article_texts, has_surrogate, texts_fingerprint, url_key

if TYPE_CHECKING:
    from recommender.collection.snapshot import Derive, Manifest, Snapshot
    from recommender.collection.view import View

DATABASE_NAME = "articles.db"
SNAPSHOTS_NAME = "snapshots"


class Collection:
    """A folder that holds articles and what is needed to search them. One instance serves one thread at a time."""

    def __init__(self, path: Path, database: Database) -> None:
        self.path = path
        self.database = database
        self._derive: Derive | None = None
        self._view: View | None = None
        self._seen: tuple[int, int] | None = None
        self._wanted: Manifest | None = None

    @classmethod
    def open(cls, path: Path | str, *, derive: Derive | None = None) -> Collection:
        """Open an existing collection for reading and writing.

        Args:
            path: Its folder.
            derive: Works out the arrays that a snapshot keeps for ranking.

        Raises:
            CollectionError: If there is none, or it can not be used.
        """
        folder = Path(path)
        collection = cls(folder, Database(folder / DATABASE_NAME))
        collection._derive = derive
        return collection

    @classmethod
    def create(cls, path: Path | str, *, derive: Derive | None = None) -> Collection:
        """Open a collection, making an empty one if there is none.

        Raises:
            CollectionError: If the folder holds something else, or can not be written.
        """
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            foreign = [entry.name for entry in folder.iterdir() if entry.name != SNAPSHOTS_NAME]
        except OSError as error:
            raise CollectionError(f"the folder can not be used: {error.strerror}", where=str(folder)) from None
        if foreign and not (folder / DATABASE_NAME).exists():
            raise CollectionError(
                f"the folder holds something else ({sorted(foreign)[0]})",
                where=str(folder),
                expected="an empty or new folder, or a collection",
            )
        collection = cls(folder, Database(folder / DATABASE_NAME, create=True))
        collection._derive = derive
        return collection

    def close(self) -> None:
        """Close the database; views that were handed out stay usable."""
        self.database.close()

    # What the collection was built with.

    @property
    def uuid(self) -> str:
        """What tells this collection from every other."""
        return self.database.meta("uuid") or ""

    @property
    def settings(self) -> Settings:
        """The settings recorded at the last build, the encoder's among them."""
        return Settings.parse(
            json.loads(self.database.meta("settings") or "{}"), where=f"{self.path}, recorded settings"
        )

    @property
    def encoding(self) -> Encoding | None:
        """The recorded encoder; None before the first build."""
        recorded = self.database.meta("encoding")
        return None if recorded is None else Encoding.parse(recorded)

    def record(self, settings: Settings, encoding: Encoding) -> None:
        """Record what a build uses, inside a transaction."""
        self.database.set_meta("encoding", encoding.text())
        self.database.set_meta("settings", settings.chosen())

    # One article.

    def resolve(self, reference: str) -> str:
        """The id that `reference`, an id or a webUrl, names.

        Raises:
            NotFoundError: If it names no article.
            SharedUrlError: If it is a webUrl that several articles have.
        """
        found: list[str] = []
        # Half a surrogate pair can not be stored, so nothing has it.
        if not has_surrogate(reference):
            if self.database.get(reference) is not None:
                return reference
            key = url_key(reference)
            found = self.database.ids_by_url(key) if key else []
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
        for source_id, kind, location in self.database.sources():
            folder = (self.path / location).resolve()
            folder = folder if kind == "markdown_folder" else folder.parent
            if place.is_relative_to(folder):
                found = self.database.article_at(source_id, place.relative_to(folder).as_posix())
                if found is not None:
                    return found
        return None

    # Searching.

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """A view of the newest revision; articles fetched inside are of that revision too."""
        with self.database.reading():
            yield self._current_view()

    def _current_view(self) -> View:
        from recommender.collection.view import View

        state = self.database.state()
        if self._view is not None and state == self._seen:
            return self._view
        wanted, settings = self._manifest(), self.settings
        if self._view is None or self._wanted != wanted:
            self._view = View(self._open_or_rebuild(wanted), settings, self._encoding())
        elif self._view.settings != settings:
            self._view = View(self._view.snapshot, settings, self._encoding())
        self._wanted, self._seen = wanted, state
        return self._view

    def publish(self) -> bool:
        """Make sure that the newest revision has a sound snapshot; whether one had to be made."""
        from recommender.collection.snapshot import load_snapshot

        with self.database.reading():
            wanted = self._manifest()
            if load_snapshot(self.path / SNAPSHOTS_NAME, wanted) is not None:
                return False
            self._publish(wanted)
            return True

    def _open_or_rebuild(self, wanted: Manifest) -> Snapshot:
        from recommender.collection.snapshot import load_snapshot

        found = load_snapshot(self.path / SNAPSHOTS_NAME, wanted)
        if found is None:
            self._publish(wanted)
            found = load_snapshot(self.path / SNAPSHOTS_NAME, wanted)
        if found is None:
            raise CollectionError(
                "a snapshot just written can not be read back",
                where=str(self.path / SNAPSHOTS_NAME / str(wanted.revision)),
                hint="check the disk",
            )
        return found

    def _publish(self, wanted: Manifest) -> None:
        from recommender.collection.columns import ColumnsBuilder
        from recommender.collection.lexical import Analyzer
        from recommender.collection.snapshot import publish_snapshot

        settings, encoding = self.settings, self._encoding()
        builder = ColumnsBuilder(Analyzer(settings.text.language).terms)
        hashes: list[bytes] = []
        for stored in self.database.articles():
            texts = article_texts(stored.article, settings.text)
            builder.add(stored.article_id, stored.article, texts.title, texts.rest)
            hashes.append(stored.text_hash)
        vectors = self._vectors(encoding, hashes)
        publish_snapshot(self.path / SNAPSHOTS_NAME, wanted, builder, vectors, self._derive)

    def _vectors(self, encoding: Encoding, hashes: Sequence[bytes]) -> Vectors:
        vectors = np.empty((len(hashes), encoding.dimension), dtype=np.float32)
        known = self.database.load_vectors(encoding.fingerprint, list(dict.fromkeys(hashes)))
        for row, key in enumerate(hashes):
            if key not in known or known[key].shape != (encoding.dimension,):
                raise CollectionError(
                    "an article's vector is missing or has the wrong size",
                    where=str(self.database.path),
                    hint="build again: it encodes what is missing",
                )
            vectors[row] = known[key]
        try:
            check_vectors(vectors, len(hashes), encoding.dimension)
        except VectorError as error:
            error.where = str(self.database.path)
            error.hint = "the stored vectors are damaged: build with --recreate to encode everything again"
            raise
        return vectors

    def _encoding(self) -> Encoding:
        encoding = self.encoding
        if encoding is None:
            raise CollectionError(
                "the collection was never built",
                where=str(self.path),
                hint=f"build it: related build SOURCE --collection {self.path}",
            )
        return encoding

    def _manifest(self) -> Manifest:
        from recommender.collection.snapshot import FORMAT, Manifest

        return Manifest(
            format=FORMAT,
            collection=self.uuid,
            revision=self.database.revision(),
            encoder=self._encoding().fingerprint,
            text=texts_fingerprint(self.settings.text),
            articles=self.database.count(),
            files={},
        )
