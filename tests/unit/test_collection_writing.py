"""Writing to a collection: one batch, one revision, durable and seen at the next read."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.article import Article
from recommender.build import build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.errors import ArticleError, EncoderMismatchError


@pytest.fixture
def opened(tmp_path: Path, counting_encoder):
    source = tmp_path / "site.jsonl"
    source.write_text('{"id": "a", "title": "Rain in town"}\n{"id": "b", "title": "Heavy rain"}\n', encoding="utf-8")
    build([source], tmp_path / "collection", settings=Settings(), encoder=counting_encoder)
    collection = Collection.open(tmp_path / "collection")
    yield collection
    collection.close()


def test_an_upsert_and_a_delete_are_one_revision_of_the_api(opened, counting_encoder):
    opened.write(
        [Article(id="x", title="X"), Article(title="Y", webUrl="https://y.example/y")], encoder=counting_encoder
    )
    written = opened.write([Article(id="x", title="Changed")], ["https://y.example/y"], encoder=counting_encoder)
    assert (written.revision, written.count, written.deleted) == (3, 1, 1)
    with opened.reading() as view:
        assert list(view.ids()) == ["a", "b", "x"]


def test_a_write_that_changes_nothing_makes_no_revision(opened, counting_encoder):
    opened.write([Article(id="x", title="X")], encoder=counting_encoder)
    assert opened.write([Article(id="x", title="X")], ["never stored"], encoder=counting_encoder).revision == 0
    assert opened.store.revision().number == 2


def test_an_article_of_another_source_is_refused_by_name(opened, counting_encoder):
    written = opened.write([Article(id="a", title="Mine now")], ["b"], encoder=counting_encoder)
    assert sorted(written.refused) == ["a", "b"]
    assert written.revision == 0


def test_an_article_without_id_and_address_can_not_be_written(opened, counting_encoder):
    with pytest.raises(ArticleError, match="neither an id nor a webUrl"):
        opened.write([Article(title="Nameless")], encoder=counting_encoder)


def test_vectors_of_another_encoder_are_refused(opened, counting_encoder):
    counting_encoder.fingerprint = "another"
    with pytest.raises(EncoderMismatchError, match="not with another"):
        opened.write([Article(id="x", title="X")], encoder=counting_encoder)
