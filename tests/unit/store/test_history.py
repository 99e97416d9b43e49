"""Recorded values, revisions and the change log: read back as written, and damage noticed."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import pytest
from support.truth import ids, rows, upsert, write

from recommender.errors import DamagedError
from recommender.store.history import Revision


@pytest.fixture
def logged(db):
    """A database of four revisions."""
    write(db, upsert("a"), upsert("b"))
    write(db, upsert("b", title="New"), upsert("ä"), deletes=["a"])
    write(db, upsert("c"))
    write(db, upsert("a"), deletes=["c"])
    return db


def set_meta(db, key, value):
    with db.transaction():
        db.set_meta(key, value)


def forget(db, number):
    with db.transaction():
        db.forget_changes(number)


# Recorded values.


def test_nothing_recorded_is_none(db):
    assert db.meta("key") is None


def test_the_last_value_recorded_counts(db, place):
    set_meta(db, "key", "old")
    set_meta(db, "key", "new ä")
    with closing(place.open()) as again:
        assert again.meta("key") == "new ä"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE meta SET value = 'Value' WHERE key = 'key'",
        "UPDATE meta SET value = CAST('value' AS BLOB) WHERE key = 'key'",
        "UPDATE meta SET checksum = checksum + 1 WHERE key = 'key'",
        "UPDATE meta SET key = 'key' WHERE key = 'another'",
    ],
)
def test_a_damaged_value_is_noticed(db, place, sql):
    if "another" in sql:
        set_meta(db, "another", "value")
    else:
        set_meta(db, "key", "value")
    place.damage(sql)
    with pytest.raises(DamagedError, match="the value recorded under key is damaged") as caught:
        db.meta("key")
    assert (caught.value.where, caught.value.hint) == (place.where, "related doctor --repair")


def test_a_damaged_value_that_is_recorded_anew_is_sound(db, place):
    set_meta(db, "key", "value")
    place.damage("UPDATE meta SET value = 'Value' WHERE key = 'key'")
    set_meta(db, "key", "value")
    assert db.meta("key") == "value"


# Revisions.


def test_a_new_collection_has_no_revision(db):
    assert db.revision() == Revision(0, 0, 0)


def test_the_newest_revision_counts_what_is_there(logged):
    assert logged.revision()[:2] == (4, 3)


def test_an_earlier_revision_is_known(logged):
    assert [logged.revision_at(number)[:2] for number in (1, 2, 3)] == [(1, 2), (2, 2), (3, 3)]


def test_before_the_first_revision_there_is_nothing(logged):
    assert logged.revision_at(0) == Revision(0, 0, 0)


@pytest.mark.parametrize("number", [5, -1])
def test_a_revision_that_was_never_made_is_none(logged, number):
    assert logged.revision_at(number) is None


def test_a_revision_says_when_it_was_made(logged):
    moments = [datetime.fromisoformat(row[0]) for row in rows(logged, "SELECT committed_at FROM revisions")]
    assert all(moment.utcoffset().total_seconds() == 0 for moment in moments)


@pytest.mark.parametrize("column", ["articles", "digest", "changes", "checksum"])
def test_a_damaged_revision_is_noticed(logged, place, column):
    place.damage(f"UPDATE revisions SET {column} = {column} + 1 WHERE revision = 4")
    with pytest.raises(DamagedError, match="the record of revision 4 is damaged"):
        logged.revision()


def test_a_damaged_time_of_a_revision_is_noticed(logged, place):
    place.damage("UPDATE revisions SET committed_at = replace(committed_at, 'T', 't') WHERE revision = 4")
    with pytest.raises(DamagedError):
        logged.revision()


def test_a_lost_newest_revision_is_noticed(logged, place):
    place.damage("DELETE FROM revisions WHERE revision = 4")
    with pytest.raises(DamagedError, match="the list of revisions is damaged"):
        logged.revision()


def test_a_damaged_earlier_revision_is_noticed(logged, place):
    place.damage("UPDATE revisions SET articles = 9 WHERE revision = 2")
    with pytest.raises(DamagedError, match="revision 2"):
        logged.revision_at(2)


def test_nothing_is_counted_from_a_damaged_revision(logged, place):
    place.damage("UPDATE revisions SET articles = 9 WHERE revision = 4")
    with pytest.raises(DamagedError):
        logged.count()


# What changed.


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        (0, {"a": "upsert", "b": "upsert", "c": "delete", "ä": "upsert"}),
        (1, {"a": "upsert", "b": "upsert", "c": "delete", "ä": "upsert"}),
        (2, {"a": "upsert", "c": "delete"}),
        (3, {"a": "upsert", "c": "delete"}),
        (4, {}),
    ],
)
def test_the_last_change_of_each_article_since_a_revision(logged, number, changed):
    assert logged.changed_since(number) == changed


def test_changes_are_checked_in_the_order_of_the_database(db):
    write(db, *map(upsert, ["b", "a", "ä", "Z", "a/b", "a-b", "😀", "\uffee", "中文"]))
    assert len(db.changed_since(0)) == 9


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE changes SET article_id = 'x' WHERE revision = 3",
        "UPDATE changes SET change = 'delete' WHERE revision = 3",
        "UPDATE changes SET revision = 9 WHERE revision = 3",
        "DELETE FROM changes WHERE revision = 3",
        "INSERT INTO changes VALUES (3, 'x', 'upsert')",
        "DELETE FROM revisions WHERE revision = 3",
        "UPDATE revisions SET changes = 0 WHERE revision = 3",
        "UPDATE revisions SET revision = 9 WHERE revision = 3",
    ],
)
def test_a_damaged_log_is_noticed(logged, place, sql):
    place.damage(sql)
    with pytest.raises(DamagedError):
        logged.changed_since(2)


def test_damage_before_what_is_asked_for_does_not_count(logged, place):
    place.damage("DELETE FROM changes WHERE revision = 2")
    assert logged.changed_since(2) == {"a": "upsert", "c": "delete"}


def test_a_new_log_begins_at_the_first_revision(logged):
    assert logged.log_start() == 0


def test_a_log_that_was_cut_begins_later(logged):
    forget(logged, 2)
    assert logged.log_start() == 2


@pytest.mark.parametrize("number", [0, 1])
def test_what_changed_before_the_log_begins_is_unknown(logged, number):
    forget(logged, 2)
    assert logged.changed_since(number) is None


def test_what_changed_since_the_log_begins_is_known(logged):
    forget(logged, 2)
    assert logged.changed_since(2) == {"a": "upsert", "c": "delete"}


def test_a_log_that_was_cut_at_the_newest_revision_goes_on(logged):
    forget(logged, 4)
    write(logged, upsert("d"))
    assert logged.changed_since(4) == {"d": "upsert"}


def test_forgetting_again_what_is_forgotten_changes_nothing(logged, place):
    forget(logged, 3)
    before = place.dump()
    forget(logged, 2)
    assert place.dump() == before


def test_forgetting_changes_keeps_the_articles_and_the_revision_at_which_the_log_begins(logged):
    before = logged.revision(), ids(logged), logged.revision_at(3)
    forget(logged, 3)
    assert (logged.revision(), ids(logged), logged.revision_at(3)) == before
    assert logged.revision_at(2) is None
    assert logged.log_size().rows == 2


def test_the_log_says_how_long_and_how_old_it_is(db, monkeypatch):
    assert db.log_size() == (0, 0.0)
    write(db, upsert("a"), upsert("b"))
    for title in ("Rain", "Snow", "Hail"):
        write(db, upsert("a", title=title))
    assert db.log_size().rows == 5
    assert 0 <= db.log_size().days < 0.01


# Noticing that anything changed.


@pytest.mark.parametrize("own", [True, False])
def test_the_state_changes_when_any_connection_commits(db, place, own):
    with closing(place.open()) as other:
        before = db.state()
        write(db if own else other, upsert("a"))
        assert db.state() != before


def test_the_state_stays_while_nothing_is_written(db, place):
    with closing(place.open()) as other:
        before = db.state()
        assert (ids(db), ids(other)) == ([], [])
        assert db.state() == before
