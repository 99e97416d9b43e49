"""Servers that the tests of the service share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.copies import copy_to
from support.serving import Server, listening


@pytest.fixture(scope="session")
def server(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves the sample site; not to be written to."""
    # A copy, for what a server computes in the background lands beside the snapshot.
    with listening(copy_to(site_collection, tmp_path_factory.mktemp("served"))) as running:
        yield running


@pytest.fixture(scope="session")
def writable(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a copy of the sample site; each test writes ids of its own."""
    with listening(copy_to(site_collection, tmp_path_factory.mktemp("writable"))) as running:
        yield running
