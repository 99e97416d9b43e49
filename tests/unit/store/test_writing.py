"""Articles into the truth: only what differs, as one revision."""

from __future__ import annotations

import json
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.config import TextSettings
from recommender.errors import ArticleError, CollectionError, VectorError
from recommender.index.local.packing import Packer
from recommender.store import Incoming, SQLiteStore, write_articles
from recommender.text import text_hash


@pytest.fixture
def site(tmp_path, counting_encoder):
    """A database with two sources; `site.write(articles)` writes to the first."""
    db = SQLiteStore(tmp_path / "articles.db", create=True)
    with db.transaction():
        sources = [db.source_id("folder", location) for location in ("one", "two")]

    def write(*articles, source=0, path=None, encoder=counting_encoder, settings=None, into=db, **options):
        batch = [Incoming(article, path or f"{article.id}.md", f"site/{article.id}.md") for article in articles]
        return write_articles(into, sources[source], batch, encoder, Packer(settings or TextSettings()), **options)

    yield SimpleNamespace(db=db, write=write, encoder=counting_encoder, path=tmp_path / "articles.db")
    db.close()


@pytest.fixture
def meanwhile(site):
    """An encoder during whose work another process writes: `meanwhile(lambda other: ...)`, called with a connection."""

    def make(what):
        class Interrupted(CountingEncoder):
            def encode(self, texts, role="passage", progress=None):
                with closing(SQLiteStore(site.path)) as other:
                    what(other)
                return super().encode(texts, role, progress)

        return Interrupted()

    return make


def sealed(site, article_id):
    [(secured,)] = site.db.rows("SELECT secured FROM articles WHERE article_id = ?", article_id)
    return None if secured is None else json.loads(secured)


def texts_with_vectors(site):
    return {row[0] for row in site.db.rows("SELECT text_hash FROM vectors")}


def article(article_id, title="Rain", **fields):
    return Article.read({"id": article_id, "title": title, **fields})


def test_new_articles_are_written_as_one_revision(site):
    written = site.write(article("a"), article("b", "Town"))
    assert (written.revision, written.count, written.encoded) == (1, 2, 2)
    assert (written.deleted, written.moved_from, written.refused) == (0, [], {})
    assert site.db.get("b").article.title == "Town"


def test_writing_the_same_again_makes_no_revision(site):
    site.write(article("a"), article("b", "Town"))
    written = site.write(article("a"), article("b", "Town"))
    assert (written.revision, written.count, written.encoded) == (0, 0, 0)
    assert site.db.revision().number == 1
    assert len(site.encoder.batches) == 1


def test_an_empty_batch_makes_no_revision(site):
    assert site.write().revision == 0
    assert site.db.revision().number == 0


def test_only_what_differs_is_written(site):
    site.write(article("a"), article("b", "Town"), article("c", "Bridge"))
    written = site.write(article("a"), article("b", "City"), article("c", "Bridge"), article("d", "Harbour"))
    assert (written.revision, written.count, written.encoded) == (2, 2, 2)
    changed = site.db.connection.execute("SELECT article_id FROM changes WHERE revision = 2 ORDER BY 1").fetchall()
    assert changed == [("b",), ("d",)]


def test_a_change_that_leaves_the_text_alone_encodes_nothing(site):
    site.write(article("a"))
    written = site.write(article("a", topics=["Weather"], publishedDateTime="2021-04-16"))
    assert (written.revision, written.count, written.encoded) == (2, 1, 0)
    assert site.db.get("a").article.topics == ("Weather",)


def test_equal_texts_are_encoded_once(site):
    written = site.write(article("a"), article("b"), article("c"))
    assert (written.count, written.encoded) == (3, 1)
    assert site.encoder.texts == ["Rain"]


def test_a_change_of_secured_alone_is_written(site):
    site.write(article("a", secured={"blob": "one"}))
    written = site.write(article("a", secured={"blob": "two"}))
    assert (written.revision, written.count, written.encoded) == (2, 1, 0)
    assert sealed(site, "a") == {"blob": "two"}


def test_a_write_without_secured_is_no_change(site):
    site.write(article("a", secured={"blob": "one"}))
    assert site.write(article("a")).revision == 0
    assert sealed(site, "a") == {"blob": "one"}


