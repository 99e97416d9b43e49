"""A snapshot: complete or not there, and never trusted when a byte is wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.snapshots import SOURCE, WANTED, load_snapshot, matches, publish, vectors_of

from recommender.article import Article
from recommender.errors import CollectionError, SnapshotError
from recommender.index.local import dense, snapshot
from recommender.index.local.columns_builder import ColumnsBuilder
from recommender.index.local.sampling import sample_pairs
from recommender.index.local.segment import Segment
from recommender.index.local.snapshot import (
    FORMAT,
    SAMPLE_FILES,
    damaged_files,
    read_manifest,
    sweep,
)
from recommender.index.local.snapshot import (
    published as revisions,
)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "snapshots"


@pytest.fixture
def published(root):
    return publish(root)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def flip(file, position):
    content = bytearray(file.read_bytes())
    content[position] ^= 0x01
    file.write_bytes(content)


# Publishing.


def test_a_snapshot_is_a_folder_named_by_its_revision_and_nothing_else(root, published):
    assert published.is_dir()
    assert names(root) == ["7"]


def test_the_manifest_lists_every_file_but_itself(published):
    assert sorted(read_manifest(published).files) == [name for name in files(published) if name != "manifest.json"]


def test_the_manifest_says_what_the_snapshot_is_of(published):
    assert replace(read_manifest(published), files={}) == WANTED


def test_the_manifest_knows_the_size_of_every_file(published):
    for name, described in read_manifest(published).files.items():
        assert described["size_bytes"] == (published / name).stat().st_size
        assert len(described["chunks"]) == 1


@pytest.mark.parametrize("found_well", [True, False])
def test_a_large_snapshot_has_an_index_of_its_vectors_where_that_finds_enough(root, monkeypatch, found_well):
    monkeypatch.setattr(snapshot, "APPROXIMATE_FROM", 40)
    monkeypatch.setattr(dense, "TARGET_RECALL", 0.9 if found_well else 1.01)
    rows = np.random.default_rng(0).normal(size=(120, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    builder = ColumnsBuilder(str.split)
    for number in range(len(rows)):
        builder.add(f"{number:03}", Article(title="x"), "x", "")
    wanted = replace(WANTED, articles=len(rows))
    root.mkdir()
    columns = builder.build(rows)
    with snapshot.building(root) as aside:
        snapshot.publish_snapshot(aside, wanted, Segment(columns), sample_pairs(columns))
    loaded = load_snapshot(root, wanted)
    assert (loaded.segment.dense is not None) == bool(loaded.manifest.overfetch) == found_well
    assert (root / "7" / "dense.faiss").exists() == found_well
    assert 5 in loaded.segment.search_dense(rows[5], 3, None)


def test_it_is_loaded_as_it_was_published(root, published):
    found = load_snapshot(root, WANTED)
    assert [found.segment.columns.article_id(row) for row in range(3)] == ["a", "b", "c"]
    assert matches(found) == ([1], [0, 1, 2])
    assert replace(found.manifest, files={}) == WANTED


def test_samples_are_kept(root, published):
    found = load_snapshot(root, WANTED).samples
    np.testing.assert_array_equal(found.random_pairs, vectors_of(3) * 2)
    np.testing.assert_array_equal(found.neighbour_days, vectors_of(3)[:, 0])
    assert found.articles == 3
    assert len(SAMPLE_FILES) == 4
    assert set(SAMPLE_FILES) < set(files(published))


@pytest.mark.parametrize("lacking", SAMPLE_FILES)
def test_a_snapshot_that_lacks_samples_is_not_used(root, monkeypatch, lacking):
    every = snapshot._files
    with monkeypatch.context() as patched:
        patched.setattr(snapshot, "_files", lambda folder: [file for file in every(folder) if lacking not in str(file)])
        publish(root)
    (root / "7" / lacking).unlink()
    assert lacking not in read_manifest(root / "7").files
    assert load_snapshot(root, WANTED) is None


@pytest.mark.parametrize("articles", [0, 1])
def test_a_small_collection_has_a_snapshot_too(root, articles):
    wanted = replace(WANTED, articles=articles)
    publish(root, wanted)
    assert len(load_snapshot(root, wanted).segment) == articles


def test_loading_changes_no_file(root, published):
    before = {name: (published / name).read_bytes() for name in files(published)}
    load_snapshot(root, WANTED)
    assert {name: (published / name).read_bytes() for name in before} == before


def test_it_is_not_removed_while_somebody_reads_it(root, published):
    found = load_snapshot(root, WANTED)
    publish(root, replace(WANTED, revision=8))
    sweep(root, keep=8)
    assert published.exists()
    assert matches(found) == ([1], [0, 1, 2])
    del found
    sweep(root, keep=8)
    assert names(root) == ["8"]


def test_it_stays_readable_after_its_folder_is_gone(root, published):
    found = load_snapshot(root, WANTED)
    shutil.rmtree(published)
    assert found.segment.columns.article_id(2) == "c"
    assert matches(found) == ([1], [0, 1, 2])


def test_publishing_again_takes_the_place_of_a_snapshot_that_could_not_be_used(root, published):
    flip(published / "columns" / "days.npy", 0)
    publish(root)
    assert load_snapshot(root, WANTED) is not None
    sweep(root, keep=7)
    assert names(root) == ["7"]


def test_it_is_not_there_before_it_is_complete(root, monkeypatch):
    seen = []
    sync = snapshot._sync

    def watch(path):
        seen.append(names(root))
        sync(path)

    monkeypatch.setattr(snapshot, "_sync", watch)
    publish(root)
    assert len(seen[0]) == 1
    assert seen[0][0].startswith(".building-")
    assert seen[-1] == ["7"]


def test_revisions_that_have_a_folder_are_named_newest_first(root):
    for number in (3, 12, 7):
        publish(root, replace(WANTED, revision=number))
    (root / "notes").mkdir()
    assert revisions(root) == [12, 7, 3]
    assert revisions(root / "nowhere") == []


# Trusting.


@pytest.mark.parametrize("where", [0, 0.5, -1])
def test_a_flipped_byte_in_any_file_is_found(published, root, where):
    for name, described in read_manifest(published).files.items():
        size = described["size_bytes"]
        if size == 0:
            continue
        position = where if where == -1 else int(size * where)
        flip(published / name, position)
        assert list(damaged_files(published, read_manifest(published), whole=True)) == [name]
        assert load_snapshot(root, WANTED) is None, name
        flip(published / name, position)
    assert load_snapshot(root, WANTED) is not None


def test_a_flipped_byte_in_the_manifest_is_found(published, root):
    size = (published / "manifest.json").stat().st_size
    for position in [*range(0, size, 97), size - 1]:
        flip(published / "manifest.json", position)
        assert load_snapshot(root, WANTED) is None, position
        flip(published / "manifest.json", position)
    assert load_snapshot(root, WANTED) is not None


def test_a_manifest_that_does_not_fit_its_checksum_is_refused(published):
    outer = json.loads((published / "manifest.json").read_text())
    outer["manifest"] = outer["manifest"].replace('"revision": 7', '"revision": 8')
    (published / "manifest.json").write_text(json.dumps(outer))
    with pytest.raises(CollectionError, match="the manifest is damaged") as caught:
        read_manifest(published)
    assert caught.value.where == str(published)


def test_an_empty_file_is_checked_too(published):
    (published / "samples" / "empty").touch()
    manifest = read_manifest(published)
    manifest.files["samples/empty"] = snapshot._describe(published / "samples" / "empty")
    assert list(damaged_files(published, manifest, whole=True)) == []
    (published / "samples" / "empty").write_text("x")
    assert list(damaged_files(published, manifest, whole=True)) == ["samples/empty"]


def test_a_truncated_file_is_found(published, root):
    for name, described in read_manifest(published).files.items():
        content = (published / name).read_bytes()
        if described["size_bytes"] == 0:
            continue
        (published / name).write_bytes(content[:-1])
        assert list(damaged_files(published, read_manifest(published), whole=False)) == [name]
        assert load_snapshot(root, WANTED) is None
        (published / name).write_bytes(content)


def test_a_missing_file_is_found(published, root):
    for name in read_manifest(published).files:
        (published / name).rename(published.parent / "away")
        assert list(damaged_files(published, read_manifest(published), whole=True)) == [name]
        assert load_snapshot(root, WANTED) is None
        (published.parent / "away").rename(published / name)
    assert load_snapshot(root, WANTED) is not None


def test_of_a_large_file_the_ends_are_read_and_on_demand_all_of_it(published, root, monkeypatch):
    monkeypatch.setattr(snapshot, "CHUNK_BYTES", 64)
    monkeypatch.setattr(snapshot, "VERIFY_WHOLE_BYTES", 0)
    shutil.rmtree(published)
    publish(root)
    manifest = read_manifest(published)
    assert len(manifest.files["columns/vectors.npy"]["chunks"]) >= 3
    flip(published / "columns/vectors.npy", 70)
    assert list(damaged_files(published, manifest, whole=False)) == []
    assert list(damaged_files(published, manifest, whole=True)) == ["columns/vectors.npy"]
    flip(published / "columns/vectors.npy", 70)
    flip(published / "columns/vectors.npy", -1)
    assert list(damaged_files(published, manifest, whole=False)) == ["columns/vectors.npy"]
    assert load_snapshot(root, WANTED) is None


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"null",
        b'{"manifest": null, "checksum": ""}',
    ],
)
def test_a_manifest_that_is_missing_or_none_makes_the_snapshot_nothing(published, root, content):
    (published / "manifest.json").unlink()
    if content is not None:
        (published / "manifest.json").write_bytes(content)
    assert load_snapshot(root, WANTED) is None


def test_a_sound_manifest_with_other_fields_makes_the_snapshot_nothing(published, root):
    text = json.dumps({"format": 1, "other": 2})
    checksum = snapshot._hash(text.encode())
    (published / "manifest.json").write_text(json.dumps({"checksum": checksum, "manifest": text}))
    assert load_snapshot(root, WANTED) is None


@pytest.mark.parametrize(
    "other",
    [
        {"source": replace(SOURCE, collection="d" * 32)},
        {"source": replace(SOURCE, encoder="f")},
        {"source": replace(SOURCE, text="u")},
        {"digest": 12},
        {"revision": 8},
    ],
)
@pytest.mark.usefixtures("published")
def test_a_snapshot_of_something_else_is_not_loaded(root, other):
    assert load_snapshot(root, replace(WANTED, **other)) is None


def test_a_snapshot_of_another_format_is_not_loaded(root):
    publish(root, replace(WANTED, format=FORMAT + 1))
    assert load_snapshot(root, WANTED) is None


def test_a_collection_without_snapshots_has_none(root):
    assert load_snapshot(root, WANTED) is None
    root.write_text("a file")
    assert load_snapshot(root, WANTED) is None


# Sweeping.


def test_what_a_stopped_process_left_is_swept(root):
    publish(root)
    for left in (".building-1a2b3c4d", ".old-1a2b3c4d"):
        (root / left / "columns").mkdir(parents=True)
        (root / left / "columns" / "half.npy").write_text("half")
    sweep(root, keep=7)
    assert names(root) == ["7"]


def test_older_snapshots_are_removed_and_what_is_none_is_kept(root):
    publish(root, replace(WANTED, revision=3))
    publish(root)
    (root / "notes").mkdir()
    sweep(root, keep=7)
    assert names(root) == ["7", "notes"]


def test_a_newer_snapshot_is_kept(root):
    publish(root, replace(WANTED, revision=8))
    publish(root)
    sweep(root, keep=7)
    assert names(root) == ["7", "8"]


# What can go wrong.


def test_a_full_disk_is_one_error_that_leaves_nothing_behind(root, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(CollectionError, match="the snapshot cannot be written: No space left on device") as caught:
        publish(root)
    assert caught.value.where == str(root)
    assert "the articles are safe" in caught.value.hint
    assert names(root) == []


def test_an_engine_that_can_not_write_is_one_error(root, monkeypatch):
    def full(*_, **__):
        raise ValueError("An IO error occurred: 'No space left on device (os error 28)'\nmore")

    monkeypatch.setattr(snapshot.LexicalIndex, "build", full)
    with pytest.raises(SnapshotError, match="cannot be written: An IO error occurred") as caught:
        publish(root)
    assert "more" not in str(caught.value)


def test_a_full_disk_stops_it_and_leaves_nothing_behind(small_disk):
    root = small_disk("200k") / "snapshots"
    with pytest.raises(SnapshotError, match="the snapshot cannot be written"):
        for revision in range(1, 99):
            publish(root, replace(WANTED, revision=revision))
    assert all(name.isdecimal() for name in names(root))


def test_what_can_not_be_removed_does_not_stop_sweeping(root, monkeypatch):
    remove, refused = shutil.rmtree, []

    def stubborn(folder, ignore_errors=False):
        if Path(folder).name.startswith(".old-") and not refused:
            refused.append(folder)
            raise PermissionError(errno.EACCES, "Permission denied")
        remove(folder, ignore_errors=ignore_errors)

    for revision in (3, 4, 7):
        publish(root, replace(WANTED, revision=revision))
    monkeypatch.setattr(shutil, "rmtree", stubborn)
    sweep(root, keep=7)
    assert names(root) == [refused[0].name, "7"]
    sweep(root, keep=7)
    assert names(root) == ["7"]
