"""A real browser before a real server; every page is watched for script errors and breaches of its policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.browsing import NO_BROWSER, OTHER_SITE, Watched, browsing, find_chromium
from support.serving import Server, listening

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the system's browser is."""
    found = find_chromium()
    if found is None:
        pytest.skip(NO_BROWSER)
    return found


@pytest.fixture(scope="session")
def server(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves the sample site to readers."""
    # A copy, for what a server computes in the background lands beside the snapshot.
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("served") / "collection"))
    with listening(copy, cors_origins=OTHER_SITE) as running:
        yield running


@pytest.fixture(scope="session")
def closed_server(chromium: str, site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a copy of the sample site to those who have a key."""
    copy = Path(shutil.copytree(site_collection, tmp_path_factory.mktemp("closed") / "collection"))
    with listening(copy, read_open=False) as running:
        yield running


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """One for all tests of this folder; others can run no event loop beside it."""
    with browsing(chromium) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    """A page that may not break its policy nor make a mistake."""
    watching = Watched(context.new_page())
    yield watching
    assert watching.faults == []


@pytest.fixture
def page(watched: Watched) -> Page:
    return watched.page
