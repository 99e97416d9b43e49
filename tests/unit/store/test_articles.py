"""SQLite: the one truth of a collection. Articles and sources; vectors have a file of their own."""

from __future__ import annotations

from contextlib import closing

import pytest
from support.truth import ids, rows, upsert, write

from recommender.article import Article
from recommender.errors import CollectionError
from recommender.sources import FileState
from recommender.store.checksums import add_checksums, sealed_hash
from recommender.store.records import Commit


@pytest.fixture
def other(db, place):
    """Another connection to the same database."""
    with closing(place.open()) as opened:
        yield opened


def changes(db):
    return rows(db, "SELECT revision, article_id, change FROM changes ORDER BY revision, article_id")


def secured(db, article_id):
    return rows(db, "SELECT secured, sealed_hash FROM articles WHERE article_id = ?", article_id)[0]


# Writing.


def test_a_new_database_is_empty(db):
    assert (db.count(), ids(db)) == (0, [])


def test_a_write_makes_one_revision_and_an_entry_for_each_article(db):
    assert write(db, upsert("a"), upsert("b")).revision == 1
    assert write(db, upsert("b", title="New"), deletes=["a"]).revision == 2
    assert changes(db) == [(1, "a", "upsert"), (1, "b", "upsert"), (2, "a", "delete"), (2, "b", "upsert")]


def test_a_write_tells_what_it_did(db):
    write(db, upsert("a"), upsert("b"))
    commit = write(db, upsert("a"), upsert("c"), deletes=["b", "nobody"])
    assert commit == Commit(2, ["c"], ["b"], {}, [])


def test_a_revision_counts_the_articles(db):
    write(db, upsert("a"), upsert("b"), upsert("c"))
    write(db, upsert("a", title="New"), upsert("d"), deletes=["b"])
    assert db.count() == len(ids(db)) == 3


def test_a_revisions_digest_is_the_sum_of_its_articles(db):
    write(db, upsert("a"), upsert("b"))
    write(db, upsert("b", title="New"), upsert("c"), deletes=["a"])
    assert db.revision().digest == add_checksums(0, [stored.checksum for stored in db.articles()])


@pytest.mark.parametrize(
    ("upserts", "deletes"), [([], []), ([upsert("a")], []), ([], ["nobody"]), ([upsert("a"), upsert("b")], ["nobody"])]
)
def test_a_batch_that_changes_nothing_makes_no_revision(db, upserts, deletes, place):
    write(db, upsert("a"), upsert("b"))
    before = place.dump()
    assert write(db, *upserts, deletes=deletes) == Commit(0, [], [], {}, [])
    assert place.dump() == before


def test_what_was_written_is_read_back(db):
    write(db, upsert("ä/1", title="Über"))
    stored = db.get("ä/1")
    assert (stored.article_id, stored.article) == ("ä/1", Article(id="ä/1", title="Über"))
    assert stored.text_hash == upsert("ä/1", title="Über").text_hash


def test_an_article_that_is_not_there_is_none(db):
    assert db.get("a") is None


def test_an_article_written_twice_in_one_batch_is_as_it_was_last(db):
    write(db, upsert("a", title="First"), upsert("a", title="Second"))
    assert db.get("a").article.title == "Second"
    assert (changes(db), db.count()) == ([(1, "a", "upsert")], 1)


def test_an_article_that_is_written_and_deleted_in_one_batch_is_written(db):
    assert write(db, upsert("a"), deletes=["a"]).deleted == []
    assert ids(db) == ["a"]


def test_an_article_deleted_twice_in_one_batch_is_deleted_once(db):
    write(db, upsert("a"), upsert("b"))
    assert write(db, deletes=["a", "a"]).deleted == ["a"]
    assert db.count() == 1


def test_an_article_that_was_deleted_can_be_written_again(db):
    write(db, upsert("a"))
    write(db, deletes=["a"])
    assert write(db, upsert("a")).revision == 3
    assert changes(db)[-1] == (3, "a", "upsert")


def test_an_article_that_moved_is_written_and_its_old_path_told(db):
    write(db, upsert("a", path="old.md"))
    assert write(db, upsert("a", path="new.md")) == Commit(2, ["a"], [], {}, ["old.md"])


def test_an_error_in_a_transaction_leaves_nothing_behind(db, place):
    write(db, upsert("a"))
    before = place.dump()
    with pytest.raises(ZeroDivisionError), db.transaction():
        db.write(db.source_id("folder", "another"), [upsert("b")], ["a"])
        db.set_meta("key", "value")
        raise ZeroDivisionError
    assert place.dump() == before


