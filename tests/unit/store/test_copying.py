"""Copies of stores, between places of every kind: the same in everything but their identity."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from support.places import PostgresPlace, SQLitePlace
from support.truth import upsert, write

from recommender.config import EncoderSettings, Settings
from recommender.errors import CollectionError, DamagedError
from recommender.index.local.packing import Packer
from recommender.sources import FileState
from recommender.store import Encoding
from recommender.store.copying import copy_store

PACKER = Packer(Settings().text)
ENCODING = Encoding(EncoderSettings(), "one", 4, (0.0, 0.5))


@pytest.fixture
def filled(db):
    """A store with something of everything."""
    with db.transaction():
        db.record(Settings(), ENCODING)
        db.set_meta("scorer", "learned")
    first = [upsert(key, url_key=f"x.example/{key}", secured='"blob"') for key in ("a", "ä", "😀")]
    vectors = {each.text_hash: np.full(4, number, np.float32) for number, each in enumerate(first)}
    write(db, *first, encoder="one", vectors=vectors)
    write(db, upsert("a", title="New"), deletes=["ä"])
    write(db, upsert("z"), source="elsewhere")
    with db.transaction():
        db.set_file_states(1, {"a.md": FileState(1, 2, 3, (1 << 63) - 1)})
    return db


@pytest.fixture(params=["sqlite", "postgres"])
def target(request, tmp_path):
    if request.param == "sqlite":
        yield SQLitePlace(tmp_path / "copy.db")
        return
    made = PostgresPlace(request.getfixturevalue("postgres_server"), "copy_of_it")
    yield made
    made.drop()


def everything(store):
    """What a reader and a writer see."""
    with store.reading():
        hashes = [stored.text_hash for stored in store.articles()]
        return (
            store.revision(),
            list(store.articles()),
            list(store.owned_articles()),
            store.sources(),
            store.changed_since(0),
            store.file_states(1),
            {key: vector.tobytes() for key, vector in store.load_vectors("one", hashes).items()},
            store.settings,
            store.encoding,
            store.scorer,
            list(store.rows("SELECT article_id, secured, sealed_hash FROM articles ORDER BY article_id")),
        )


def test_a_copy_has_everything_and_an_identity_of_its_own(filled, target):
    with closing(target.open(create=True)) as copy:
        assert copy_store(filled, copy) == filled.revision()
        assert everything(copy) == everything(filled)
        assert copy.uuid not in {"", filled.uuid}
        assert copy.check("one").vectorless == filled.check("one").vectorless


def test_a_copy_counts_on(filled, target):
    with closing(target.open(create=True)) as copy:
        copy_store(filled, copy)
        assert write(copy, upsert("new")).revision == filled.revision().number + 1


def test_sources_are_recorded_where_they_are_seen_from_the_copy(filled, target):
    with closing(target.open(create=True)) as copy:
        copy_store(filled, copy, lambda location: f"/there/{location}")
        assert [location for _, _, location in copy.sources()] == ["/there/site", "/there/elsewhere"]
        assert copy.check(None).sound


def test_nothing_is_copied_over_what_is_there(filled, target):
    with closing(target.open(create=True)) as copy:
        write(copy, upsert("mine"))
        with pytest.raises(CollectionError, match="is not empty"):
            copy_store(filled, copy)
        assert [stored.article_id for stored in copy.articles()] == ["mine"]


def test_what_is_damaged_is_not_copied(filled, place, target):
    place.damage("UPDATE articles SET path = 'other.md' WHERE article_id = 'z'")
    with closing(target.open(create=True)) as copy:
        with pytest.raises(DamagedError):
            copy_store(filled, copy)
        assert copy.count() == 0
