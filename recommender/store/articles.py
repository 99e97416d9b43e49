"""Articles, vectors, sources and files of a store that speaks SQL."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from recommender.article import Article
from recommender.embedding import Vectors
from recommender.sources import FileState
from recommender.store.checksums import add_checksums, row_checksum, sealed_hash
from recommender.store.checkup import check_truth, repair_truth
from recommender.store.history import chunks
from recommender.store.packed import PackedArticles
from recommender.store.records import (
    COLUMNS,
    Commit,
    Needed,
    Packed,
    Revision,
    RowFacts,
    StoredArticle,
    StoredState,
    Truth,
    Upsert,
    read_article,
)
from recommender.text import path_key, url_key

# A write without `secured` keeps the stored one.
_UPSERT = """
INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (article_id) DO UPDATE SET
  path = excluded.path, url_key = excluded.url_key, text_hash = excluded.text_hash,
  content_hash = excluded.content_hash, sealed_hash = excluded.sealed_hash, revision = excluded.revision,
  checksum = excluded.checksum, record = excluded.record, secured = coalesce(excluded.secured, articles.secured)
"""
_SAVE_VECTOR = """
INSERT INTO vectors VALUES (?, ?, ?, ?)
ON CONFLICT (encoder, text_hash) DO UPDATE SET vector = excluded.vector, checksum = excluded.checksum
WHERE vectors.vector <> excluded.vector OR vectors.checksum <> excluded.checksum
"""
_SAVE_STATE = """
INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source_id, path) DO UPDATE SET
  size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
  inode = excluded.inode, checksum = excluded.checksum
