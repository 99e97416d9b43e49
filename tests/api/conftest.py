"""Servers that the tests of the service share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.serving import Server, listening


@pytest.fixture(scope="session")
def server(site_collection: Path) -> Iterator[Server]:
    """Serves the sample site; not to be written to."""
    with listening(site_collection) as running:
        yield running


@pytest.fixture(scope="session")
def writable(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a copy of the sample site; each test writes ids of its own."""
    with listening(copy_to(site_collection, tmp_path_factory.mktemp("writable"))) as running:
        yield running


@pytest.fixture
def site_copy(site_collection: Path, tmp_path: Path) -> Path:
    return copy_to(site_collection, tmp_path)


@pytest.fixture(scope="module")
def module_copy(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: copy_to(site_collection, tmp_path_factory.mktemp("copy"))


def copy_to(collection: Path, folder: Path) -> Path:
    return Path(shutil.copytree(collection, folder / "collection"))
