"""A build after something went wrong, and beside another one; starting over."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from support.building import Build, ids, put, put_many, summary
from support.disks import fill
from support.encoders import OtherEncoder
from support.soundness import assert_sound
from support.truth import damage

import recommender.store.writing
from recommender.collection import Collection
from recommender.config import EncoderSettings, Settings
from recommender.errors import BusyError, CollectionError, DamagedError, EncoderError, SourceError, VectorError
from recommender.ranking.chance import unrelated
from recommender.store import SQLiteStore, connection

pytestmark = pytest.mark.usefixtures("settled")


# What is missing or damaged.


def test_a_damaged_snapshot_is_made_again_without_a_revision(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 2)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    report = run()
    assert (summary(report), report.revision, report.published) == ({"unchanged": 2}, 1, True)


def test_a_missing_vector_is_encoded_by_the_next_build(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 2)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    with sqlite3.connect(tmp_path / "collection" / "articles.db") as database:
        database.execute("DELETE FROM vectors")
    database.close()
    assert run().encoded == 2


def test_two_builds_at_once_leave_no_article_without_a_vector(
    tmp_path: Path, folder: Path, run: Build, counting_encoder, monkeypatch: pytest.MonkeyPatch
):
    other = tmp_path / "other"
    put(other / "kept.md", "Stays")
    file = put(other / "old.md", "A text that both have")
    run(other)
    encode = counting_encoder.encode

    def meanwhile(texts, role="passage", progress=None):
        monkeypatch.setattr(counting_encoder, "encode", encode)
        file.unlink()
        run(other, allow_deletions=True)
        return encode(texts, role)

    monkeypatch.setattr(counting_encoder, "encode", meanwhile)
    put(folder / "first.md", "A text that both have")
    put(folder / "second.md", "A text of its own")
    assert run(folder).articles == 3


def test_a_build_that_was_stopped_before_the_first_table_can_be_done_again(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First")
    (tmp_path / "collection").mkdir()
    (tmp_path / "collection" / "articles.db").touch()
    assert run().articles == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE vectors SET vector = zeroblob(32) WHERE rowid = 1",
        "UPDATE vectors SET checksum = 0 WHERE rowid = 1",
        "DELETE FROM vectors WHERE rowid = 1",
    ],
)
def test_a_damaged_vector_is_encoded_by_the_next_build(folder: Path, run: Build, tmp_path: Path, sql: str):
    put_many(folder, 3)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    damage(tmp_path / "collection" / "articles.db", sql)
    assert run().encoded == 1
    assert_sound(tmp_path / "collection")


def test_a_damaged_row_stops_the_indexes_with_a_hint(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 3)
    run()
    shutil.rmtree(tmp_path / "collection" / "snapshots")
    damage(tmp_path / "collection" / "articles.db", "UPDATE articles SET path = 'x' WHERE article_id = '01'")
    with pytest.raises(DamagedError, match="the article 01 is damaged") as caught:
        run()
    assert caught.value.hint == "related doctor --repair"


# What stops a build.


def test_a_vector_that_is_none_stops_the_build_and_nothing_is_written(
    folder: Path, run: Build, counting_encoder, collection, monkeypatch: pytest.MonkeyPatch
):
    put(folder / "a.md", "First")
    run()
    put(folder / "b.md", "Second")
    monkeypatch.setattr(counting_encoder, "encode", lambda texts, **_: np.full((len(texts), 8), np.nan, np.float32))
    with pytest.raises(VectorError, match="has a value that is not finite"):
        run()
    assert ids(collection()) == ["a"]
    monkeypatch.undo()
    assert run().articles == 2


def test_what_was_committed_before_a_build_was_stopped_is_not_encoded_again(
    folder: Path, run: Build, counting_encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recommender.store.writing, "POOL_ARTICLES", 2)
    put_many(folder, 5)

    def stop(revision: int, written: int, deleted: int) -> None:
        if revision == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(on_commit=stop)
    counting_encoder.batches.clear()
    report = run()
    assert (report.articles, report.encoded, len(counting_encoder.texts)) == (5, 1, 1)
    assert_sound(tmp_path / "collection")


def test_a_build_into_a_folder_that_can_only_be_read_says_so(folder: Path, run: Build, tmp_path: Path, read_only_copy):
    put(folder / "a.md", "First")
    run()
    copy = read_only_copy(tmp_path / "collection")
    with pytest.raises(CollectionError, match="the collection is read-only here"):
        run(collection_path=copy)


def test_a_build_that_the_disk_has_no_room_for_says_so(folder: Path, run: Build, small_disk):
    for number in range(300):
        put(folder / f"{number}.md", f"Story number {number}", body="x" * 5000, note="y" * 5000)
    with pytest.raises(CollectionError, match="database or disk is full") as caught:
        run(collection_path=small_disk("2m") / "collection")
    assert caught.value.hint == "free disk space: nothing of this write was kept"


def test_a_build_goes_on_when_there_is_room_again(folder: Path, run: Build, small_disk):
    disk = small_disk("8m")
    put_many(folder, 3)
    run(collection_path=disk / "collection")
    put_many(folder, 60)
    filler = fill(disk)
    with pytest.raises(CollectionError):
        run(collection_path=disk / "collection")
    filler.unlink()
    assert run(collection_path=disk / "collection").articles == 60
    assert_sound(disk / "collection")


def test_a_commit_that_deleted_nothing_is_not_announced(
    folder: Path, run: Build, collection, monkeypatch: pytest.MonkeyPatch
):
    files = put_many(folder, 6)
    run()
    files[0].unlink()
    gone = recommender.build.Scan.gone

    def deleted_meanwhile(scan):
        found = gone(scan)
        database = collection().store
        with database.transaction():
            database.write(1, deletes=found)
        return found

    monkeypatch.setattr(recommender.build.Scan, "gone", deleted_meanwhile)
    commits: list[tuple[int, int, int]] = []
    run(on_commit=lambda *commit: commits.append(commit))
    assert commits == []


# Starting over.


def test_recreating_encodes_everything_with_the_other_encoder(folder: Path, run: Build, collection):
    put_many(folder, 3)
    run()
    before = collection().store.uuid
    other = OtherEncoder()
    report = run(encoder=other, recreate=True)
    assert summary(report) == {"read": 3, "written": 3, "encoded": 3}
    assert len(other.texts) == 3 + len(unrelated()["en"])
    assert report.revision > 1
    after = collection()
    assert after.store.uuid != before
    assert (after.store.encoding.fingerprint, after.store.encoding.dimension) == ("other-encoder", 8)
    assert summary(run(encoder=other)) == {"unchanged": 3}


def test_recreating_forgets_sources_that_are_not_named(tmp_path: Path, folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    other = put(tmp_path / "other" / "b.md", "Second").parent
    run(folder, other)
    run(other, recreate=True)
    assert ids(collection()) == ["b"]


def test_recreating_with_an_unknown_model_leaves_the_collection(folder: Path, run: Build, collection):
    put(folder / "a.md", "First")
    run()
    unknown = Settings(encoder=EncoderSettings(model="./no-such-model"))
    with pytest.raises(EncoderError, match="there is no model folder"):
        run(encoder=None, settings=unknown, recreate=True)
    assert ids(collection()) == ["a"]


def test_recreating_from_a_source_without_an_article_forgets_nothing(folder: Path, run: Build, collection):
    file = put(folder / "a.md", "First")
    run()
    file.unlink()
    with pytest.raises(SourceError, match="there is no article: it is empty"):
        run(recreate=True)
    assert ids(collection()) == ["a"]


def test_recreating_deletes_nothing_where_there_is_no_collection(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First")
    photo = tmp_path / "collection" / "snapshots" / "photo.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_text("mine", encoding="utf-8")
    (tmp_path / "collection" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CollectionError, match="the folder has other contents"):
        run(recreate=True)
    assert photo.exists()


def test_recreating_makes_a_damaged_database_anew(folder: Path, run: Build, tmp_path: Path):
    put_many(folder, 3)
    run()
    (tmp_path / "collection" / "articles.db").write_bytes(b"\xff" * 8192)
    assert run(recreate=True).articles == 3
    assert_sound(tmp_path / "collection")


def test_recreating_is_seen_by_a_reader_that_is_open(folder: Path, run: Build, collection):
    files = put_many(folder, 3)
    run()
    reader = collection()
    files[0].unlink()
    run(recreate=True)
    with reader.reading() as view:
        assert list(view.ids()) == ["01", "02"]


def test_recreating_leaves_another_programs_database(folder: Path, run: Build, tmp_path: Path):
    put(folder / "a.md", "First")
    (tmp_path / "collection").mkdir()
    with closing(sqlite3.connect(tmp_path / "collection" / "articles.db")) as foreign, foreign:
        foreign.execute("CREATE TABLE sales (amount)")
    with pytest.raises(CollectionError, match="the database belongs to another program"):
        run(recreate=True)
    with closing(sqlite3.connect(tmp_path / "collection" / "articles.db")) as foreign:
        assert foreign.execute("SELECT name FROM sqlite_master").fetchall() == [("sales",)]


def test_recreating_on_a_full_disk_leaves_the_collection(folder: Path, run: Build, small_disk):
    disk = small_disk("4m")
    put_many(folder, 3)
    run(collection_path=disk / "collection")
    filler = fill(disk)
    with pytest.raises(CollectionError):
        run(collection_path=disk / "collection", recreate=True)
    filler.unlink()
    with closing(Collection.open(disk / "collection")) as opened:
        assert ids(opened) == ["00", "01", "02"]


def test_recreating_where_nothing_can_be_written_says_so(folder: Path, run: Build, tmp_path: Path, read_only_copy):
    put(folder / "a.md", "First")
    run()
    copy = read_only_copy(tmp_path / "collection")
    with pytest.raises(CollectionError, match="the collection is read-only here"):
        run(collection_path=copy, recreate=True)


def test_recreating_while_another_process_writes_leaves_the_collection(
    folder: Path, run: Build, tmp_path: Path, collection, monkeypatch: pytest.MonkeyPatch
):
    put(folder / "a.md", "First")
    run()
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.01)
    path = tmp_path / "collection" / "articles.db"
    with closing(SQLiteStore(path)) as other, other.transaction(), pytest.raises(BusyError):
        run(recreate=True)
    assert ids(collection()) == ["a"]