def test_secured_is_neither_embedded_nor_in_the_record(site):
    site.write(article("a", secured="blob-of-the-a"))
    assert site.encoder.texts == ["Rain"]
    [(record,)] = site.db.connection.execute("SELECT record FROM articles").fetchall()
    assert "blob" not in record


def test_related_is_never_an_input(site):
    site.write(article("a"))
    assert site.write(article("a", related=[{"title": "Town"}])).revision == 0


def test_an_article_that_moved_is_written_and_its_old_path_reported(site):
    site.write(article("a"), path="old.md")
    written = site.write(article("a"), path="new.md")
    assert (written.revision, written.count, written.encoded, written.moved_from) == (2, 1, 0, ["old.md"])
    assert site.db.stored_states(["a"])["a"].facts.path == "new.md"


def test_an_id_of_another_source_is_refused_and_the_rest_is_written(site):
    site.write(article("a"))
    written = site.write(article("a", "Mine"), article("b", "Town"), source=1)
    assert (written.revision, written.count) == (2, 1)
    [(article_id, error)] = written.refused.items()
    assert article_id == "a"
    assert str(error) == (
        "site/a.md: the id a belongs to another source (one, relative to the collection); expected a unique id"
    )
    assert "--recreate" in error.hint
    assert site.db.get("a").article.title == "Rain"


def test_a_batch_of_refused_articles_makes_no_revision(site):
    site.write(article("a"))
    assert site.write(article("a", "Mine"), source=1).revision == 0
    assert site.db.revision().number == 1


def test_other_text_settings_write_what_reads_differently(site):
    site.write(article("a", body="First words. " * 20), article("b", "Town"))
    written = site.write(
        article("a", body="First words. " * 20), article("b", "Town"), settings=TextSettings(body_chars=20)
    )
    assert (written.count, written.encoded) == (1, 1)
    assert site.encoder.texts[-1] == "Rain. First words. First"


def test_progress_is_handed_on(site):
    calls = []

    class Slow:
        fingerprint, dimension = "slow", 8

        def encode(self, texts, role="passage", progress=None):
            progress(len(texts), len(texts))
            return np.eye(8, dtype=np.float32)[: len(texts)]

    site.write(article("a"), encoder=Slow(), progress=lambda *numbers: calls.append(numbers))
    assert calls == [(1, 1)]


def test_nothing_is_written_when_the_encoder_returns_no_vectors(site):
    class Broken:
        fingerprint, dimension = "broken", 8

        def encode(self, texts, role="passage", progress=None):
            return np.full((len(texts), 8), np.nan, np.float32)

    with pytest.raises(VectorError):
        site.write(article("a"), encoder=Broken())
    assert (site.db.count(), site.db.revision().number) == (0, 0)


def test_nothing_is_kept_when_the_write_fails(site, monkeypatch):
    def fail(*_):
        raise CollectionError("the database cannot be used: disk I/O error")

    before = list(site.db.connection.iterdump())
    monkeypatch.setattr(SQLiteStore, "_save_vectors", fail)
    with pytest.raises(CollectionError):
        site.write(article("a"))
    assert list(site.db.connection.iterdump()) == before


def test_an_article_is_written_with_its_vector(site):
    site.write(article("a"))
    assert site.db.load_vectors("counting-encoder", [text_hash("Rain")]).keys() == {text_hash("Rain")}


def test_a_text_that_changed_leaves_no_vector_behind(site):
    site.write(article("a"), article("b", "Town"))
    site.write(article("a", "Heavy rain"))
    assert texts_with_vectors(site) == {text_hash("Heavy rain"), text_hash("Town")}


def test_an_article_that_comes_twice_in_a_batch_is_as_it_was_last(site):
    site.write(article("a", "First"), article("a", "Second"))
    assert site.db.get("a").article.title == "Second"


def test_an_article_that_comes_twice_and_last_as_it_is_stored_stays(site):
    site.write(article("a", "Stored"))
    written = site.write(article("a", "First"), article("a", "Stored"))
    assert (written.revision, site.db.get("a").article.title) == (0, "Stored")


# Deleting.


def test_writes_and_deletes_are_one_revision(site):
    site.write(article("a"), article("b", "Town"))
    written = site.write(article("c", "Bridge"), deletes=["a"])
    assert (written.revision, written.count, written.deleted) == (2, 1, 1)


