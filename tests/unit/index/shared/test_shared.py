"""Shared snapshots, in a folder and in an object store: whole or refused, and never back to an earlier one."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.snapshots import SOURCE, WANTED, load_snapshot, matches, publish

from recommender.errors import ConfigError, SnapshotError
from recommender.index.local import snapshot
from recommender.index.local.snapshot import FORMAT, read_manifest
from recommender.index.shared import SharedSnapshots, open_shared
from recommender.index.shared.folder import FolderBlobs

ROOT = f"{SOURCE.collection}/format-{FORMAT}"


@pytest.fixture(params=["folder", "objects"])
def blobs(request, tmp_path):
    if request.param == "folder":
        return FolderBlobs(tmp_path / "shared")
    store = pytest.importorskip("obstore.store")
    from recommender.index.shared.objects import ObjectBlobs

    return ObjectBlobs(store.MemoryStore(), "memory:///")


@pytest.fixture
def shared(blobs):
    return SharedSnapshots(blobs)


def made(tmp_path, revision=7, digest=11, source=SOURCE, place="made"):
    """A snapshot on this machine, with its manifest."""
    wanted = replace(WANTED, revision=revision, digest=digest, source=source)
    folder = publish(tmp_path / place, wanted)
    return folder, read_manifest(folder)


def fetched(shared, tmp_path):
    """The newest shared snapshot, brought to another machine."""
    root = tmp_path / "fetched"
    root.mkdir()
    pointer = shared.newest(SOURCE.collection)
    with snapshot.building(root) as aside:
        shared.fetch(pointer, aside)
        snapshot.put_in_place(aside, pointer.revision)
    return root


def test_where_none_was_published_there_is_none(shared):
    assert shared.newest(SOURCE.collection) is None


def test_a_fetched_snapshot_is_the_one_that_was_published(shared, tmp_path):
    folder, manifest = made(tmp_path)
    assert shared.publish(folder, manifest)
    pointer = shared.newest(SOURCE.collection)
    assert (pointer.source, pointer.revision, pointer.digest) == (SOURCE, 7, 11)
    root = fetched(shared, tmp_path)
    assert matches(load_snapshot(root)) == matches(load_snapshot(tmp_path / "made"))
    files = sorted(file.relative_to(root / "7") for file in (root / "7").rglob("*") if file.is_file())
    # Tantivy may leave lock files, which are of no snapshot.
    made_here = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")
    assert files == sorted(file.relative_to(folder) for file in made_here)


def test_collections_do_not_mix(shared, tmp_path):
    shared.publish(*made(tmp_path))
    assert shared.newest("d" * 32) is None


@pytest.mark.parametrize(("revision", "digest"), [(6, 10), (7, 11)])
def test_an_earlier_snapshot_and_the_same_once_more_move_nothing(shared, tmp_path, revision, digest):
    shared.publish(*made(tmp_path))
    before = shared.newest(SOURCE.collection)
    assert not shared.publish(*made(tmp_path, revision, digest, place="late"))
    assert shared.newest(SOURCE.collection) == before


def test_other_settings_make_another_snapshot_of_the_same_revision(shared, tmp_path):
    shared.publish(*made(tmp_path))
    other = replace(SOURCE, text="u")
    assert shared.publish(*made(tmp_path, source=other, place="other"))
    assert shared.newest(SOURCE.collection).source == other


def test_a_publisher_that_was_stopped_and_goes_on_late_changes_nothing(shared, blobs, tmp_path, monkeypatch):
    upload, late = blobs.upload, made(tmp_path, place="late")

    def overtaken(name, file):
        # Before its last file is there, another node publishes a later revision.
        if file.name == snapshot.MANIFEST and file.parent == late[0]:
            assert shared.publish(*made(tmp_path, 8, 12, place="new"))
        upload(name, file)

    monkeypatch.setattr(blobs, "upload", overtaken)
    assert not shared.publish(*late)
    assert shared.newest(SOURCE.collection).revision == 8
    assert [name.partition("-")[0] for name in blobs.folders(ROOT)] == ["8"], "what it wrote is gone"


def test_a_pointer_that_moved_since_it_was_read_is_not_replaced(shared, blobs, tmp_path):
    shared.publish(*made(tmp_path))
    name = f"{ROOT}/newest.json"
    content, tag = blobs.get(name)
    assert blobs.swap(name, content + b" ", tag)
    assert not blobs.swap(name, b"{}", tag)
    assert not blobs.swap(name, b"{}", None)
    assert blobs.get(name)[0] == content + b" "


def test_of_many_publishers_the_latest_wins(shared, tmp_path):
    snapshots = [made(tmp_path, 7 + number, 11 + number, place=f"node-{number}") for number in range(6)]
    threads = [threading.Thread(target=shared.publish, args=each) for each in snapshots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shared.newest(SOURCE.collection).revision == 12
    assert fetched(shared, tmp_path).joinpath("12").is_dir()


def test_the_newest_and_the_one_before_it_stay(shared, blobs, tmp_path):
    for number in range(4):
        shared.publish(*made(tmp_path, 7 + number, 11 + number, place=f"{number}"))
    assert sorted(name.partition("-")[0] for name in blobs.folders(ROOT)) == ["10", "9"]


def test_a_torn_download_is_refused(shared, blobs, tmp_path, monkeypatch):
    shared.publish(*made(tmp_path))
    download = blobs.download

    def torn(name, file):
        download(name, file)
        if file.name == "days.npy":
            file.write_bytes(file.read_bytes()[:-1])

    monkeypatch.setattr(blobs, "download", torn)
    with pytest.raises(SnapshotError, match=r"refused: columns/days\.npy is damaged"):
        fetched(shared, tmp_path)
    assert list((tmp_path / "fetched").iterdir()) == []


def test_a_manifest_of_another_snapshot_is_refused(shared, blobs, tmp_path):
    shared.publish(*made(tmp_path))
    folder, _ = made(tmp_path, 8, 12, place="other")
    pointer = shared.newest(SOURCE.collection)
    blobs.remove(f"{ROOT}/{pointer.folder}/{snapshot.MANIFEST}")
    blobs.upload(f"{ROOT}/{pointer.folder}/{snapshot.MANIFEST}", folder / snapshot.MANIFEST)
    with pytest.raises(SnapshotError, match="refused: it is another one"):
        fetched(shared, tmp_path)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a\\b"])
def test_a_file_outside_its_folder_is_refused(shared, blobs, tmp_path, name):
    folder, manifest = made(tmp_path)
    shared.publish(folder, manifest)
    pointer = shared.newest(SOURCE.collection)
    outer = json.loads((folder / snapshot.MANIFEST).read_text())
    values = json.loads(outer["manifest"])
    values["files"] = {name: {"size_bytes": 0, "chunks": []}}
    text = json.dumps(values)
    forged = tmp_path / "forged"
    forged.write_text(json.dumps({"checksum": snapshot._hash(text.encode()), "manifest": text}))
    blobs.upload(f"{ROOT}/{pointer.folder}/{snapshot.MANIFEST}", forged)
    with pytest.raises(SnapshotError, match="names the file"):
        fetched(shared, tmp_path)


def test_a_damaged_pointer_is_none_and_is_replaced(shared, blobs, tmp_path):
    shared.publish(*made(tmp_path))
    _, tag = blobs.get(f"{ROOT}/newest.json")
    blobs.swap(f"{ROOT}/newest.json", b"\xff{", tag)
    assert shared.newest(SOURCE.collection) is None
    assert shared.publish(*made(tmp_path, place="again"))
    assert shared.newest(SOURCE.collection).revision == 7


def test_a_missing_file_is_told_with_its_place(shared, blobs, tmp_path):
    shared.publish(*made(tmp_path))
    pointer = shared.newest(SOURCE.collection)
    blobs.remove(f"{ROOT}/{pointer.folder}")
    with pytest.raises(SnapshotError, match="the shared snapshots cannot be used") as caught:
        fetched(shared, tmp_path)
    assert pointer.folder in caught.value.where


@pytest.mark.parametrize("place", ["relative/folder", "."])
def test_a_place_that_means_another_one_elsewhere_is_refused(place):
    with pytest.raises(ConfigError, match="the shared snapshots are at"):
        open_shared(place)


@pytest.mark.parametrize(
    "address", ["nothing://bucket/path", "file:///tmp", "http://x.example/y", "https://x.example/y"]
)
def test_an_address_of_no_object_store_is_refused(address):
    pytest.importorskip("obstore")
    with pytest.raises(ConfigError) as caught:
        open_shared(address)
    assert caught.value.expected.startswith("s3://bucket/path")


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "shared").write_text("not a folder")
    with pytest.raises(SnapshotError, match="the shared snapshots cannot be"):
        open_shared(str(tmp_path / "shared")).publish(*made(tmp_path))


def test_a_collection_in_a_bucket_that_is_not_there_is_told_without_secrets(monkeypatch):
    pytest.importorskip("obstore")
    for name, value in {"ACCESS_KEY_ID": "id", "SECRET_ACCESS_KEY": "hunter2", "REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setattr("recommender.index.shared.objects.RETRIES", {"max_retries": 0})
    with pytest.raises(SnapshotError) as caught:
        open_shared("s3://bucket/related").newest(SOURCE.collection)
    assert "hunter2" not in f"{caught.value} {caught.value.where}"
    assert Path(caught.value.where).name == "newest.json"
