"""Fixtures that several rooms' tests share: the sample site, its collection, a counting encoder, the command, disks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from recommender.build import build
from recommender.collection_folder import CACHE_VARIABLE
from recommender.config import EncoderSettings, Settings
from recommender.embedding import SentenceTransformerEncoder
from recommender.related.recommender import Recommender

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.commands import Related, run_here, run_process  # noqa: E402 - it is found from here on
from support.copies import copy_to  # noqa: E402
from support.disks import mounted, read_only  # noqa: E402
from support.encoders import CountingEncoder  # noqa: E402
from support.examples import examples  # noqa: E402
from support.places import PostgresPlace  # noqa: E402
from support.postgres import PostgresServer, running_server  # noqa: E402
from support.tuning import require_lightgbm  # noqa: E402

# How long an example takes is the machine's business.
hypothesis_settings.register_profile(
    "suite", examples(100), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("suite")

SHARED = ROOT.parent / "shared"
APART = tuple(ROOT / "tests" / name for name in ("servers", "sites", "faults", "cluster", "clients"))
"""What takes long and rarely breaks: run where the command line names it, not with the whole suite."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves those folders out unless they, or tests in them, are named."""
    if collection_path not in APART:
        return None
    named = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
    return not any(place.is_relative_to(collection_path) for place in named) or None


@pytest.fixture
def counting_encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests of this process; without one the test is skipped."""
    with running_server() as server:
        yield server


@pytest.fixture
def server_place(postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a schema in which a collection may be made."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    made = PostgresPlace(postgres_server, f"place_{uuid.uuid4().hex[:12]}")
    yield made.address.text
    made.drop()


@pytest.fixture(params=["folder", "postgres"])
def collection_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a collection may be made: a folder or the address of a schema."""
    if request.param == "folder":
        return tmp_path / "collection"
    address: str = request.getfixturevalue("server_place")
    return address


@pytest.fixture(scope="session")
def lightgbm() -> Any:
    """LightGBM; without it the test is skipped."""
    return require_lightgbm()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def site() -> Path:
    return ROOT / "data" / "site"


@pytest.fixture(scope="session")
def real_site() -> Path:
    """The Markdown files of a real content site, which is not part of the project: for `make test-real` alone."""
    if os.environ.get("RELATED_TEST_ALL") != "1":
        pytest.skip("the real site is read with RELATED_TEST_ALL=1")
    folder = SHARED / "data" / "azure-site"
    if not folder.is_dir():
        pytest.skip("the real site's files are not on this machine")
    return folder


@pytest.fixture(scope="session")
def real_encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(EncoderSettings())


@pytest.fixture(scope="session")
def site_collection(site: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection of the sample site made with the real model; not to be written to."""
    # The processes of one run have folders below one; the first of them builds. A collection records where its sources
    # lie as seen from it, so all copies lie at the same depth.
    base = tmp_path_factory.getbasetemp()
    place = base.parent / "shared" / "site" if "PYTEST_XDIST_WORKER" in os.environ else base / "shared"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "collection").exists():
            encoder = request.getfixturevalue("real_encoder")
            build([site], place / "making", settings=Settings(), encoder=encoder)
            (place / "making").rename(place / "collection")
    return Path(shutil.copytree(place / "collection", tmp_path_factory.mktemp("site") / "collection"))


@pytest.fixture
def site_copy(site_collection: Path, tmp_path: Path) -> Path:
    return copy_to(site_collection, tmp_path)


@pytest.fixture(scope="module")
def module_copy(site_collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: copy_to(site_collection, tmp_path_factory.mktemp("copy"))


@pytest.fixture
def recommender(site_collection: Path) -> Iterator[Recommender]:
    opened = Recommender.open(site_collection)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def related() -> Related:
    """Runs the command in this process: `related("build", "site", "--collection", "c")`."""
    return run_here


@pytest.fixture(scope="session")
def related_process() -> Related:
    """Runs the command in a process of its own."""
    return run_process


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes an empty disk of a size, `small_disk("1m")`; it is gone after the test, open files or not."""
    with contextlib.ExitStack() as disks:
        yield lambda size: disks.enter_context(mounted(tmp_path / f"disk-{uuid.uuid4().hex[:8]}", size))


@pytest.fixture
def read_only_copy(tmp_path: Path) -> Iterator[Callable[[Path], Path]]:
    """Copies a folder to where nothing can be written, not even by root: `read_only_copy(folder)`."""
    with contextlib.ExitStack() as disks:

        def copy(folder: Path) -> Path:
            disk = disks.enter_context(mounted(tmp_path / f"disk-{uuid.uuid4().hex[:8]}", "64m"))
            shutil.copytree(folder, disk / folder.name)
            read_only(disk)
            return disk / folder.name

        yield copy
