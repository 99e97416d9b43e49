"""Articles that are not what was written: none is handed out, and those beside it are."""

from __future__ import annotations

import pytest
from support.truth import ids, upsert, write

from recommender.errors import DamagedError

DAMAGES = {
    "record": "UPDATE articles SET record = replace(record, 'Title', 'title') WHERE article_id = 'b'",
    "path": "UPDATE articles SET path = 'c.md' WHERE article_id = 'b'",
    "url": "UPDATE articles SET url_key = 'x.example' WHERE article_id = 'b'",
    "text": "UPDATE articles SET text_hash = zeroblob(16) WHERE article_id = 'b'",
    "content": "UPDATE articles SET content_hash = zeroblob(16) WHERE article_id = 'b'",
    "seal": "UPDATE articles SET sealed_hash = zeroblob(16) WHERE article_id = 'b'",
    "revision": "UPDATE articles SET revision = 2 WHERE article_id = 'b'",
    "checksum": "UPDATE articles SET checksum = checksum + 1 WHERE article_id = 'b'",
    "type": "UPDATE articles SET record = CAST(record AS BLOB) WHERE article_id = 'b'",
}


@pytest.fixture(params=DAMAGES.values(), ids=DAMAGES)
def damaged(request, db, place):
    """A database of a, b and c in which b is not what was written."""
    write(db, *map(upsert, "abc"))
    place.damage(request.param)
    return db


def test_a_damaged_article_is_not_handed_out(damaged):
    with pytest.raises(DamagedError, match="the article b is damaged"):
        damaged.get("b")


def test_a_damaged_article_is_noticed_among_all(damaged):
    with pytest.raises(DamagedError, match="the article b is damaged"):
        ids(damaged)


def test_a_damaged_article_is_noticed_among_some(damaged):
    with pytest.raises(DamagedError, match="the article b is damaged"):
        list(damaged.articles(["a", "b"]))


def test_a_damaged_article_is_noticed_with_its_owner(damaged):
    with pytest.raises(DamagedError, match="the article b is damaged"):
        list(damaged.owned_articles())


def test_the_articles_beside_a_damaged_one_are_read(damaged):
    assert [stored.article_id for stored in damaged.articles(["a", "c"])] == ["a", "c"]


def test_an_article_under_another_id_is_damaged(db, place):
    write(db, *map(upsert, "abc"))
    place.damage("UPDATE articles SET article_id = 'x' WHERE article_id = 'b'")
    with pytest.raises(DamagedError, match="the article x is damaged"):
        db.get("x")


@pytest.mark.parametrize("fact", ["revision = 9", "url_key = 'x.example'"])
def test_an_article_with_a_damaged_fact_is_made_sound_by_writing_it(db, place, fact):
    write(db, upsert("a"), upsert("b"))
    place.damage(f"UPDATE articles SET {fact} WHERE article_id = 'b'")
    assert write(db, upsert("b")).written == ["b"]
    assert ids(db) == ["a", "b"]
