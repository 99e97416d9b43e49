"""A copy of the sample site's collection to write to, and its lists made one by one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from recommender.article import Article
from recommender.collection import Collection
from recommender.related.answer import RelatedArticles
from recommender.related.recommender import Recommender
from recommender.store import Incoming, open_encoder, write_articles


@pytest.fixture
def copied(site_collection: Path, tmp_path: Path) -> Iterator[Recommender]:
    """A recommender of a copy of the sample site's collection."""
    with closing(Recommender.open(Path(shutil.copytree(site_collection, tmp_path / "collection")))) as opened:
        yield opened


@pytest.fixture
def collection(site_collection: Path, tmp_path: Path) -> Iterator[Collection]:
    """A copy of the sample site's collection."""
    with closing(Collection.open(shutil.copytree(site_collection, tmp_path / "collection"))) as opened:
        yield opened


def write(recommender: Recommender, articles: Sequence[Article], deletes: Sequence[str] = ()) -> None:
    """Write and delete articles of the sample site, whose texts all have vectors already."""
    collection = recommender.collection
    [(source_id, _, _)] = collection.store.sources()
    encoder = open_encoder(collection.store.recorded_encoding())
    batch = [Incoming(article, f"{article.id}.md", "") for article in articles]
    write_articles(collection.store, source_id, batch, encoder, collection.reader.packer(), deletes=deletes)


def answers_of(recommender: Recommender) -> dict[str, RelatedArticles]:
    """The answer for every article, asked one by one."""
    with recommender.collection.reading() as index:
        return {article_id: recommender.related(article_id) for article_id in index.ids()}
