"""How a reader keeps up: changes read on top of a snapshot, new snapshots written when they are due."""

from __future__ import annotations

import contextlib
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.soundness import assert_sound, make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import SnapshotError
from recommender.index.local import reader as reader_module
from recommender.store import sqlite as sqlite_module
from recommender.store.backup import back_up, restore
from recommender.store.locks import exclusive

COUNT = 120


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    articles = (Article(id=f"a{n:03}", title=f"Title {n}") for n in range(COUNT))
    return make_collection(tmp_path_factory.mktemp("made") / "c", articles)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "c"))


@pytest.fixture
def opened(folder: Path):
    collections = []

    def open_again(path: Path = folder) -> Collection:
        collections.append(Collection.open(path))
        return collections[-1]

    yield open_again
    for collection in collections:
        collection.close()


def snapshots(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "snapshots").iterdir() if not path.name.startswith("."))


def seen(collection: Collection) -> tuple[int, int]:
    with collection.reading() as view:
        return view.revision, len(view)


def add(collection: Collection, encoder, *names: str) -> None:
    collection.write([Article(id=name, title=f"New {name}") for name in names], encoder=encoder)


def test_a_write_is_seen_at_the_next_read_without_a_new_snapshot(folder, opened, counting_encoder):
    reader, writer = opened(), opened()
    assert seen(reader) == (1, COUNT)
    for number in range(3):
        add(writer, counting_encoder, f"b{number}")
        assert seen(reader) == (2 + number, COUNT + 1 + number)
    assert snapshots(folder) == ["1"]


def test_a_deleted_article_is_hidden(opened, counting_encoder):
    reader, writer = opened(), opened()
    seen(reader)
    writer.write([Article(id="x", title="Of the api")], encoder=counting_encoder)
    writer.write(deletes=["x", "a007"], encoder=counting_encoder)
    with reader.reading() as view:
        assert ("x" in view, "a007" in view, "a008" in view) == (False, False, True)
        assert len(view) == COUNT - 1


def test_small_parts_are_made_one(opened, counting_encoder):
    reader, writer = opened(), opened()
    seen(reader)
    for number in range(40):
        add(writer, counting_encoder, f"b{number:02}")
        seen(reader)
    with reader.reading() as view:
        assert len(view._parts) <= 5
        assert len(view.propose(view.profile("b07"), COUNT + 40)) == COUNT + 39


def test_a_snapshot_is_due_when_more_than_a_hundredth_changed(folder, opened, counting_encoder):
    writer = opened()
    add(writer, counting_encoder, "b1")
    assert writer.publish() is False
    add(writer, counting_encoder, "b2")
    assert writer.publish() is True
    assert snapshots(folder) == ["3"]


def test_a_snapshot_can_be_asked_for(folder, opened, counting_encoder):
    writer = opened()
    add(writer, counting_encoder, "b1")
    assert writer.publish(compact=True) is True
    assert writer.publish(compact=True) is False
    assert snapshots(folder) == ["2"]


def test_the_log_begins_with_the_snapshot(opened, counting_encoder):
    writer = opened()
    add(writer, counting_encoder, "b1")
    writer.publish(compact=True)
    assert writer.store.changed_since(1) is None
    assert writer.store.changed_since(2) == {}


def test_a_reader_that_the_log_does_not_lead_on_for_moves_over(opened, counting_encoder):
    reader, writer = opened(), opened()
    seen(reader)
    add(writer, counting_encoder, "b1")
    writer.publish(compact=True)
    add(writer, counting_encoder, "b2")
    assert seen(reader) == (3, COUNT + 2)
    with reader.reading() as view:
        assert view.snapshot.manifest.revision == 2


def test_a_snapshot_goes_when_its_last_reader_has_moved_over(folder, opened, counting_encoder):
    reader, writer = opened(), opened()
    seen(reader)
    add(writer, counting_encoder, "b1")
    writer.publish(compact=True)
    assert snapshots(folder) == ["1", "2"]
    seen(reader)
    add(writer, counting_encoder, "b2")
    writer.publish(compact=True)
    assert "1" not in snapshots(folder)


