"""Shared snapshots in an object store that speaks S3, over the network."""

from __future__ import annotations

import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.serving import free_port, wait_until
from support.snapshots import SOURCE, WANTED, load_snapshot, matches, publish
from support.soundness import answers_of, make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.config import IndexSettings, Settings
from recommender.index.local import reader as reader_module
from recommender.index.local import snapshot
from recommender.index.local.snapshot import read_manifest
from recommender.index.shared import open_shared
from recommender.related.recommender import Recommender

ROOT = Path(__file__).parents[2]
PLACE = "s3://bucket/related"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    program = shutil.which("moto_server") or shutil.which("moto_server", path=ROOT / "build" / "cluster" / "bin")
    if program is None:
        pytest.skip("there is no object store here: make test-cluster installs one")
    url = f"http://127.0.0.1:{(port := free_port())}"
    with subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:

        def answers() -> bool:
            try:
                return urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=1).status == 200
            except OSError:
                return False

        wait_until(answers)
        yield url
        process.terminate()


@pytest.fixture(autouse=True)
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=10)
    for name, value in {
        "ACCESS_KEY_ID": "id",
        "SECRET_ACCESS_KEY": "hunter2",
        "REGION": "us-east-1",
        "ENDPOINT_URL": endpoint,
        "ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/bucket", method="PUT"), timeout=10)


def made(tmp_path: Path, revision: int):
    wanted = replace(WANTED, revision=revision, digest=revision)
    folder = publish(tmp_path / f"node-{revision}", wanted)
    return folder, read_manifest(folder)


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path):
    shared = open_shared(PLACE)
    assert shared.newest(SOURCE.collection) is None
    folder, manifest = made(tmp_path, 7)
    assert shared.publish(folder, manifest)
    pointer = shared.newest(SOURCE.collection)
    root = tmp_path / "fetched"
    root.mkdir()
    with snapshot.building(root) as aside:
        shared.fetch(pointer, aside)
        snapshot.put_in_place(aside, 7)
    wanted = replace(WANTED, digest=7)
    assert matches(load_snapshot(root, wanted)) == matches(load_snapshot(tmp_path / "node-7", wanted))


def test_of_publishers_at_once_the_latest_wins_and_the_rest_is_swept(tmp_path: Path):
    snapshots = [made(tmp_path, 7 + number) for number in range(5)]
    threads = [threading.Thread(target=open_shared(PLACE).publish, args=each) for each in snapshots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = open_shared(PLACE)
    assert shared.newest(SOURCE.collection).revision == 11
    assert not shared.publish(*snapshots[0])
    assert shared.newest(SOURCE.collection).revision == 11


def test_nodes_share_snapshots(server_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    articles = [Article(id=f"a{number:03}", title=f"Rain {number} over {number % 7} hills") for number in range(30)]
    make_collection(server_place, articles, settings=Settings(index=IndexSettings(snapshots=PLACE)))
    with closing(Recommender.open(server_place)) as first:
        expected = answers_of(first)
    monkeypatch.setenv("RELATED_CACHE", str(tmp_path / "second"))
    monkeypatch.setattr(reader_module, "read_segment", None)
    with closing(Recommender(Collection.open(server_place, compacts=False))) as second:
        assert answers_of(second) == expected
