"""Fixtures that the tests of building share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.building import Build

from recommender.build import BuildReport, build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as at rest, so that their states are recorded at once."""
    monkeypatch.setattr("recommender.sources.base.SETTLED_AFTER_S", -3600.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for Markdown files."""
    made = tmp_path / "site"
    made.mkdir()
    return made


@pytest.fixture
def run(tmp_path: Path, folder: Path, counting_encoder: Encoder) -> Build:
    """Builds `folder`, or the sources given, with the counting encoder."""

    def call(*sources: Path, settings: Settings | None = None, **options: object) -> BuildReport:
        options.setdefault("encoder", counting_encoder)
        options.setdefault("collection_path", tmp_path / "collection")
        return build(sources or (folder,), settings=settings or Settings(), **options)  # type: ignore[arg-type]

    return call


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Callable[[], Collection]]:
    """Opens the collection that `run` builds."""
    opened: list[Collection] = []

    def call() -> Collection:
        opened.append(Collection.open(tmp_path / "collection"))
        return opened[-1]

    yield call
    for one in opened:
        one.close()