"""


class Articles(PackedArticles):
    """The part of a store that keeps articles with their vectors, and the sources that they came from."""

    def start_over(self) -> None:
        """Forget every article, vector and setting; a learned scorer stays."""
        # The file is kept, because open readers would not notice a new one.
        with self.transaction():
            number = self.revision().number + 1
            for table in ("files", "articles", "sources", "vectors"):
                self.connection.execute(f"DELETE FROM {table}")
            self.connection.execute("DELETE FROM meta WHERE key <> 'scorer'")
            self.set_meta("uuid", uuid.uuid4().hex)
            self.restart_log(Revision(number))

    def check(self, encoder: str | None) -> Truth:
        """Check every row, inside a read; `encoder` is the fingerprint of the recorded encoder."""
        return check_truth(self, encoder)

    def repair(self, found: Truth, folder: Path) -> list[str]:
        """Repair what a check found; what is left of damaged articles is put into `folder`."""
        return repair_truth(self, found, folder)

    # Articles.

    def count(self) -> int:
        """Return how many articles there are."""
        return self.revision().articles

    def ids(self) -> list[str]:
        """Return the ids of all articles, sorted."""
        return [row[0] for row in self.scan("SELECT article_id FROM articles ORDER BY article_id")]

    def named_articles(self) -> Iterator[tuple[str, str]]:
        """Yield id and address key (empty for none) of every article, sorted by id."""
        yield from self.scan("SELECT article_id, coalesce(url_key, '') FROM articles ORDER BY article_id")

    def get(self, article_id: str) -> StoredArticle | None:
        """Return an article, without `secured`."""
        row = self._one(f"SELECT {COLUMNS} FROM articles WHERE article_id = ?", article_id)
        return None if row is None else read_article(row)

    def ids_by_url(self, key: str) -> list[str]:
        """Return the ids of the articles whose webUrl has this key, sorted."""
        rows = self.rows("SELECT article_id FROM articles WHERE url_key = ? ORDER BY article_id", key)
        return [row[0] for row in rows]

    def confirms(self, reference: str, found: Sequence[str]) -> bool:
        """Return whether `found`, sorted, are the ids of the articles with this webUrl, and none has it as its id."""
        keys = filter(None, (url_key(reference), path_key(reference)))
        # Lazy: the path is looked up only where no article has the whole address.
        key, named = next(((key, ids) for key in keys if (ids := self.ids_by_url(key))), (None, []))
        stored = self.stored_states([reference, *found])
        return (
            reference not in stored
            and named == list(found)
            and all(
                each in stored
                and stored[each].facts.url_key == key
                and stored[each].facts.checksum() == stored[each].checksum
                for each in named
            )
        )

    def articles(self, ids: Sequence[str] | None = None) -> Iterator[StoredArticle]:
        """Yield every article, or those of `ids` (sorted) that are stored, sorted by id."""
        if ids is None:
            yield from map(read_article, self.scan(f"SELECT {COLUMNS} FROM articles ORDER BY article_id"))
            return
        for some, marks in chunks(ids):
            sql = f"SELECT {COLUMNS} FROM articles WHERE article_id IN ({marks}) ORDER BY article_id"
            yield from map(read_article, self.rows(sql, *some))

    def stored_states(self, ids: Sequence[str]) -> dict[str, StoredState]:
        """Return the state of those of `ids` that are stored."""
        found = {}
        columns = ", ".join(RowFacts._fields)
        for some, marks in chunks(ids):
            for *facts, checksum in self.rows(
                f"SELECT {columns}, checksum FROM articles WHERE article_id IN ({marks})", *some
            ):
                found[facts[0]] = StoredState(RowFacts(*facts), checksum)
        return found

    def owned_articles(self) -> Iterator[tuple[int, str, Article]]:
        """Yield source, path and article of everything stored, sorted by id."""
        for *row, path, source_id in self.scan(f"SELECT {COLUMNS}, path, source_id FROM articles ORDER BY article_id"):
            yield source_id, path, read_article(tuple(row)).article

    def without_address(self) -> list[str]:
        """Return the ids of the articles that have no webUrl, sorted."""
        return [
            row[0] for row in self.rows("SELECT article_id FROM articles WHERE url_key IS NULL ORDER BY article_id")
        ]

    def shared_urls(self) -> list[tuple[str, list[str]]]:
        """Return each webUrl key that more than one article has, with their ids."""
        shared: dict[str, list[str]] = defaultdict(list)
        for key, article_id in self.rows(
            "SELECT url_key, article_id FROM articles WHERE url_key IN ("
            "SELECT url_key FROM articles WHERE url_key IS NOT NULL GROUP BY url_key HAVING count(*) > 1"
            ") ORDER BY url_key, article_id"
        ):
            shared[key].append(article_id)
        return list(shared.items())

    def write(
        self,
        source_id: int,
        upserts: Iterable[Upsert] = (),
        deletes: Iterable[str] = (),
        *,
        encoder: str = "",
        vectors: Mapping[bytes, Vectors] | None = None,
        form: str = "",
        packed: Mapping[str, Packed] | None = None,
    ) -> Commit:
        """Write one batch of one source as one revision, inside a transaction; what changes nothing makes none.

        The vector of a deleted or replaced text is dropped, unless another article has the same text.

        Args:
            source_id: The source of the articles.
            upserts: Articles to write; the last one counts where several have the same id.
            deletes: Ids to delete; those that are not stored are skipped.
            encoder: Fingerprint of the encoder that made `vectors`.
            vectors: Vectors by text hash.
            form: The form of `packed`.
            packed: Packed articles by id; one that is missing is packed again where it is read.
        """
        stored, changed, deleted, refused = self._compare(source_id, upserts, deletes)
        if not changed and not deleted:
            return Commit(0, [], [], refused, [])
        lacking = set() if vectors is None else self._without_vector(encoder, changed, vectors)
        if lacking:
            return Commit(0, [], [], refused, [], lacking)
        before = self.revision()
        revision = before.number + 1
        facts = [_facts(upsert, source_id, revision, stored.get(upsert.article_id)) for upsert in changed]
        checksums = [row.checksum() for row in facts]
        run_many = self.connection.executemany
        run_many(
            _UPSERT,
            (
                (*row, checksum, upsert.record, upsert.secured)
                for row, checksum, upsert in zip(facts, checksums, changed, strict=True)
            ),
        )
        run_many("DELETE FROM articles WHERE article_id = ?", ((key,) for key in deleted))
        if deleted:
            self._note_deletion()
        replaced = [stored[key] for key in (*(row.article_id for row in facts), *deleted) if key in stored]
        after = Revision(
            revision,
            before.articles + len(changed) - (len(replaced) - len(deleted)) - len(deleted),
            add_checksums(before.digest, checksums, (state.checksum for state in replaced)),
        )
        self._add_revision(after, [(row.article_id, "upsert") for row in facts] + [(key, "delete") for key in deleted])
        if packed:
            versions = {row.article_id: checksum for row, checksum in zip(facts, checksums, strict=True)}
            self._save_packed(form, ((key, version, packed[key]) for key, version in versions.items() if key in packed))
        if vectors:
            kept = {row.text_hash for row in facts} & vectors.keys()
            self._save_vectors(encoder, {key: vectors[key] for key in kept})
        self._drop_vectors({state.facts.text_hash for state in replaced} - {row.text_hash for row in facts})
        moved = [
            stored[row.article_id].facts.path
            for row in facts
            if row.article_id in stored and stored[row.article_id].facts.path != row.path
        ]
        return Commit(revision, [row.article_id for row in facts], deleted, refused, moved)

    def needed(self, source_id: int, upserts: Iterable[Upsert], deletes: Iterable[str], encoder: str) -> Needed | None:
        """Return what a write of these would need; None if it would do nothing."""
        with self.reading():
            _, changed, deleted, refused = self._compare(source_id, upserts, deletes)
            if not (changed or deleted or refused):
                return None
            return Needed({each.article_id for each in changed}, self._without_vector(encoder, changed, {}))

    def _compare(
        self, source_id: int, upserts: Iterable[Upsert], deletes: Iterable[str]
    ) -> tuple[dict[str, StoredState], list[Upsert], list[str], dict[str, int]]:
        """Return the stored states, the upserts and deletes that change something, and the owners of refused ids."""
        wanted = {upsert.article_id: upsert for upsert in upserts}
        leaving = [article_id for article_id in dict.fromkeys(deletes) if article_id not in wanted]
        stored = self.stored_states([*wanted, *leaving])
        refused = {key: state.facts.source_id for key, state in stored.items() if state.facts.source_id != source_id}
        changed = [
            upsert
            for key, upsert in wanted.items()
            if key not in refused and (key not in stored or stored[key].differs(upsert))
        ]
        return stored, changed, [key for key in leaving if key in stored and key not in refused], refused

    def _without_vector(self, encoder: str, changed: Iterable[Upsert], vectors: Mapping[bytes, Vectors]) -> set[bytes]:
        hashes = {upsert.text_hash for upsert in changed} - vectors.keys()
        return hashes - self.load_vectors(encoder, list(hashes)).keys()

    # Sources and their files.

    def source_id(self, kind: str, location: str) -> int:
        """Return the number of a source, which is recorded if it is new, inside a transaction."""
        row = self._one("SELECT source_id FROM sources WHERE location = ?", location)
        if row is None:
            number = int((self._one("SELECT coalesce(max(source_id), 0) + 1 FROM sources") or (1,))[0])
            row = (number, kind, location)
            self.connection.execute("INSERT INTO sources VALUES (?, ?, ?, ?)", (*row, row_checksum(*row)))
        return int(row[0])

    def source_location(self, source_id: int) -> str:
        """Return the location of a source as it was recorded."""
        row = self._one("SELECT location FROM sources WHERE source_id = ?", source_id)
        return str(row[0]) if row else ""

    def source_articles(self, source_id: int) -> list[tuple[str, str]]:
        """Return path and id of every article of a source."""
        return list(self.scan("SELECT path, article_id FROM articles WHERE source_id = ?", source_id))

    def file_states(self, source_id: int) -> dict[str, FileState]:
        """Return the state of each file of a source when it was last read whole."""
        rows = self.scan("SELECT path, size_bytes, mtime_ns, ctime_ns, inode FROM files WHERE source_id = ?", source_id)
        return {path: FileState(*state) for path, *state in rows}

    def set_file_states(self, source_id: int, states: Mapping[str, FileState]) -> None:
        """Record the state of files, inside a transaction."""
        rows = ((source_id, path, *state) for path, state in states.items())
        self.connection.executemany(_SAVE_STATE, ((*row, row_checksum(*row)) for row in rows))

    def forget_files(self, source_id: int, paths: Iterable[str]) -> None:
        """Drop the recorded state of files, inside a transaction."""
        self.connection.executemany(
            "DELETE FROM files WHERE source_id = ? AND path = ?", ((source_id, path) for path in paths)
        )

    def article_at(self, source_id: int, path: str) -> str | None:
        """Return the id of the article that a source's file gave."""
        row = self._one("SELECT article_id FROM articles WHERE source_id = ? AND path = ? LIMIT 1", source_id, path)
        return None if row is None else row[0]

    def sources(self) -> list[tuple[int, str, str]]:
        """Return number, kind and location of every source."""
        return list(self.rows("SELECT source_id, kind, location FROM sources ORDER BY source_id"))

    # Vectors.

    def load_vectors(self, encoder: str, hashes: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the stored vectors among `hashes`, read-only; a damaged one counts as not stored."""
        found = {}
        for some, marks in chunks(hashes):
            for key, blob, checksum in self.rows(
                "SELECT text_hash, CAST(vector AS BLOB), checksum FROM vectors "
                f"WHERE encoder = ? AND text_hash IN ({marks})",
                encoder,
                *some,
            ):
                if row_checksum(encoder, key, blob) == checksum:
                    found[key] = np.frombuffer(blob, dtype="<f4").astype(np.float32, copy=False)
        return found

    def save_vectors(self, encoder: str, vectors: Mapping[bytes, Vectors]) -> None:
        """Store `vectors` in a transaction."""
        with self.transaction():
            self._save_vectors(encoder, vectors)

    def keep_needed_vectors(self, encoder: str, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep those of `vectors` whose text an article still has, in a transaction."""
        with self.transaction():
            self._save_vectors(encoder, vectors)
            self._drop_vectors(vectors)

    def drop_broken_vectors(self, encoder: str, dimension: int) -> int:
        """Delete the encoder's vectors that are damaged or of another size, in a transaction; return how many."""
        broken = [
            (row,)
            for row, key, blob, checksum in self.scan(
                f"SELECT {self.row_key}, text_hash, CAST(vector AS BLOB), checksum FROM vectors WHERE encoder = ?",
                encoder,
            )
            if row_checksum(encoder, key, blob) != checksum or len(blob) != 4 * dimension
        ]
        self.connection.executemany(f"DELETE FROM vectors WHERE {self.row_key} = ?", broken)
        return len(broken)

    def articles_without_vector(self, encoder: str) -> Iterator[Article]:
        """Yield the articles whose text has no stored vector, sorted by id."""
        for row in self.scan(
            f"SELECT {COLUMNS} FROM articles WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE encoder = ? "
            "AND vectors.text_hash = articles.text_hash) ORDER BY article_id",
            encoder,
        ):
            yield read_article(row).article

    def _save_vectors(self, encoder: str, vectors: Mapping[bytes, Vectors]) -> None:
        rows = ((encoder, key, vector.astype("<f4").tobytes()) for key, vector in vectors.items())
        self.connection.executemany(_SAVE_VECTOR, ((*row, row_checksum(*row)) for row in rows))

    def _drop_vectors(self, hashes: Iterable[bytes]) -> None:
        self.connection.executemany(
            "DELETE FROM vectors WHERE text_hash = ? AND NOT EXISTS (SELECT 1 FROM articles WHERE text_hash = ?)",
            ((key, key) for key in hashes),
        )


def _facts(upsert: Upsert, source_id: int, revision: int, stored: StoredState | None) -> RowFacts:
    sealed = sealed_hash(upsert.secured)
    if sealed is None and stored is not None:
        sealed = stored.facts.sealed_hash
    kept = upsert.article_id, upsert.path, upsert.url_key, upsert.text_hash, upsert.content_hash
    return RowFacts(*kept, sealed, source_id, revision)
