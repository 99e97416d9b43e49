"""A small collection without a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.encoders import CountingEncoder

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings
from recommender.store import Encoding

_POST = {"name": "Post", "domain": "p.example"}
BOAT = {"excerpt": "Nineteen of them.", "publishedDateTime": "2021-01-01", "topics": ["Harbour"], "provider": _POST}
MAYOR = {
    "body": f"{'Nothing. ' * 400}The lighthouse burns.",
    "publishedDateTime": "2020-05-05",
    "webUrl": "https://p.example/mayor",
}
ARTICLES = [
    Article.read({"id": "boat", "title": "Boats of Lindholm", **BOAT}),
    Article.read({"id": "mayor", "title": "The mayor speaks", **MAYOR}),
    Article.read({"id": "undated", "title": "Undated Lindholm", "topics": ["harbour "], "language": "en-GB"}),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    made = Collection.create(tmp_path / "c")
    encoder = CountingEncoder()
    with made.store.transaction():
        made.store.record(Settings(), Encoding(EncoderSettings(), encoder.fingerprint, encoder.dimension, (0.0, 0.5)))
    made.write(ARTICLES, encoder=encoder)
    made.publish(compact=True)
    made.close()
    return tmp_path / "c"


@pytest.fixture
def collection(place: Path) -> Iterator[Collection]:
    opened = Collection.open(place)
    yield opened
    opened.close()