def test_a_write_decides_inside_its_transaction(db, other):
    # Both writers prepared the same change before either wrote it.
    same = upsert("a", title="New")
    write(db, upsert("a"))
    assert write(db, same).revision == 2
    assert write(other, same).revision == 0


def test_a_write_replaces_what_another_wrote_meanwhile(db, other):
    write(db, upsert("a"))
    write(other, upsert("a", title="Theirs"))
    assert write(db, upsert("a", title="Ours")).revision == 3
    assert other.get("a").article.title == "Ours"


# What is sealed.


def test_a_write_without_secured_keeps_the_stored_one(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, upsert("a", title="New"))
    assert secured(db, "a") == ('"blob"', sealed_hash('"blob"'))


def test_a_write_without_secured_is_sound(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, upsert("a", title="New"))
    assert db.get("a").article.title == "New"


def test_a_write_with_secured_takes_its_place(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, upsert("a", secured='"other"'))
    assert secured(db, "a") == ('"other"', sealed_hash('"other"'))


def test_an_article_that_was_deleted_does_not_keep_what_was_sealed(db):
    write(db, upsert("a", secured='"blob"'))
    write(db, deletes=["a"])
    write(db, upsert("a"))
    assert secured(db, "a") == (None, None)


def test_secured_is_not_handed_out_with_an_article(db):
    write(db, upsert("a", secured='"blob"'))
    assert db.get("a").article.secured is None


# Ids of another source.


@pytest.fixture
def owned(db):
    """A database in which the source `site`, number 1, has the article a."""
    write(db, upsert("a"))
    return db


def test_an_id_of_another_source_is_refused_with_its_owner(owned):
    assert write(owned, upsert("a", title="Mine"), source="elsewhere").refused == {"a": 1}


def test_an_article_of_another_source_is_not_touched(owned):
    before = rows(owned, "SELECT * FROM articles")
    write(owned, upsert("a", title="Mine"), source="elsewhere")
    assert rows(owned, "SELECT * FROM articles") == before


def test_what_is_not_refused_is_written(owned):
    commit = write(owned, upsert("a", title="Mine"), upsert("b"), source="elsewhere")
    assert (commit.revision, commit.written) == (2, ["b"])


def test_a_batch_of_nothing_but_refused_articles_makes_no_revision(owned):
    assert write(owned, upsert("a", title="Mine"), source="elsewhere").revision == 0


def test_deleting_an_article_of_another_source_is_refused(owned):
    commit = write(owned, deletes=["a"], source="elsewhere")
    assert (commit.revision, commit.deleted, commit.refused) == (0, [], {"a": 1})
    assert ids(owned) == ["a"]


def test_an_id_that_was_deleted_is_free_for_another_source(owned):
    write(owned, deletes=["a"])
    assert write(owned, upsert("a"), source="elsewhere").written == ["a"]


# Reading.


def test_articles_come_sorted_by_the_bytes_of_their_ids(db):
    names = ["b", "a", "ä", "Z", "a/b", "a-b", "😀", "\uffee", "中文"]
    write(db, *map(upsert, names))
    assert ids(db) == sorted(names, key=lambda name: name.encode())


def test_articles_are_streamed(db):
    write(db, upsert("a"), upsert("b"))
    stream = db.articles()
    assert [next(stream).article_id, next(stream).article_id, next(stream, None)] == ["a", "b", None]


def test_the_articles_asked_for_are_those_that_are_stored(db):
    write(db, *map(upsert, "abc"))
    assert [stored.article_id for stored in db.articles(["a", "aa", "c", "d"])] == ["a", "c"]


def test_no_articles_asked_for_are_none(db):
    write(db, upsert("a"))
    assert list(db.articles([])) == []


def test_more_articles_than_one_statement_binds_come_sorted(db):
    names = [f"a{number:04}" for number in range(1203)]
    write(db, *map(upsert, names))
    assert [stored.article_id for stored in db.articles(names)] == names


def test_owned_articles_know_source_and_path(db):
    write(db, upsert("b", path="x/b.md"))
    write(db, upsert("a"), source="elsewhere")
    assert [(source, path, article.id) for source, path, article in db.owned_articles()] == [
        (2, "a.md", "a"),
        (1, "x/b.md", "b"),
    ]


def test_ids_are_found_by_the_key_of_their_url(db):
    write(db, upsert("b", url_key="x.example/1"), upsert("a", url_key="x.example/1"), upsert("c", url_key="x.example"))
    assert db.ids_by_url("x.example/1") == ["a", "b"]
    assert db.ids_by_url("nobody.example") == []


