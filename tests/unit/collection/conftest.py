"""Fixtures that the tests of the database share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.collection import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database is made."""
    return tmp_path / "articles.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    """An empty database."""
    opened = Database(path, create=True)
    yield opened
    opened.close()
