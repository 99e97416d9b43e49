"""Fixtures that the tests of the database share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from recommender.store import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database is made."""
    return tmp_path / "articles.db"


@pytest.fixture
def db(path: Path) -> Iterator[SQLiteStore]:
    """An empty database."""
    opened = SQLiteStore(path, create=True)
    yield opened
    opened.close()
