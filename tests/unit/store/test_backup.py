"""Backups: what they hold, and what readers and writers see when one takes the place of the present."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.copies import made_once
from support.soundness import make_collection

from recommender.article import Article
from recommender.collection import Collection
from recommender.errors import CollectionError, DamagedError, InputError
from recommender.store import SQLiteStore
from recommender.store.backup import back_up, restore


def article(article_id: str, title: str) -> Article:
    return Article(id=article_id, title=title, secured="sealed")


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    made_once(
        "to back up", lambda here: make_collection(here / "c", [article("a", "Rain"), article("b", "Snow")]), tmp_path
    )
    return tmp_path / "c"


def titles(opened: Collection) -> dict[str, str]:
    """What the index says, each article as it is stored."""
    with opened.reading() as index:
        return {name: opened.store.get(name).article.title for name in index.ids()}


def write(opened: Collection, *articles: Article, deletes=(), encoder=None) -> int:
    return opened.write(articles, deletes, encoder=encoder).revision


def test_a_backup_holds_everything_and_is_made_while_somebody_writes(collection, tmp_path, counting_encoder):
    with closing(Collection.open(collection)) as writer, writer.store.transaction():
        revision = back_up(collection / "articles.db", tmp_path / "b.db")
    assert revision.articles == 2
    assert oct((tmp_path / "b.db").stat().st_mode & 0o777) == "0o600"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["b.db", "c"]
    restore(tmp_path / "new" / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(tmp_path / "new")) as opened:
        assert titles(opened) == {"a": "Rain", "b": "Snow"}
    assert oct((tmp_path / "new").stat().st_mode & 0o777) == "0o700"


def test_readers_and_writers_follow_a_restore_in_their_next_call(collection, tmp_path, counting_encoder):
    back_up(collection / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(collection)) as reader, closing(Collection.open(collection)) as writer:
        # The numbers of the lost revisions are given again, to others.
        lost = write(writer, article("a", "Lost"), deletes=["b"], encoder=counting_encoder)
        assert titles(reader) == {"a": "Lost"}
        uuid = reader.store.uuid
        restore(collection / "articles.db", tmp_path / "b.db")
        assert titles(reader) == {"a": "Rain", "b": "Snow"}
        assert reader.store.uuid != uuid
        assert write(writer, article("c", "Hail"), encoder=counting_encoder) == lost
        assert titles(reader) == titles(writer) == {"a": "Rain", "b": "Snow", "c": "Hail"}


def test_a_file_that_was_moved_here_is_noticed_before_the_next_read_and_write(collection, tmp_path, counting_encoder):
    back_up(collection / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(collection)) as reader:
        write(reader, article("a", "Lost"), encoder=counting_encoder)
        assert titles(reader)["a"] == "Lost"
        shutil.move(tmp_path / "b.db", collection / "articles.db")
        # Its log has what the backup never had; who has it open alone takes the log away with the old file.
        assert titles(reader) == {"a": "Rain", "b": "Snow"}
        write(reader, article("a", "Found"), encoder=counting_encoder)
        assert titles(reader)["a"] == "Found"
    with closing(Collection.open(collection)) as again:
        assert titles(again) == {"a": "Found", "b": "Snow"}


def test_nothing_is_written_over_the_log_of_another_file(collection, tmp_path, counting_encoder):
    back_up(collection / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(collection)) as one, closing(Collection.open(collection)) as other:
        write(one, article("a", "Lost"), encoder=counting_encoder)
        assert titles(other)["a"] == "Lost"
        shutil.move(tmp_path / "b.db", collection / "articles.db")
        write(one, article("b", "Found"), encoder=counting_encoder)
        # The other still has the old log open; the new one is left alone.
        write(other, article("c", "Hail"), encoder=counting_encoder)
        assert titles(other) == titles(one) == {"a": "Rain", "b": "Found", "c": "Hail"}
    with closing(SQLiteStore(collection / "articles.db")) as again, again.reading():
        assert again.check(None).sound


def test_an_index_of_a_lost_past_is_not_continued(collection, tmp_path, counting_encoder):
    """A database that was put back by hand has its old identity and gives old numbers to new revisions."""
    with closing(Collection.open(collection)) as reader:
        shutil.copy(collection / "articles.db", tmp_path / "b.db")
        write(reader, article("a", "Lost"), article("d", "Lost too"), encoder=counting_encoder)
        lost = reader.store.revision().number
        assert titles(reader)["a"] == "Lost"
        old, present = sqlite3.connect(tmp_path / "b.db"), sqlite3.connect(collection / "articles.db")
        with closing(old), closing(present):
            old.backup(present)
        with closing(Collection.open(collection)) as writer:
            assert write(writer, article("b", "Sleet"), encoder=counting_encoder) == lost
        assert titles(reader) == {"a": "Rain", "b": "Sleet"}


def test_what_is_no_sound_backup_changes_nothing(collection, tmp_path):
    with pytest.raises(InputError, match="there is no backup"):
        restore(collection / "articles.db", tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no database\n" * 1000, encoding="utf-8")
    with pytest.raises(DamagedError):
        restore(collection / "articles.db", tmp_path / "text.db")
    back_up(collection / "articles.db", tmp_path / "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db", isolation_level=None)) as damaged:
        damaged.execute("UPDATE articles SET record = replace(record, 'Rain', 'Pain')")
    with pytest.raises(DamagedError, match="the backup is damaged"):
        restore(collection / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(collection)) as opened:
        assert titles(opened) == {"a": "Rain", "b": "Snow"}
    assert not list(collection.glob(".articles*"))


def test_a_database_beyond_use_is_replaced(collection, tmp_path):
    back_up(collection / "articles.db", tmp_path / "b.db")
    (collection / "articles.db").write_bytes(b"\x00garbage" * 5000)
    restore(collection / "articles.db", tmp_path / "b.db")
    with closing(Collection.open(collection)) as opened:
        assert titles(opened) == {"a": "Rain", "b": "Snow"}


def test_a_disk_without_room_keeps_the_present(collection, tmp_path, small_disk):
    disk = small_disk("64k")
    with pytest.raises(CollectionError):
        back_up(collection / "articles.db", disk / "b.db")
    assert not list(disk.iterdir())


def test_an_old_backup_is_not_touched(tmp_path):
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript((Path(__file__).parents[2] / "formats" / "1.sql").read_text(encoding="utf-8"))
    before = (tmp_path / "old.db").read_bytes()
    restore(tmp_path / "c" / "articles.db", tmp_path / "old.db")
    assert (tmp_path / "old.db").read_bytes() == before
    with closing(SQLiteStore(tmp_path / "c" / "articles.db")) as opened:
        assert opened.count() > 0
