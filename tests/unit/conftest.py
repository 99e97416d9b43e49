"""Fixtures that the tests of building and of answers share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.answering import Open
from support.building import Build

from recommender.build import BuildReport, build
from recommender.collection import Collection
from recommender.config import Settings
from recommender.embedding import Encoder
from recommender.related.recommender import Recommender


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


@pytest.fixture
def small(tmp_path: Path, counting_encoder: Encoder) -> Iterator[Open]:
    """Opens a recommender of the articles given as keyword arguments or dictionaries; vectors mean nothing."""
    opened: list[Recommender] = []

    def make(*articles: dict[str, object], **settings: object) -> Recommender:
        source = tmp_path / "articles.jsonl"
        source.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
        chosen = Settings.parse({"ranking": {"min_score": 0}, **settings})
        sources = [source] if articles else []
        build(sources, tmp_path / "collection", settings=chosen, encoder=counting_encoder, allow_deletions=True)
        opened.append(Recommender.open(tmp_path / "collection"))
        return opened[-1]

    yield make
    for recommender in opened:
        recommender.close()
