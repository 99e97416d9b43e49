"""Fixtures that the tests of building and of answers share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.answering import Open
from support.building import Build
from support.copies import made_once

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
        lines = "".join(json.dumps(article) + "\n" for article in articles)

        def built(folder: Path, chosen: Settings) -> None:
            source = folder / "articles.jsonl"
            if not source.exists() or source.read_text(encoding="utf-8") != lines:
                source.write_text(lines, encoding="utf-8")
            sources = [source] if articles else []
            build(sources, folder / "collection", settings=chosen, encoder=counting_encoder, allow_deletions=True)

        if not opened and not settings.keys() & {"text", "encoder"}:
            # Many tests are of the same articles, to which a build with other settings changes nothing.
            made_once(lines, lambda folder: built(folder, Settings()), tmp_path)
        built(tmp_path, Settings.parse({"ranking": {"min_score": 0}, **settings}))
        opened.append(Recommender.open(tmp_path / "collection"))
        return opened[-1]

    yield make
    for recommender in opened:
        recommender.close()
