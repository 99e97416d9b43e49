"""One collection in a folder and on a server: the same articles, revisions, lists and reasons, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.answering import ACLU
from support.places import PostgresPlace

from recommender.article import Article
from recommender.collection_folder import CACHE_VARIABLE
from recommender.copying import copy_collection
from recommender.related.recommender import Recommender
from recommender.store import open_encoder

Both = tuple[Recommender, Recommender]


@pytest.fixture(scope="module")
def both(site_collection: Path, postgres_server, tmp_path_factory) -> Iterator[Both]:
    """The sample site in its folder, and a copy of it in PostgreSQL."""
    place = PostgresPlace(postgres_server, "sample_site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        assert copy_collection(site_collection, place.address.text).articles == 82
        folder, server = Recommender.open(site_collection), Recommender.open(place.address.text)
        yield folder, server
        folder.close()
        server.close()
    place.drop()


def answer(recommender: Recommender, asked: str | Article, **options):
    found = recommender.related(asked, **options)
    return [(item.article_id, item.score, item.reasons, item.parts) for item in found], found.empty_because


def test_every_list_is_the_same_with_its_scores_and_reasons(both: Both):
    folder, server = both
    with folder.collection.reading() as index:
        ids = list(index.ids())
    assert len(ids) == 82
    for article_id in ids:
        assert answer(folder, article_id) == answer(server, article_id)


@pytest.mark.parametrize(
    "options",
    [
        {"top_k": 100, "min_score": 0.0},
        {"after": "2021-01-01", "before": "2021-06-01", "min_score": 0.0},
        {"after": "2021-04-12", "before": "2021-04-13", "min_score": 0.0},
        {"provider": ["Reuters"], "min_score": 0.0},
        {"topic": ["privacy"], "exclude": [ACLU], "min_score": 0.0},
        {"scorer": "dense", "top_k": 50, "min_score": 0.0},
        {"scorer": "lexical", "top_k": 50, "min_score": 0.0},
    ],
)
def test_filters_and_scorers_find_the_same(both: Both, options):
    folder, server = both
    assert answer(folder, ACLU, **options) == answer(server, ACLU, **options)


def test_an_article_that_is_not_stored_gets_the_same(both: Both):
    folder, server = both
    draft = Article(title="Regulator fines maker of face recognition", excerpt="Biometric data were kept for years.")
    vector = open_encoder(folder.collection.store.recorded_encoding()).encode([draft.title])[0]
    assert answer(folder, draft, vector=vector) == answer(server, draft, vector=vector)


def test_what_is_written_and_deleted_later_comes_and_goes(both: Both):
    folder, server = both
    new = Article(id="new", title="Clearview AI faces a new suit over biometric data of faces")
    written = server.collection.write([new])
    assert server.related("new").revision == written.revision
    assert "new" in [article_id for article_id, *_ in answer(server, ACLU, top_k=20, min_score=0.0)[0]]
    assert server.collection.write([new]).revision == 0, "the same once more is no write"
    server.collection.write(deletes=["new"])
    assert answer(folder, ACLU) == answer(server, ACLU)


def test_what_is_sealed_is_never_read(both: Both):
    for recommender in both:
        store = recommender.collection.store
        assert all(stored.article.secured is None for stored in store.articles())
