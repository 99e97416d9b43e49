"""A view: what a search reads of one revision."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.article import Article
from recommender.collection import Collection, Encoding, Incoming, write_articles
from recommender.config import EncoderSettings, Settings, TextSettings
from recommender.errors import NotFoundError

ARTICLES = [
    Article(id="a", title="Rain in town", excerpt="Heavy rain falls on the town."),
    Article(id="b", title="Heavy rain", excerpt="Rain again."),
    Article(id="c", title="Council votes", excerpt="The town has a budget."),
    Article(id="d", title="A new bridge", excerpt="It is made of steel.", topics=["Building"], quality=2),
    Article(id="e", title="Ships in the harbour"),
]


@pytest.fixture
def view(tmp_path, counting_encoder):
    made = Collection.create(tmp_path / "collection")
    with made.database.transaction():
        made.record(Settings(), Encoding(EncoderSettings(), "counting-encoder", 8, (0.0,)))
        source = made.database.source_id("folder", "site")
    batch = [Incoming(article, f"{article.id}.md", article.id) for article in ARTICLES]
    write_articles(made.database, source, batch, counting_encoder, TextSettings())
    with made.reading() as opened:
        pass
    made.close()
    return opened


def test_it_has_a_row_for_each_article(view):
    assert len(view) == len(view.columns) == 5
    assert view.revision == 1
    assert view.derived == {}


def test_a_stored_article_has_a_profile(view):
    profile = view.profile("c")
    assert profile.row == 2
    np.testing.assert_array_equal(profile.vector, view.columns.vectors[2])


def test_an_unknown_article_has_none(view):
    with pytest.raises(NotFoundError, match="there is no article z") as caught:
        view.profile("z")
    assert caught.value.expected == "the id of a stored article"


def test_the_profile_of_a_stored_article_is_that_of_the_same_article_from_outside(view):
    for row, article in enumerate(ARTICLES):
        stored, fresh = view.profile(article.id), view.profile_of(article, view.columns.vectors[row])
        assert fresh.row == stored.row == row
        assert (fresh.provider, fresh.language, fresh.url) == (stored.provider, stored.language, stored.url)
        np.testing.assert_array_equal(fresh.topics, stored.topics)
        np.testing.assert_equal(fresh.day, stored.day)
        for ours, theirs in ((fresh.title, stored.title), (fresh.text, stored.text)):
            np.testing.assert_array_equal(ours.ids, theirs.ids)
            np.testing.assert_array_equal(ours.counts, theirs.counts)
            np.testing.assert_array_equal(ours.idf, theirs.idf)


@pytest.mark.parametrize("article_id", [None, "new"])
def test_an_article_from_outside_has_no_row(view, article_id):
    article = Article(id=article_id, title="Rain")
    assert view.profile_of(article, view.columns.vectors[0]).row is None


@pytest.mark.parametrize("engines", [{}, {"dense": False}, {"lexical": False}])
def test_candidates_never_include_the_article_itself(view, engines):
    for row, article in enumerate(ARTICLES):
        for top_k in (1, 3, 100):
            assert row not in view.candidates(view.profile(article.id), top_k, **engines)


def test_candidates_ascend_without_repetition(view):
    rows = view.candidates(view.profile("a"), 3)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert rows.dtype == np.int64


def test_the_dense_engine_proposes_the_nearest(view):
    cosines = view.columns.vectors @ view.profile("a").vector
    nearest = [row for row in np.argsort(-cosines).tolist() if row != 0]
    assert view.candidates(view.profile("a"), 2, lexical=False).tolist() == sorted(nearest[:2])


def test_the_lexical_engine_proposes_what_shares_terms(view):
    assert view.candidates(view.profile("a"), 4, dense=False).tolist() == [1, 2]
    assert view.candidates(view.profile("e"), 4, dense=False).tolist() == []


def test_both_engines_together_propose_what_either_does(view):
    profile = view.profile("a")
    either = {*view.candidates(profile, 1, dense=False), *view.candidates(profile, 1, lexical=False)}
    assert {*view.candidates(profile, 1)} == either


def test_no_engine_proposes_nothing(view):
    assert view.candidates(view.profile("a"), 3, dense=False, lexical=False).tolist() == []


def test_more_candidates_than_articles_are_all_others(view):
    assert view.candidates(view.profile("c"), 1000).tolist() == [0, 1, 3, 4]


def test_an_article_from_outside_finds_any_row(view):
    profile = view.profile_of(Article(title="Rain in town"), view.columns.vectors[0])
    assert 0 in view.candidates(profile, 1, dense=False)
    assert 0 in view.candidates(profile, 1, lexical=False)


def test_a_text_without_known_terms_has_no_lexical_candidates(view):
    profile = view.profile_of(Article(title="Submarine volcano"), view.columns.vectors[0])
    assert view.candidates(profile, 5, dense=False).tolist() == []


def test_the_most_telling_terms_are_looked_up_first(view):
    profile = view.profile_of(Article(title="rain", body="rain town steel unheard"), view.columns.vectors[0])
    telling = view._telling(profile.text.ids, profile.text.idf)
    weights = view.columns.text.idf[np.searchsorted(view.columns.vocabulary, telling)]
    assert len(telling) == 3
    assert (np.diff(weights) <= 0).all()


def test_terms_are_those_of_the_collections_language(view):
    assert view.terms("The falling of a town") == ["fall", "town"]


def test_the_sample_site_proposes_for_every_article(site_collection):
    opened = Collection.open(site_collection)
    with opened.reading() as view:
        for row in range(len(view)):
            rows = view.candidates(view.columns.profile(row), 5)
            assert len(rows) >= min(5, len(view) - 1)
            assert row not in rows
    opened.close()