def test_a_reader_that_finds_much_changed_writes_a_snapshot(folder, opened, counting_encoder, monkeypatch):
    monkeypatch.setattr(reader_module, "LEAST_CHANGES", 0)
    reader, writer = opened(), opened()
    seen(reader)
    add(writer, counting_encoder, *(f"b{number}" for number in range(COUNT // 4)))
    assert seen(reader) == (2, COUNT + COUNT // 4)
    assert "2" in snapshots(folder)


def test_a_reader_does_not_wait_while_another_writes_one(folder, opened, counting_encoder, monkeypatch):
    monkeypatch.setattr(reader_module, "LEAST_CHANGES", 0)
    reader, writer = opened(), opened()
    seen(reader)
    add(writer, counting_encoder, *(f"b{number}" for number in range(COUNT // 4)))
    with exclusive(folder / "snapshots" / ".lock", wait=True):
        assert seen(reader) == (2, COUNT + COUNT // 4)
    assert snapshots(folder) == ["1"]


def test_where_nothing_can_be_written_answers_come_from_memory(folder, opened, read_only_copy):
    shutil.rmtree(folder / "snapshots")
    reader = opened(read_only_copy(folder))
    assert seen(reader) == (1, COUNT)
    with reader.reading() as view:
        assert len(view.propose(view.profile("a001"), 5)) >= 5


def test_a_snapshot_that_can_not_be_written_is_not_tried_again_at_every_read(
    folder, opened, counting_encoder, monkeypatch
):
    tried = []

    def full(*arguments):
        tried.append(arguments)
        raise SnapshotError("the snapshot cannot be written: No space left on device")

    monkeypatch.setattr(reader_module, "publish_snapshot", full)
    monkeypatch.setattr(reader_module, "LEAST_CHANGES", 0)
    shutil.rmtree(folder / "snapshots")
    reader, writer = opened(), opened()
    assert seen(reader) == (1, COUNT)
    for number in range(3):
        add(writer, counting_encoder, *(f"b{number}-{one}" for one in range(COUNT // 4)))
        assert seen(reader)[0] == 2 + number
    assert len(tried) == 1
    with pytest.raises(SnapshotError):
        writer.publish(compact=True)


def test_what_was_erased_is_in_no_file_after_a_compaction(folder, opened, counting_encoder):
    with closing(Collection.open(folder)) as writer:
        for number in range(30):
            writer.write([Article(id="x", title=f"Quokka{number}", excerpt="x" * 700)], encoder=counting_encoder)
        writer.write(deletes=["x"], encoder=counting_encoder)
        writer.publish(compact=True)
    found = [path for path in folder.rglob("*") if path.is_file() and b"Quokka" in path.read_bytes()]
    assert found == []


def test_the_traces_of_what_was_deleted_a_day_ago_are_removed_at_the_next_occasion(
    folder, opened, counting_encoder, monkeypatch
):
    with closing(Collection.open(folder)) as writer:
        for number in range(30):
            writer.write([Article(id="x", title=f"Quokka{number}", excerpt="x" * 700)], encoder=counting_encoder)
        writer.write(deletes=["x"], encoder=counting_encoder)
        assert not writer.publish()
        assert not writer.store.erases_now()
        monkeypatch.setattr(sqlite_module, "ERASE_AFTER", timedelta(0))
        assert writer.store.erases_now()
        writer.publish()
        assert not writer.store.erases_now()
    found = [path for path in folder.rglob("*") if path.is_file() and b"Quokka" in path.read_bytes()]
    assert found == []


def test_an_emptied_log_holds_nothing_that_was_deleted(folder, opened, counting_encoder):
    writer, reader = opened(), opened()
    writer.write([Article(id="x", title="Quokka", secured="Numbat")], encoder=counting_encoder)
    seen(reader)
    writer.write(deletes=["x"], encoder=counting_encoder)
    log = folder / "articles.db-wal"
    assert b"Numbat" in log.read_bytes()
    with reader.store.reading():
        seen(reader)
        assert not writer.store.checkpoint()
    assert writer.store.checkpoint()
    assert log.read_bytes() == b""
    assert b"Numbat" not in (folder / "articles.db").read_bytes()


def test_a_few_articles_that_change_again_and_again_do_not_fill_the_log(folder, opened, counting_encoder, monkeypatch):
    monkeypatch.setattr(reader_module, "LOG_ROWS", 50)
    writer = opened()
    for number in range(300):
        writer.write([Article(id="a000", title=f"Title {number}")], encoder=counting_encoder)
        if number % 10 == 0:
            writer.publish()
    writer.publish()
    assert writer.store.log_size().rows < 70
    assert len(list(writer.store.rows("SELECT * FROM revisions"))) < 70
    assert seen(opened()) == seen(writer) == (300, COUNT)


def test_an_old_log_is_cut(folder, opened, counting_encoder, monkeypatch):
    writer = opened()
    add(writer, counting_encoder, "b")
    assert not writer.publish()
    monkeypatch.setattr(reader_module, "LOG_DAYS", -1.0)
    assert writer.publish()
    assert writer.store.log_size() == (0, 0.0)


@pytest.mark.parametrize("is_moved", [False, True])
def test_a_restore_while_a_snapshot_is_written_keeps_its_own_log(
    folder, opened, counting_encoder, monkeypatch, tmp_path, is_moved
):
    back_up(folder / "articles.db", tmp_path / "b.db")
    writer = opened()
    add(writer, counting_encoder, "b", "c")
    add(writer, counting_encoder, "d")
    publish = reader_module.publish_snapshot

    def restored_meanwhile(*arguments):
        publish(*arguments)
        if is_moved:
            shutil.move(tmp_path / "b.db", folder / "articles.db")
        else:
            restore(folder / "articles.db", tmp_path / "b.db")

    monkeypatch.setattr(reader_module, "publish_snapshot", restored_meanwhile)
    with contextlib.suppress(SnapshotError):
        writer.publish(compact=True)
    monkeypatch.undo()
    assert seen(opened()) == (1, COUNT)
    add(opened(), counting_encoder, "e")
    assert seen(opened()) == seen(writer) == (2, COUNT + 1)
    assert_sound(folder)
