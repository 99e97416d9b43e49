"""Vectors in the database: they come and go with the texts of articles, and what is deleted leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest
from support.truth import rows, upsert, write

ONE, OTHER = np.ones(4, np.float32), np.zeros(4, np.float32)


def texts(db):
    """What there are vectors of."""
    return {row[0] for row in rows(db, "SELECT text_hash FROM vectors")}


def written(db, *upserts, deletes=(), encoder="one"):
    """Write articles with vectors of their texts."""
    vectors = {one.text_hash: ONE for one in upserts}
    return write(db, *upserts, deletes=deletes, encoder=encoder, vectors=vectors)


# Kept and read.


def test_vectors_are_read_as_they_were_written(db):
    vectors = {bytes([n // 256, n % 256]): np.float32([n, 1 / 3, -0.0, 1e-30]) for n in range(1203)}
    db.save_vectors("one", vectors)
    found = db.load_vectors("one", [*vectors, b"unknown"])
    assert {key: vector.tobytes() for key, vector in found.items()} == {
        key: vector.tobytes() for key, vector in vectors.items()
    }


def test_vectors_are_of_single_precision(db):
    db.save_vectors("one", {b"a": ONE})
    assert db.load_vectors("one", [b"a"])[b"a"].dtype == np.float32


def test_a_loaded_vector_can_not_be_changed(db):
    db.save_vectors("one", {b"a": ONE})
    with pytest.raises(ValueError, match="read-only"):
        db.load_vectors("one", [b"a"])[b"a"][0] = 2


def test_vectors_are_kept_by_encoder(db):
    db.save_vectors("one", {b"a": ONE})
    db.save_vectors("two", {b"a": OTHER})
    found = [db.load_vectors(encoder, [b"a"]) for encoder in ("one", "two", "three")]
    assert [{key: vector.tolist() for key, vector in each.items()} for each in found] == [
        {b"a": [1, 1, 1, 1]},
        {b"a": [0, 0, 0, 0]},
        {},
    ]


def test_the_last_vector_of_a_text_counts(db):
    db.save_vectors("one", {b"a": ONE})
    db.save_vectors("one", {b"a": OTHER})
    assert db.load_vectors("one", [b"a"])[b"a"].tolist() == OTHER.tolist()


def test_saving_the_same_vector_again_changes_nothing(db):
    db.save_vectors("one", {b"a": ONE})
    before = db.state()
    db.save_vectors("one", {b"a": ONE})
    assert db.state() == before


def test_an_article_is_written_with_its_vector(db):
    written(db, upsert("a", text_hash=b"a"))
    assert db.load_vectors("one", [b"a"]).keys() == {b"a"}


def test_the_vector_of_a_refused_article_is_not_kept(db):
    written(db, upsert("a", text_hash=b"a"))
    mine = upsert("a", text_hash=b"mine")
    write(db, mine, source="elsewhere", encoder="one", vectors={b"mine": ONE})
    assert texts(db) == {b"a"}


def test_a_write_that_fails_keeps_no_vector(db):
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.write(db.source_id("folder", "site"), [upsert("a", text_hash=b"a")], encoder="one", vectors={b"a": ONE})
        raise ZeroDivisionError
    assert texts(db) == set()


# Dropped with the last article that has the text.


def test_deleting_an_article_drops_the_vector_of_its_text(db):
    written(db, upsert("a", text_hash=b"a"), upsert("b", text_hash=b"b"))
    written(db, deletes=["a"])
    assert texts(db) == {b"b"}


def test_changing_a_text_drops_the_vector_of_the_old_one(db):
    written(db, upsert("a", text_hash=b"old"), upsert("b", text_hash=b"b"))
    written(db, upsert("a", text_hash=b"new"))
    assert texts(db) == {b"new", b"b"}


@pytest.mark.parametrize("change", [{"deletes": ["a"]}, {"upserts": [upsert("a", text_hash=b"new")]}])
def test_the_vector_of_a_text_that_another_article_has_stays(db, change):
    written(db, upsert("a", text_hash=b"shared"), upsert("b", text_hash=b"shared"))
    written(db, *change.get("upserts", ()), deletes=change.get("deletes", ()))
    assert b"shared" in texts(db)


def test_the_vector_of_a_text_that_another_source_has_stays(db):
    written(db, upsert("a", text_hash=b"shared"))
    write(db, upsert("b", text_hash=b"shared"), source="elsewhere")
    written(db, deletes=["a"])
    assert texts(db) == {b"shared"}


def test_the_last_article_with_a_text_takes_its_vector_along(db):
    written(db, upsert("a", text_hash=b"shared"), upsert("b", text_hash=b"shared"))
    written(db, deletes=["a"])
    written(db, deletes=["b"])
    assert texts(db) == set()


def test_a_text_that_moves_from_one_article_to_another_keeps_its_vector(db):
    written(db, upsert("a", text_hash=b"text"))
    written(db, upsert("b", text_hash=b"text"), deletes=["a"])
    assert texts(db) == {b"text"}


def test_two_articles_that_change_texts_keep_both_vectors(db):
    written(db, upsert("a", text_hash=b"one"), upsert("b", text_hash=b"two"))
    written(db, upsert("a", text_hash=b"two"), upsert("b", text_hash=b"one"))
    assert texts(db) == {b"one", b"two"}


def test_a_change_beside_the_text_keeps_its_vector(db):
    written(db, upsert("a", text_hash=b"a"))
    write(db, upsert("a", title="New", text_hash=b"a"))
    assert texts(db) == {b"a"}


def test_a_text_loses_its_vectors_of_every_encoder(db):
    written(db, upsert("a", text_hash=b"a"))
    db.save_vectors("two", {b"a": OTHER})
    written(db, deletes=["a"])
    assert texts(db) == set()


def test_starting_over_forgets_vectors(db):
    written(db, upsert("a", text_hash=b"a"))
    db.start_over()
    assert texts(db) == set()


# Damaged and missing.


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE vectors SET vector = zeroblob(16) WHERE text_hash = x'61'",
        "UPDATE vectors SET checksum = 0 WHERE text_hash = x'61'",
        "UPDATE vectors SET encoder = 'one' WHERE encoder = 'two'",
        "UPDATE vectors SET text_hash = x'61' WHERE text_hash = x'63'",
    ],
)
def test_a_damaged_vector_counts_as_not_stored(db, place, sql):
    db.save_vectors("two" if "two" in sql else "one", {b"c" if "x'63'" in sql else b"a": ONE})
    db.save_vectors("one", {b"b": ONE})
    place.damage(sql)
    assert db.load_vectors("one", [b"a", b"b"]).keys() == {b"b"}


def test_a_vector_of_a_damaged_type_does_not_keep_others_from_being_read(db, place):
    db.save_vectors("one", {b"a": ONE / 3, b"b": ONE})
    place.damage("UPDATE vectors SET vector = CAST(vector AS TEXT) WHERE text_hash = x'61'")
    assert b"b" in db.load_vectors("one", [b"a", b"b"])


def test_a_damaged_vector_is_replaced_by_saving_it_again(db, place):
    db.save_vectors("one", {b"a": ONE})
    place.damage("UPDATE vectors SET checksum = 0")
    db.save_vectors("one", {b"a": ONE})
    assert db.load_vectors("one", [b"a"]).keys() == {b"a"}


def drop_broken(db):
    with db.transaction():
        return db.drop_broken_vectors("one", 4)


def test_vectors_of_another_size_are_dropped(db):
    db.save_vectors("one", {b"a": ONE, b"b": ONE[:3]})
    assert (drop_broken(db), texts(db)) == (1, {b"a"})


def test_damaged_vectors_are_dropped(db, place):
    db.save_vectors("one", {b"a": ONE, b"b": ONE})
    place.damage("UPDATE vectors SET vector = zeroblob(16) WHERE text_hash = x'62'")
    assert (drop_broken(db), texts(db)) == (1, {b"a"})


def test_broken_vectors_of_another_encoder_are_left_alone(db):
    db.save_vectors("two", {b"a": ONE[:3]})
    assert (drop_broken(db), texts(db)) == (0, {b"a"})


def test_articles_without_a_vector_are_named(db):
    written(db, upsert("a", text_hash=b"a"), upsert("b", text_hash=b"b"))
    write(db, upsert("d", text_hash=b"d"), upsert("c", text_hash=b"c"))
    db.save_vectors("two", {b"c": ONE})
    assert [article.id for article in db.articles_without_vector("one")] == ["c", "d"]
