"""Keeps an index up to date with the store: opens snapshots, reads later changes, writes new snapshots."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from recommender.config import LOCAL, Settings
from recommender.errors import SnapshotError
from recommender.index.local.local_index import LocalIndex
from recommender.index.local.packing import Packer
from recommender.index.local.part import Part
from recommender.index.local.sampling import sample_pairs
from recommender.index.local.segment import EngineOf, OnProgress, read_segment
from recommender.index.local.snapshot import (
    COLUMNS,
    FORMAT,
    Manifest,
    Snapshot,
    SnapshotSource,
    building,
    load_snapshot,
    not_written,
    publish_snapshot,
    published,
    put_in_place,
    sweep,
)
from recommender.ranking.chance import ENGLISH, find_unrelated, recorded_as
from recommender.store import Revision, Store
from recommender.store.locks import exclusive
from recommender.text import texts_fingerprint

LOG_ROWS, LOG_SHARE, LOG_DAYS = 1000, 0.05, 30.0
"""The change log is cut, for which a snapshot is written, if it has more rows than both say, or one as old as this."""
BUILD_SHARE = 0.01
"""A build writes a snapshot if more than this share of the articles changed since the last."""
READ_SHARE = 0.2
"""A reader writes a snapshot if more than this share changed: too much would be held in memory otherwise."""
LEAST_CHANGES = 200
"""A reader writes no snapshot for fewer changes than this."""
PART_RATIO = 3
"""Parts in memory are merged until each is at least this many times as large as the next."""

RETRY_AFTER_S = 60.0
"""How long a reader waits after a failure before it tries to write a snapshot again."""

_LOCK_NAME = ".lock"


class Shared(Protocol):
    """Snapshots that several machines share; see `index.shared`."""

    def newest(self, collection: str) -> Any:
        """Return what the newest one is, with `source`, `revision` and `digest`; None if there is none."""
        ...

    def fetch(self, pointer: Any, into: Path) -> None:
        """Fetch it into an empty folder, and verify it."""
        ...

    def publish(self, folder: Path, manifest: Manifest) -> bool:
        """Publish one, unless a later one is there."""
        ...


class IndexReader:
    """Keeps one process's index of a collection up to date.

    Args:
        store: The store.
        root: The folder of snapshots.
        is_writable: Tells whether snapshots can be written; by default, where the store can be.
        shared: Returns where machines share snapshots under some settings; None where they do not.
        engine: Returns what proposes candidates instead of a snapshot's own indexes; None if nothing does.
        compacts: Whether to write a snapshot if too much changed; otherwise another process must call `publish`.
    """

    def __init__(
        self,
        store: Store,
        root: Path,
        *,
        compacts: bool = True,
        is_writable: Callable[[], bool] | None = None,
        shared: Callable[[Settings], Shared | None] = lambda settings: None,
        engine: Callable[[Settings, Snapshot], EngineOf | None] | None = None,
    ) -> None:
        self._engine = engine
        self._is_writable = is_writable or (lambda: not store.read_only)
        self._shared = shared
        self._compacts = compacts
        self._store = store
        self._root = root
        self._index: LocalIndex | None = None
        self._seen: tuple[int, int] | None = None
        self._unusable: set[tuple[int, SnapshotSource]] = set()
        self._next_try = 0.0
        self._packer: Packer | None = None

    def current(self) -> LocalIndex:
        """Return the index of the newest revision, inside a read.

        Raises:
            CollectionError: If the collection was never built.
            MissingVectorsError: If an article has no sound vector.
            DamagedError: If the store is damaged.
        """
        state = self._store.state()
        if self._index is None or state != self._seen:
            self._index, self._seen = self._newest(), state
        return self._index

    def packer(self) -> Packer:
        """Return what packs articles under the recorded settings, for writes."""
        return self._packer_of(self._store.settings)

    def _packer_of(self, settings: Settings) -> Packer:
        # Kept, because it remembers the hashes of words.
        if self._packer is None or self._packer.settings != settings.text:
            self._packer = Packer(settings.text)
        return self._packer

    def publish(self, *, compact: bool, on_progress: OnProgress | None = None) -> bool:
        """Make the newest revision quick to open; see `Collection.publish`."""
        with self._store.reading():
            source, revision = self._source(), self._store.revision()
            erases = self._store.erases_now()
            compact = compact or erases
            is_due = self._is_due(source, revision, 0 if compact else BUILD_SHARE * revision.articles)
        if not is_due:
            if erases:
                self._store.compact(erase=True)
            return False
        shared = self._shared(self._store.settings)
        if shared is None:
            self._publish(compact, on_progress)
            return True
        # One machine makes it for all; the others take it when it is there.
        with self._store.sole("snapshots") as held:
            with self._store.reading():
                fetched = self._fetch(shared, source, revision)
                if fetched and not self._is_due(source, revision, 0 if compact else BUILD_SHARE * revision.articles):
                    return True
            if not held:
                return fetched
            made = self._publish(compact, on_progress)
            shared.publish(self._root / str(made.revision), made)
        return True

    def _publish(self, compact: bool, on_progress: OnProgress | None) -> Manifest:
        with self._store.reading():
            # Release the old snapshot, which could not be removed while this process holds it.
            self._index = None
            source, revision = self._source(), self._store.revision()
            snapshot = self._write(source, revision, wait=True, on_progress=on_progress)
        if self._store.read_only:
            return snapshot.manifest  # a replica, whose log is its primary's
        with self._store.transaction():
            # A backup may have been restored meanwhile, whose revisions are others of the same numbers.
            state = self._store.revision_at(snapshot.manifest.revision)
            if self._source() == source and state is not None and state.digest == snapshot.manifest.digest:
                self._store.forget_changes(snapshot.manifest.revision)
        self._store.compact(erase=compact)
        return snapshot.manifest

    def _fetch(self, shared: Shared, source: SnapshotSource, revision: Revision) -> bool:
        """Fetch the newest shared snapshot if it is of use and later than all here, inside a read."""
        newest = shared.newest(source.collection)
        if newest is None or newest.source != source or newest.revision > revision.number:
            return False
        state = self._store.revision_at(newest.revision)
        is_known = state is not None and state.digest == newest.digest and self._store.log_start() <= newest.revision
        if not is_known or newest.revision <= max(published(self._root), default=-1):
            return False
        try:
            self._root.mkdir(exist_ok=True)
            with exclusive(self._root / _LOCK_NAME, wait=True), building(self._root) as aside:
                # Another process of this machine may have fetched it while this one waited.
                if newest.revision not in published(self._root):
                    shared.fetch(newest, aside)
                    put_in_place(aside, newest.revision)
        except OSError as error:
            raise not_written(self._root, error.strerror or str(error)) from None
        self._unusable.discard((newest.revision, source))
        return True

    def sweep(self) -> None:
        """Remove snapshots before the one in use that no process holds, unless another process is at it."""
        if self._index is None or not self._is_writable() or len(published(self._root)) < 2:
            return
        with contextlib.suppress(OSError), exclusive(self._root / _LOCK_NAME, wait=False) as held:
            if held:
                sweep(self._root, keep=self._index.snapshot.manifest.revision)

    def _is_due(self, source: SnapshotSource, revision: Revision, most: float) -> bool:
        """Return whether more than `most` articles changed since the newest usable snapshot, or the log is long."""
        base = self._on_disk(source, revision, after=-1)
        changed = None if base is None else self._store.changed_since(base.manifest.revision)
        return (
            base is None
            or changed is None
            or len(changed) > most
            or self._log_is_long(base.manifest.revision, revision.articles)
        )

    def log_is_long(self) -> bool:
        """Return whether the next process to open the index has much to read: a few articles that change often do."""
        index = self.current()
        return self._log_is_long(index.snapshot.manifest.revision, len(index))

    def _log_is_long(self, after: int, articles: int) -> bool:
        rows, days = self._store.log_size(after)
        return rows > max(LOG_ROWS, LOG_SHARE * articles) or days > LOG_DAYS

    def _newest(self) -> LocalIndex:
        source, revision, settings = self._source(), self._store.revision(), self._store.settings
        index = self._index if self._index and self._continues(self._index, source) else None
        base = self._on_disk(source, revision, after=index.snapshot.manifest.revision if index else -1)
        if base is not None:
            index = self._index_of(base, settings)
        if index is not None:
            changed = self._store.changed_since(index.revision)
            if changed is not None:
                most = max(LEAST_CHANGES, READ_SHARE * index.samples().articles)
                is_due = self._compacts and index.changes + len(changed) > most
                written = self._try_write(source, revision, wait=False) if is_due else None
                if written is None:
                    return self._extended(index, revision, settings, changed)
                return self._index_of(written, settings)
        base = self._try_fetch(source, revision, settings)
        if base is not None:
            changed = self._store.changed_since(base.manifest.revision) or {}
            return self._extended(self._index_of(base, settings), revision, settings, changed)
        written = self._try_write(source, revision, wait=True)
        return self._index_of(written or self._in_memory(source, revision), settings)

    def _continues(self, index: LocalIndex, source: SnapshotSource) -> bool:
        """Return whether the store was once as this index is: a backup that was restored may never have been."""
        if index.snapshot.manifest.source != source:
            return False
        state = self._store.revision_at(index.revision)
        # Revisions before the log are forgotten, and the log is of no use to the index then.
        return state is not None and state.digest == index.digest

    def _extended(
        self, index: LocalIndex, revision: Revision, settings: Settings, changed: Mapping[str, str]
    ) -> LocalIndex:
        """Return the index of a later revision: the changes, merged with small earlier parts, form a new part."""
        if not changed:
            same = (index.revision, index.settings) == (revision.number, settings)
            return index if same else index.at(revision.number, settings, revision.digest)
        merged, ids = index.to_merge(len(changed), PART_RATIO)
        expected = {article_id for article_id in ids if article_id not in changed}
        expected |= {article_id for article_id, change in changed.items() if change == "upsert"}
        encoding = self._store.recorded_encoding()
        segment = read_segment(self._store, encoding, self._packer_of(settings), sorted(expected))
        return index.changed(revision.number, settings, sorted(changed), segment, merged, revision.digest)

    def _index_of(self, snapshot: Snapshot, settings: Settings) -> LocalIndex:
        engine = self._engine(settings, snapshot) if self._engine else None
        segment = snapshot.segment
        if engine is not None:
            segment = segment.proposed_by(engine)
        parts = [Part.whole(segment)]
        manifest, encoding = snapshot.manifest, self._store.recorded_encoding()
        return LocalIndex(parts, manifest.revision, settings, encoding, snapshot, manifest.digest)

    def _on_disk(self, source: SnapshotSource, revision: Revision, after: int) -> Snapshot | None:
        """Return the newest usable snapshot later than `after` from which the change log continues."""
        for number in published(self._root):
            if number <= after:
                break
            state = self._store.revision_at(number) if number <= revision.number else None
            if state is None or (number, source) in self._unusable:
                continue
            if self._store.log_start() <= number:
                snapshot = load_snapshot(self._root / str(number), source, state.digest)
                if snapshot is not None:
                    return snapshot
            self._unusable.add((number, source))
        return None

    def _try_fetch(self, source: SnapshotSource, revision: Revision, settings: Settings) -> Snapshot | None:
        """Fetch and open a shared snapshot; None if there is none of use, or it cannot be had."""
        shared = self._shared(settings)
        if shared is None:
            return None
        # Whatever is wrong with it, the store has everything; this machine then makes its own.
        with contextlib.suppress(SnapshotError):
            if self._fetch(shared, source, revision):
                return self._on_disk(source, revision, after=-1)
        return None

    def _try_write(self, source: SnapshotSource, revision: Revision, *, wait: bool) -> Snapshot | None:
        """Write a snapshot of the newest revision; None if it cannot be written now."""
        if not self._is_writable() or time.monotonic() < self._next_try:
            return None
        try:
            return self._write(source, revision, wait=wait)
        except SnapshotError:
            # A full disk stays full for a while; answer from memory in the meantime.
            self._next_try = time.monotonic() + RETRY_AFTER_S
            return None

    def _write(
        self, source: SnapshotSource, revision: Revision, *, wait: bool, on_progress: OnProgress | None = None
    ) -> Snapshot:
        folder = self._root / str(revision.number)
        try:
            self._root.mkdir(exist_ok=True)
            with exclusive(self._root / _LOCK_NAME, wait=wait) as held:
                if not held:
                    raise SnapshotError("another process is writing a snapshot", where=str(self._root))
                # Another process may have written it while this one waited for the lock.
                found = load_snapshot(folder, source, revision.digest)
                if found is None:
                    with building(self._root) as aside:
                        made = self._in_memory(source, revision, on_progress, aside / COLUMNS)
                        publish_snapshot(aside, made.manifest, made.segment, made.samples)
                        del made  # its columns need not stay in memory while the files are opened
                    found = load_snapshot(folder, source, revision.digest)
                    self._unusable.discard((revision.number, source))
                sweep(self._root, keep=revision.number)
        except OSError as error:
            raise not_written(self._root, error.strerror or str(error)) from None
        if found is None:
            raise SnapshotError("the new snapshot cannot be read back", where=str(folder), hint="check the disk")
        return found

    def _in_memory(
        self,
        source: SnapshotSource,
        revision: Revision,
        on_progress: OnProgress | None = None,
        vectors_in: Path | None = None,
    ) -> Snapshot:
        """Build a snapshot of all articles, in memory but for the vectors if a folder for them is given."""
        encoding, settings = self._store.recorded_encoding(), self._store.settings
        packer = self._packer_of(settings)
        segment = read_segment(
            self._store, encoding, packer, expected=revision, on_progress=on_progress, vectors_in=vectors_in
        )
        manifest = Manifest(FORMAT, source, revision.number, revision.articles, revision.digest)
        samples = sample_pairs(segment.columns, find_unrelated(self._store.meta, encoding.dimension))
        return Snapshot(manifest, segment, samples)

    def _source(self) -> SnapshotSource:
        encoding, text = self._store.recorded_encoding(), self._store.settings.text
        texts, _, _ = (self._store.meta(recorded_as(ENGLISH)) or "").partition(":")
        engine = self._store.settings.index.engine if self._engine else LOCAL
        return SnapshotSource(self._store.uuid, encoding.fingerprint, texts_fingerprint(text), texts, engine)