def test_what_an_index_finds_by_an_address_is_confirmed_or_not(db, place):
    write(db, upsert("a", url_key="x.example/1"), upsert("b", url_key="x.example/1"), upsert("c", url_key="/2"))
    page, other = "https://x.example/1", "https://x.example/2"
    assert db.confirms(page, ["a", "b"])
    assert db.confirms(other, ["c"]), "known by its path"
    assert db.confirms("https://x.example/none", [])
    for found in ([], ["a"], ["a", "b", "c"], ["a", "gone"]):
        assert not db.confirms(page, found), found
    assert not db.confirms("a", []), "an index that lacks a stored article"
    place.damage("UPDATE articles SET path = 'other.md' WHERE article_id = 'b'")
    assert not db.confirms(page, ["a", "b"]), "a row that is not what was written"


def test_shared_urls_are_those_that_several_articles_have(db):
    write(
        db,
        *(upsert(name, url_key="z.example") for name in "ba"),
        *(upsert(name, url_key="y.example") for name in "fed"),
        upsert("alone", url_key="x.example"),
        upsert("none"),
        upsert("neither"),
    )
    assert db.shared_urls() == [("y.example", ["d", "e", "f"]), ("z.example", ["a", "b"])]


def test_states_are_found_for_more_ids_than_one_statement_binds(db):
    names = [f"a{number:04}" for number in range(1203)]
    write(db, *map(upsert, names))
    states = db.stored_states([*names, "nobody"])
    assert states.keys() == set(names)
    assert states["a1202"].facts.path == "a1202.md"


def test_no_states_are_asked_for(db):
    assert db.stored_states([]) == {}


# Starting over.


def test_starting_over_forgets_articles_but_not_revision_numbers(db, other):
    write(db, upsert("a"))
    db.start_over()
    assert (ids(other), other.revision()) == ([], (2, 0, 0))


def test_starting_over_makes_another_collection(db, other):
    before = db.meta("uuid")
    db.start_over()
    assert other.meta("uuid") not in {before, None}


def test_what_changed_before_starting_over_is_unknown(db):
    write(db, upsert("a"))
    db.start_over()
    assert (db.changed_since(1), db.changed_since(2)) == (None, {})


def test_after_starting_over_everything_can_be_written_by_another_source(db):
    write(db, upsert("a"))
    db.start_over()
    assert write(db, upsert("a"), source="elsewhere").revision == 3


# Sources and files.


def test_a_source_keeps_its_number(db):
    with db.transaction():
        first, second = db.source_id("folder", "a"), db.source_id("file", "b")
        assert first != second
    with db.transaction():
        assert db.source_id("folder", "a") == first


def test_sources_are_known_with_kind_and_location(db):
    with db.transaction():
        db.source_id("folder", "a")
        db.source_id("file", "b")
    assert db.sources() == [(1, "folder", "a"), (2, "file", "b")]
    assert db.source_location(2) == "b"


def test_a_source_that_is_not_recorded_is_nowhere(db):
    assert db.source_location(99) == ""


def test_an_article_of_no_source_can_not_be_written(db):
    with pytest.raises(CollectionError, match=r"(?i)foreign key"), db.transaction():
        db.write(99, [upsert("a")])


def test_the_articles_of_a_source_are_known(db):
    write(db, upsert("a"), upsert("b", path="b/b.md"))
    write(db, upsert("c"), source="elsewhere")
    assert sorted(db.source_articles(1)) == [("a.md", "a"), ("b/b.md", "b")]


def test_the_article_of_a_file_is_known(db):
    write(db, upsert("a", path="x/a.md"))
    assert (db.article_at(1, "x/a.md"), db.article_at(1, "a.md"), db.article_at(2, "x/a.md")) == ("a", None, None)


def test_file_states_are_kept_by_source_and_forgotten(db):
    state, newer = FileState(10, 2**62, 3, 2**62 + 1), FileState(11, 5, 6, 7)
    with db.transaction():
        first, second = db.source_id("folder", "a"), db.source_id("folder", "b")
        db.set_file_states(first, {"x.md": state, "y.md": state, "z.md": state})
        db.set_file_states(second, {"x.md": state})
        db.set_file_states(first, {"y.md": newer})
        db.forget_files(first, ["z.md", "never.md"])
    assert db.file_states(first) == {"x.md": state, "y.md": newer}
    assert db.file_states(second) == {"x.md": state}