def test_deleting_alone_encodes_nothing(site):
    site.write(article("a"), article("b", "Town"))
    written = site.write(deletes=["a"])
    assert (written.revision, written.deleted, written.encoded, len(site.encoder.batches)) == (2, 1, 0, 1)


def test_deleting_what_is_not_stored_makes_no_revision(site):
    site.write(article("a"))
    written = site.write(deletes=["nobody"])
    assert (written.revision, written.deleted) == (0, 0)


def test_deleting_an_article_of_another_source_is_refused(site):
    site.write(article("a"))
    written = site.write(deletes=["a"], source=1)
    assert (written.revision, written.deleted) == (0, 0)
    assert str(written.refused["a"]).startswith("the id a belongs to another source (one, relative")


# While another process writes.


def test_no_lock_is_held_while_texts_are_encoded(site, meanwhile):
    def record(other):
        with other.transaction():
            other.set_meta("written", "meanwhile")

    assert site.write(article("a"), encoder=meanwhile(record)).count == 1
    assert site.db.meta("written") == "meanwhile"


def test_the_same_change_written_meanwhile_makes_one_revision(site, meanwhile):
    written = site.write(
        article("a"), encoder=meanwhile(lambda other: site.write(article("a"), into=other, encoder=CountingEncoder()))
    )
    assert (written.revision, written.count) == (0, 0)
    assert site.db.revision().number == 1


def test_another_change_written_meanwhile_is_replaced(site, meanwhile):
    def theirs(other):
        site.write(article("a", "Theirs"), into=other)

    assert site.write(article("a", "Ours"), encoder=meanwhile(theirs)).revision == 2
    assert site.db.get("a").article.title == "Ours"


def test_an_id_that_another_source_took_meanwhile_is_refused(site, meanwhile):
    def theirs(other):
        site.write(article("a", "Theirs"), into=other, source=1)

    written = site.write(article("a", "Ours"), encoder=meanwhile(theirs))
    assert (written.count, written.refused.keys()) == (0, {"a"})
    assert site.db.get("a").article.title == "Theirs"


def test_a_vector_that_is_dropped_meanwhile_is_written_again(site, meanwhile):
    site.write(article("a"))

    def drop(other):
        site.write(into=other, deletes=["a"])

    site.write(article("b"), article("c", "Town"), encoder=meanwhile(drop))
    assert texts_with_vectors(site) == {text_hash("Rain"), text_hash("Town")}


def test_a_batch_is_written_whole_though_another_came_between(site, meanwhile):
    site.write(article("a", "Ours"), article("b", "Old"))

    def theirs(other):
        site.write(article("a", "Theirs"), article("b", "Theirs too"), into=other)

    site.write(article("a", "Ours"), article("b", "Ours too"), encoder=meanwhile(theirs))
    assert [stored.article.title for stored in site.db.articles()] == ["Ours", "Ours too"]


# What is stored.


def test_what_is_stored_of_an_article(site):
    made = article("ä", "Straße", webUrl="https://WWW.x.example/a/?utm_source=y#z", secured=[1, "ß"], heat=2)
    site.write(made)
    assert site.encoder.texts == ["Straße"]
    facts = site.db.stored_states(["ä"])["ä"].facts
    assert facts.text_hash == text_hash("Straße")
    assert (facts.article_id, facts.path, facts.url_key) == ("ä", "ä.md", "x.example/a")
    assert site.db.get("ä").article == made.model_copy(update={"secured": None})
    assert sealed(site, "ä") == [1, "ß"]
    assert len(facts.content_hash) == 16


def test_unknown_fields_are_stored(site):
    site.write(article("a", colour="blue", nested={"x": [1, None]}))
    assert site.db.get("a").article.model_extra == {"colour": "blue", "nested": {"x": [1, None]}}


@pytest.mark.parametrize("fields", [{"colour": "\ud83d"}, {"secured": {"blob": "\ud83d"}}, {"title": "Rain \ud83d"}])
def test_half_a_surrogate_pair_is_refused(site, fields):
    with pytest.raises(ArticleError, match=r"half of a surrogate pair|cannot be written as JSON"):
        site.write(article("a", **fields))


def test_a_batch_with_an_article_that_can_not_be_stored_writes_nothing(site):
    with pytest.raises(ArticleError):
        site.write(article("b"), article("a", colour="\ud83d"))
    assert (site.db.count(), site.encoder.batches) == (0, [])
