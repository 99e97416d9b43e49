"""Copies everything that a store has into another one, of whatever kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from recommender.errors import CollectionError, DamagedError
from recommender.progress import Progress
from recommender.store.base import Store
from recommender.store.checksums import row_checksum
from recommender.store.history import write_meta
from recommender.store.records import Revision
from recommender.store.writing import in_pools

BATCH = 1000
# Each table after those that it refers to; a row ends with its checksum in all but the log of changes.
_TABLES = {
    "sources": "source_id, kind, location, checksum",
    "articles": "article_id, path, url_key, text_hash, content_hash, sealed_hash, source_id, revision, checksum, "
    "record, secured",
    "vectors": "encoder, text_hash, vector, checksum",
    "packed": "article_id, form, article_checksum, texts, columns, checksum",
    "revisions": "revision, committed_at, articles, digest, changes, checksum",
    "changes": "revision, article_id, change",
    "files": "source_id, path, size_bytes, mtime_ns, ctime_ns, inode, checksum",
    "rules": "article_id, rules, number, checksum",
    "rule_changes": "number, changed_at, editor, article_id, before, after, checksum",
}
_OWN = ("uuid", "deleted_since")
"""Recorded values that a store does not take from another."""


def copy_store(
    source: Store,
    target: Store,
    relocate: Callable[[str], str] = lambda location: location,
    on_progress: Progress = lambda stage, done, total: None,
) -> Revision:
    """Copy articles, vectors, sources, settings, rules, the learned scorer and the change log, in one transaction.

    The copy has the revision of the source and an identity of its own: it is another collection from then on.

    Args:
        source: What to copy; it may be read and written meanwhile.
        target: Where to; it must be empty.
        relocate: Gives the location of a source as the target records it.
        on_progress: Called with each table, the rows copied and 0.

    Returns:
        The revision that both have.

    Raises:
        CollectionError: If the target has articles, or cannot be written.
        DamagedError: If the source is damaged.
    """
    with source.reading(), target.transaction():
        if target.revision() != Revision() or target.encoding is not None:
            raise CollectionError(
                "the collection to copy to is not empty", where=target.where, expected="a new place, or an empty one"
            )
        truth = source.check(None)
        if not truth.sound:
            raise DamagedError("the collection is damaged", where=source.where, hint="related doctor --repair")
        for key, value in source.rows("SELECT key, value FROM meta"):
            if key not in _OWN:
                write_meta(target.connection, key, value)
        for table, columns in _TABLES.items():
            rows = source.scan(f"SELECT {columns} FROM {table}")
            if table == "sources":
                rows = _relocated(rows, relocate)
            marks = ", ".join("?" * len(columns.split(", ")))
            done = 0
            for batch in in_pools(rows, BATCH):
                target.connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", batch)
                done += len(batch)
                on_progress(f"copying {table}", done, 0)
        revision = source.revision()
        target.count_on(revision.number)
    return revision


def _relocated(rows: Iterator[Any], relocate: Callable[[str], str]) -> Iterator[Any]:
    for source_id, kind, location, _ in rows:
        moved = (source_id, kind, relocate(location))
        yield (*moved, row_checksum(*moved))
