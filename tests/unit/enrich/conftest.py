"""A small site to fill."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.enriching import Filling, article

TITLES = {"a": "Ants", "b": "Bees", "c": "Crabs"}


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Filling:
    """Three articles, a, b and c, in a collection that was built from them; not to be written to."""
    folder = tmp_path_factory.mktemp("pristine")
    made = Filling(folder / "site", folder / "collection")
    for name, title in TITLES.items():
        made.write(f"{name}.md", article(title))
    made.build()
    return made


@pytest.fixture
def filling(pristine: Filling, tmp_path: Path) -> Filling:
    """A copy of them; a collection records where its sources lie as seen from it."""
    shutil.copytree(pristine.site, tmp_path / "site")
    shutil.copytree(pristine.collection, tmp_path / "collection")
    return Filling(tmp_path / "site", tmp_path / "collection")
