"""Articles into the truth: only what differs, as one revision."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from recommender.article import Article
from recommender.collection import Database, Incoming, write_articles
from recommender.collection.writing import prepare
from recommender.config import TextSettings
from recommender.errors import ArticleError, CollectionError, VectorError
from recommender.text import text_hash


@pytest.fixture
def site(tmp_path, counting_encoder):
    """A database with two sources; `site.write(articles)` writes to the first."""
    db = Database(tmp_path / "articles.db", create=True)
    with db.transaction():
        sources = [db.source_id("folder", location) for location in ("one", "two")]

    def write(*articles, source=0, path=None, encoder=counting_encoder, settings=None, progress=None):
        batch = [Incoming(article, path or f"{article.id}.md", f"site/{article.id}.md") for article in articles]
        return write_articles(db, sources[source], batch, encoder, settings or TextSettings(), progress)

    yield SimpleNamespace(db=db, write=write, encoder=counting_encoder)
    db.close()


def article(article_id, title="Rain", **fields):
    return Article.read({"id": article_id, "title": title, **fields})


def test_new_articles_are_written_as_one_revision(site):
    written = site.write(article("a"), article("b", "Town"))
    assert (written.revision, written.count, written.encoded) == (1, 2, 2)
    assert (written.moved_from, written.refused) == ([], [])
    assert site.db.get("b").article.title == "Town"


def test_writing_the_same_again_makes_no_revision(site):
    site.write(article("a"), article("b", "Town"))
    written = site.write(article("a"), article("b", "Town"))
    assert (written.revision, written.count, written.encoded) == (0, 0, 0)
    assert site.db.revision() == 1
    assert len(site.encoder.batches) == 1


def test_an_empty_batch_makes_no_revision(site):
    assert site.write().revision == 0
    assert site.db.revision() == 0


def test_only_what_differs_is_written(site):
    site.write(article("a"), article("b", "Town"), article("c", "Bridge"))
    written = site.write(article("a"), article("b", "City"), article("c", "Bridge"), article("d", "Harbour"))
    assert (written.revision, written.count, written.encoded) == (2, 2, 2)
    changed = site.db._connection.execute("SELECT article_id FROM changes WHERE revision = 2 ORDER BY 1").fetchall()
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
    assert json.loads(site.db.stored_states(["a"])["a"].secured) == {"blob": "two"}


def test_a_write_without_secured_is_no_change(site):
    site.write(article("a", secured={"blob": "one"}))
    assert site.write(article("a")).revision == 0
    assert json.loads(site.db.stored_states(["a"])["a"].secured) == {"blob": "one"}


def test_secured_is_neither_embedded_nor_in_the_record(site):
    site.write(article("a", secured="blob-of-the-a"))
    assert site.encoder.texts == ["Rain"]
    [(record,)] = site.db._connection.execute("SELECT record FROM articles").fetchall()
    assert "blob" not in record


def test_related_is_never_an_input(site):
    site.write(article("a"))
    assert site.write(article("a", related=[{"title": "Town"}])).revision == 0


def test_an_article_that_moved_is_written_and_its_old_path_reported(site):
    site.write(article("a"), path="old.md")
    written = site.write(article("a"), path="new.md")
    assert (written.revision, written.count, written.encoded, written.moved_from) == (2, 1, 0, ["old.md"])
    assert site.db.stored_states(["a"])["a"].path == "new.md"


def test_an_id_of_another_source_is_refused_and_the_rest_is_written(site):
    site.write(article("a"))
    written = site.write(article("a", "Mine"), article("b", "Town"), source=1)
    assert (written.revision, written.count) == (2, 1)
    [(incoming, error)] = written.refused
    assert incoming.article.id == "a"
    assert str(error) == (
        "site/a.md: the id a belongs to another source, one as seen from the collection; expected an id of its own"
    )
    assert "--recreate" in error.hint
    assert site.db.get("a").article.title == "Rain"


def test_a_batch_of_refused_articles_makes_no_revision(site):
    site.write(article("a"))
    assert site.write(article("a", "Mine"), source=1).revision == 0
    assert site.db.revision() == 1


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
    assert (site.db.count(), site.db.revision()) == (0, 0)


def test_what_was_encoded_is_kept_when_the_write_fails(site, monkeypatch):
    def fail(*_):
        raise CollectionError("the database can not be used: disk I/O error")

    with monkeypatch.context() as patched, pytest.raises(CollectionError):
        patched.setattr(Database, "write", fail)
        site.write(article("a"))
    written = site.write(article("a"))
    assert (written.count, written.encoded) == (1, 0)


def test_no_lock_is_held_while_texts_are_encoded(site, tmp_path):
    class Writing:
        fingerprint, dimension = "writing", 8

        def encode(self, texts, role="passage", progress=None):
            other = Database(tmp_path / "articles.db")
            with other.transaction():
                other.set_meta("written", "meanwhile")
            other.close()
            return np.eye(8, dtype=np.float32)[: len(texts)]

    assert site.write(article("a"), encoder=Writing()).count == 1
    assert site.db.meta("written") == "meanwhile"


def test_what_is_stored_of_an_article():
    made = article("ä", "Straße", webUrl="https://WWW.x.example/a/?utm_source=y#z", secured=[1, "ß"], heat=2)
    upsert, text = prepare(made, "ä.md", TextSettings())
    assert text == "Straße"
    assert upsert.text_hash == text_hash("Straße")
    assert (upsert.article_id, upsert.path, upsert.url_key) == ("ä", "ä.md", "x.example/a")
    assert Article.read(json.loads(upsert.record)) == made.model_copy(update={"secured": None})
    assert json.loads(upsert.secured) == [1, "ß"]
    assert len(upsert.content_hash) == 16


def test_unknown_fields_are_stored(site):
    site.write(article("a", colour="blue", nested={"x": [1, None]}))
    assert site.db.get("a").article.model_extra == {"colour": "blue", "nested": {"x": [1, None]}}


@pytest.mark.parametrize("fields", [{"colour": "\ud83d"}, {"secured": {"blob": "\ud83d"}}, {"title": "Rain \ud83d"}])
def test_half_a_surrogate_pair_is_refused(site, fields):
    with pytest.raises(ArticleError, match=r"half of a surrogate pair|what JSON can not"):
        site.write(article("a", **fields))
