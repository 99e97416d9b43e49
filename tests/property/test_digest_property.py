"""Whatever is written: a revision's totals are those of its articles, and the log leads from each to the next."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.truth import upsert, write

from recommender.store import SQLiteStore
from recommender.store.checksums import add_checksums

NAMES = st.sampled_from(["a", "b", "c", "d", "ä", "a/b"])
UPSERTS = st.builds(
    upsert,
    NAMES,
    title=st.sampled_from(["Rain", "Town", "Über"]),
    secured=st.sampled_from([None, None, '"one"', '"two"']),
    path=st.sampled_from(["x.md", "y.md"]),
)
BATCHES = st.lists(
    st.tuples(st.lists(UPSERTS, max_size=4), st.lists(NAMES, max_size=3), st.sampled_from(["site", "elsewhere"])),
    max_size=8,
)
VECTOR = np.ones(2, np.float32)


@given(BATCHES)
@examples(150)
def test_totals_log_and_vectors_follow_every_write(batches):
    with tempfile.TemporaryDirectory() as folder, closing(SQLiteStore(Path(folder) / "articles.db", create=True)) as db:
        states = {0: {}}
        for upserts, deletes, source in batches:
            before = list(db.connection.iterdump())
            vectors = {one.text_hash: VECTOR for one in upserts}
            commit = write(db, *upserts, deletes=deletes, source=source, encoder="one", vectors=vectors)
            stored = {one.article_id: one for one in db.articles()}
            revision = db.revision()
            # Its totals are those of its rows.
            assert revision.articles == len(stored)
            assert revision.digest == add_checksums(0, (one.checksum for one in stored.values()))
            # One revision for each batch that changed anything, none for the others.
            last = max(states)
            assert revision.number == (commit.revision or last)
            changed = {key for key in states[last].keys() | stored.keys() if states[last].get(key) != stored.get(key)}
            assert changed == {*commit.written, *commit.deleted}
            assert bool(changed) == bool(commit.revision)
            if not changed:
                sources = [line for line in before if "sources" not in line]
                assert [line for line in db.connection.iterdump() if "sources" not in line] == sources
            # A vector for each text, and no other.
            texts = {row[0] for row in db.rows("SELECT text_hash FROM vectors")}
            assert texts == {one.text_hash for one in stored.values()}
            states[revision.number] = stored
        # From every earlier state the log leads to the last one.
        newest = states[max(states)]
        for number, state in states.items():
            log = db.changed_since(number)
            differs = {key for key in state.keys() | newest.keys() if state.get(key) != newest.get(key)}
            assert differs <= log.keys()
            assert all((change == "upsert") == (key in newest) for key, change in log.items())
