"""Fills an engine from a collection, and keeps it up to date from the change log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import dropwhile

from recommender.errors import EngineError
from recommender.index.engines.base import Applied, Engine, entries_of
from recommender.index.local.local_index import LocalIndex
from recommender.progress import Progress
from recommender.store import Store, in_pools

BATCH = 500


def feed(
    engine: Engine,
    store: Store,
    index: LocalIndex,
    on_progress: Progress = lambda stage, done, total: None,
) -> int:
    """Bring an engine to the revision of an index, inside a read; it may be ended at any moment.

    What an engine was told is remembered after it is there. One that was stopped in between is told the same again,
    which changes nothing.

    Args:
        engine: The engine.
        store: The store, for the change log.
        index: The newest index.
        on_progress: Called with the articles written and the total.

    Returns:
        How many articles were written and deleted.

    Raises:
        EngineError: If the engine cannot be used, or does not hold what it was told.
    """
    applied = _continued(engine, store, index)
    done = 0
    if applied is None:
        engine.start(index.encoding.dimension)
        source = index.snapshot.manifest.source
        known = (source.collection, source.encoder, source.text, index.revision, index.digest)
        applied = Applied(*known, *index.mean_lengths, up_to="")
        engine.mark(applied)
    if applied.up_to is not None:
        last = applied.up_to
        ids = dropwhile(lambda each: each <= last, index.ids()) if last else index.ids()
        for batch in in_pools(ids, BATCH):
            done += _write(engine, index, batch, (), applied)
            applied = replace(applied, up_to=batch[-1])
            engine.mark(applied)
            on_progress("filling the engine", done, len(index))
        applied = replace(applied, up_to=None)
    changed = store.changed_since(applied.revision) or {}
    for some in in_pools(sorted(changed), BATCH):
        gone = [article_id for article_id in some if article_id not in index]
        done += _write(engine, index, [each for each in some if each in index], gone, applied)
        on_progress("filling the engine", done, 0)
    if (applied.revision, applied.digest) != (index.revision, index.digest) or done:
        held = engine.count()
        if held != len(index):
            # It is filled anew next time.
            engine.mark(replace(applied, collection=""))
            raise EngineError(f"the engine holds {held:,} articles", where=engine.where, expected=f"{len(index):,}")
        engine.mark(replace(applied, revision=index.revision, digest=index.digest))
    return done


def _continued(engine: Engine, store: Store, index: LocalIndex) -> Applied | None:
    """Return what the engine holds, if the change log goes on from there."""
    applied = engine.applied()
    if applied is None or not applied.is_of(index.snapshot.manifest.source):
        return None
    if not store.log_start() <= applied.revision <= index.revision:
        return None
    state = store.revision_at(applied.revision)
    return applied if state is not None and state.digest == applied.digest else None


def _write(engine: Engine, index: LocalIndex, ids: Sequence[str], gone: Sequence[str], applied: Applied) -> int:
    entries = [
        entry
        for columns, rows in index.located(ids)
        for entry in entries_of(columns, rows, applied.title_length, applied.text_length)
    ]
    engine.write(entries, gone)
    return len(entries) + len(gone)
