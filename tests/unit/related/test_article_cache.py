"""Articles read lately: kept while the view stays the same, within a budget, and never when they are damaged."""

from __future__ import annotations

import pytest

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings
from recommender.errors import DamagedError
from recommender.related import article_cache
from recommender.related.article_cache import ArticleCache
from recommender.store import Encoding


@pytest.fixture
def collection(tmp_path, counting_encoder):
    opened = Collection.create(tmp_path / "collection")
    encoding = Encoding(EncoderSettings(), counting_encoder.fingerprint, counting_encoder.dimension, (0.0,))
    with opened.store.transaction():
        opened.store.record(Settings(), encoding)
    opened.write([Article(id=name, title=f"Story {name}", body="x" * 3000) for name in "abc"], encoder=counting_encoder)
    yield opened
    opened.close()


@pytest.fixture
def cache(collection):
    return ArticleCache(collection.store)


def test_an_article_is_read_once_in_a_view(collection, cache):
    with collection.reading() as view:
        cache.see(view)
        first = cache.get("a")
        cache.see(view)
        assert cache.get("a") is first


def test_an_article_that_changed_is_read_anew(collection, cache, counting_encoder):
    with collection.reading() as view:
        cache.see(view)
        assert cache.get("a").title == "Story a"
    collection.write([Article(id="a", title="Another")], encoder=counting_encoder)
    with collection.reading() as view:
        cache.see(view)
        assert cache.get("a").title == "Another"


def test_what_was_asked_for_longest_ago_is_forgotten_first(collection, cache, monkeypatch):
    monkeypatch.setattr(article_cache, "MAX_CHARS", 11_000)  # two articles
    with collection.reading() as view:
        cache.see(view)
        first, second = cache.get("a"), cache.get("b")
        assert cache.get("a") is first
        cache.get("c")
        assert cache.get("a") is first
        assert cache.get("b") is not second


def test_an_article_beyond_the_budget_is_read_all_the_same(collection, cache, monkeypatch):
    monkeypatch.setattr(article_cache, "MAX_CHARS", 10)
    with collection.reading() as view:
        cache.see(view)
        assert cache.get("a").title == cache.get("a").title == "Story a"


def test_an_article_that_is_not_there_is_damage(collection, cache):
    with collection.reading() as view:
        cache.see(view)
        with pytest.raises(DamagedError, match="nowhere"):
            cache.get("nowhere")


def test_a_list_is_read_at_once_with_its_texts(collection, cache, monkeypatch):
    with collection.reading() as view:
        cache.see(view)
        cache.load(["c", "a", "c", "absent"], packed=["a"])
        monkeypatch.setattr(cache, "_store", None)
        assert [cache.get(name).title for name in "ac"] == ["Story a", "Story c"]
        assert cache.texts(cache.get("a")).title == "Story a"


def test_texts_are_those_that_were_packed(collection, cache, monkeypatch):
    with collection.reading() as view:
        monkeypatch.setattr(view, "pack", None)
        cache.see(view)
        assert cache.texts(cache.get("b")).rest == "x" * 1000


def test_texts_of_an_article_that_is_not_packed_are_cleaned(collection, cache):
    with collection.store.transaction():
        collection.store.connection.execute("DELETE FROM packed")
    with collection.reading() as view:
        cache.see(view)
        assert cache.texts(cache.get("b")).rest == "x" * 1000
        draft = Article(id="b", title="Another b")
        assert cache.texts(draft).title == "Another b"
        assert cache.texts(cache.get("b")).title == "Story b"


def test_a_list_larger_than_the_cache_is_read_all_the_same(collection, cache, monkeypatch):
    monkeypatch.setattr(article_cache, "MAX_CHARS", 1)
    with collection.reading() as view:
        cache.see(view)
        cache.load(["a", "b"], packed=["a", "b"])
        assert cache.texts(cache.get("a")).title == "Story a"
