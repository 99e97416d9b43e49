"""Fixtures that the tests of the store share: each runs on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from support.places import Place, PostgresPlace, SQLitePlace

from recommender.store import Store

postgres_store = pytest.importorskip("recommender.store.postgres.store")

_numbers = count()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path, monkeypatch) -> Iterator[Place]:
    """Where a store is made; what is forgotten there is forgotten at once."""
    monkeypatch.setattr(postgres_store, "KEEP_LOG", timedelta(days=-1))
    if request.param == "sqlite":
        yield SQLitePlace(tmp_path / "articles.db")
        return
    made = PostgresPlace(request.getfixturevalue("postgres_server"), f"test_{next(_numbers)}")
    yield made
    made.drop()


@pytest.fixture
def db(place: Place) -> Iterator[Store]:
    """An empty store."""
    opened = place.open(create=True)
    yield opened
    opened.close()
