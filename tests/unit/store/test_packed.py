"""Packed articles beside the articles: made once, dropped with them, made again where they are lost."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.config import TextSettings
from recommender.index.local.packing import Packer
from recommender.store import Incoming, SQLiteStore, complete_packed, write_articles

PACKER = Packer(TextSettings())
OTHER = Packer(TextSettings(searched_chars=0))


@pytest.fixture
def db(tmp_path):
    with closing(SQLiteStore(tmp_path / "articles.db", create=True)) as opened:
        yield opened


def write(db, *articles, packer=PACKER, **options):
    with db.transaction():
        source = db.source_id("folder", "site")
    batch = [Incoming(article, f"{article.id}.md", article.id) for article in articles]
    return write_articles(db, source, batch, CountingEncoder(), packer, **options)


def damage(db, change):
    with db.transaction():
        db.connection.execute(f"UPDATE packed SET {change}")


def titles(db, packer=PACKER, ids=None):
    return [row.packed and row.packed.title for row in db.packed(packer.form, ids)]


def test_an_article_is_packed_when_it_is_written(db):
    write(db, Article(id="a", title="One", body="Words."), Article(id="b", title="Two"))
    rows = list(db.packed(PACKER.form))
    assert [(row.article_id, row.packed.title, row.packed.rest) for row in rows] == [
        ("a", "One", "Words."),
        ("b", "Two", ""),
    ]
    states = db.stored_states(["a", "b"])
    assert [(row.text_hash, row.checksum) for row in rows] == [
        (states[key].facts.text_hash, states[key].checksum) for key in ("a", "b")
    ]


def test_only_what_changes_is_packed(db, monkeypatch):
    write(db, Article(id="a", title="One"))
    packed = []
    monkeypatch.setattr(
        PACKER, "pack", lambda article, texts: packed.append(article.id) or Packer.pack(PACKER, article, texts)
    )
    write(db, Article(id="a", title="One"), Article(id="b", title="Two"))
    assert packed == ["b"]


def test_a_changed_article_is_packed_anew(db):
    write(db, Article(id="a", title="One"))
    write(db, Article(id="a", title="Another"))
    assert titles(db) == ["Another"]


def test_a_deleted_article_leaves_none(db):
    write(db, Article(id="a", title="One"))
    write(db, deletes=["a"])
    assert list(db.rows("SELECT * FROM packed")) == []


def test_some_articles_can_be_asked_for(db):
    write(db, *(Article(id=each, title=each.upper()) for each in "abc"))
    assert titles(db, ids=["a", "c", "x"]) == ["A", "C"]


def test_another_form_counts_as_none(db):
    write(db, Article(id="a", title="One"))
    assert titles(db, OTHER) == [None]


DAMAGES = ["columns = x'00'", "texts = x'ff'", "texts = 'x'", "columns = 7", "checksum = 0"]


@pytest.mark.parametrize("change", DAMAGES)
def test_a_damaged_one_counts_as_none_until_it_is_repaired(db, change, tmp_path):
    write(db, Article(id="a", title="One"), Article(id="b", title="Two"))
    before = list(db.packed(PACKER.form))
    damage(db, f"{change} WHERE article_id = 'a'")
    assert titles(db) == [None, "Two"]
    assert not db.check(None).sound
    assert "dropped 1 damaged packed articles" in db.repair(db.check(None), tmp_path)
    assert complete_packed(db, PACKER) == 1
    assert list(db.packed(PACKER.form)) == before
    assert db.check(None).sound


@pytest.mark.parametrize("change", ["article_checksum = 1", "form = 'x'"])
def test_one_of_an_earlier_version_is_made_again(db, change):
    write(db, Article(id="a", title="One"))
    before = list(db.packed(PACKER.form))
    damage(db, change)
    assert titles(db) == [None]
    assert complete_packed(db, PACKER) == 1
    assert list(db.packed(PACKER.form)) == before


def test_what_was_stored_under_other_settings_is_completed(db):
    write(db, Article(id="a", title="One"), Article(id="b", title="Two"), packer=OTHER)
    assert complete_packed(db, PACKER) == 2
    assert complete_packed(db, PACKER) == 0
    assert titles(db) == ["One", "Two"]


def test_one_that_changed_meanwhile_is_not_kept(db):
    write(db, Article(id="a", title="One"))
    [stored] = db.articles()
    packed = next(db.packed(PACKER.form)).packed
    write(db, Article(id="a", title="Another"), packer=OTHER)
    db.keep_packed(PACKER.form, [(stored, packed)])
    assert titles(db) == [None]
    assert titles(db, OTHER) == ["Another"]
